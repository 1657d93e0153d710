package io.ebla.metaserver.raft;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.metaserver.cluster.ClusterCodec;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * One member of the Raft group that holds the metadata.
 *
 * <p>Proposals go straight into the local server, without a client or a socket in between; a member
 * that does not lead refuses them. Reads are of the applied state in memory, and only while this
 * member leads and has applied what was committed before it did.
 *
 * <p>A member alone listens on no port, see {@link LoneMemberRpc}: the address in its first log entry is
 * of no meaning.
 */
public final class RaftMetadataTablet implements MetadataTablet, AutoCloseable {

    /** A proposal that is not committed after that long is answered as unknown. */
    private static final long PROPOSAL_TIMEOUT_MILLIS = 10_000;

    private final ClusterCodec codec = new ClusterCodec();
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();
    private final CompletableFuture<Void> firstReady = new CompletableFuture<>();
    private final MemberFile memberFile;
    private final MemberFile.Identity identity;
    private final RaftGroupId group;
    private final MetadataStateMachine machine;
    private final RaftServer server;
    private volatile RaftServer.Division division;

    /**
     * Opens the member's directory, or founds a cluster in it, without starting anything.
     *
     * @throws IllegalStateException if the directory is not fit for this member
     */
    public RaftMetadataTablet(RaftSettings settings) throws IOException {
        memberFile = new MemberFile(settings.directory());
        identity =
                memberFile.open(settings.member(), settings.mayFormat(), () -> newGroup(settings));
        group = RaftGroupId.valueOf(UUID.fromString(identity.group()));
        machine =
                new MetadataStateMachine(
                        ClusterState.founded(identity.group()), this::announceWhenReady);
        server =
                RaftServer.newBuilder()
                        .setServerId(RaftPeerId.valueOf(settings.member()))
                        .setGroup(RaftGroup.valueOf(group, peers(settings)))
                        .setProperties(RatisProperties.of(settings, memberFile.log()))
                        .setStateMachine(machine)
                        .setOption(
                                identity.formatted()
                                        ? RaftStorage.StartupOption.RECOVER
                                        : RaftStorage.StartupOption.FORMAT)
                        .build();
    }

    /** Members that found a cluster together must come to the same name without having met. */
    private static UUID newGroup(RaftSettings settings) {
        if (settings.peers().size() <= 1) {
            return UUID.randomUUID();
        }
        String members =
                settings.peers().stream()
                        .map(peer -> peer.member() + "=" + peer.address())
                        .sorted()
                        .collect(Collectors.joining(","));
        return UUID.nameUUIDFromBytes(members.getBytes(StandardCharsets.UTF_8));
    }

    private static List<RaftPeer> peers(RaftSettings settings) {
        List<RaftSettings.Peer> peers =
                settings.peers().isEmpty()
                        ? List.of(
                                new RaftSettings.Peer(
                                        settings.member(), settings.host() + ":" + settings.port()))
                        : settings.peers();
        return peers.stream()
                .map(
                        peer ->
                                RaftPeer.newBuilder()
                                        .setId(peer.member())
                                        .setAddress(peer.address())
                                        .build())
                .toList();
    }

    /** Starts the member; it takes part from here on, and {@link #firstReady} says when it leads. */
    public void start() throws IOException {
        server.start();
        if (!identity.formatted()) {
            memberFile.formatted(identity);
        }
        division = server.getDivision(group);
        announceWhenReady();
    }

    /** Nothing is accepted, and readiness not told, before the log is known to be whole. */
    private void announceWhenReady() {
        if (ready()) {
            firstReady.complete(null);
        }
    }

    /** Completes when this member leads for the first time and has applied all that was committed. */
    public CompletableFuture<Void> firstReady() {
        return firstReady;
    }

    /** Whether this member leads and has applied all that was committed before it did. */
    public boolean ready() {
        RaftServer.Division started = division;
        return started != null && started.getInfo().isLeaderReady();
    }

    @Override
    public ClusterState state() {
        if (!ready()) {
            throw unavailable();
        }
        return machine.state();
    }

    @Override
    public void onChange(Consumer<ClusterState> listener) {
        machine.onChange(listener);
    }

    @Override
    public CompletableFuture<Verdict> submit(ClusterCommand command) {
        if (!ready()) {
            return CompletableFuture.failedFuture(unavailable().withOutcome(Outcome.NOT_APPLIED));
        }
        byte[] bytes = codec.encode(command);
        if (bytes.length > RatisProperties.ENTRY_MAX_BYTES) {
            return CompletableFuture.failedFuture(
                    new EblaException(
                            ErrorCode.TOO_LARGE,
                            "the change takes "
                                    + bytes.length
                                    + " bytes of metadata, at most "
                                    + RatisProperties.ENTRY_MAX_BYTES
                                    + " are allowed"));
        }
        RaftClientRequest request =
                RaftClientRequest.newBuilder()
                        .setClientId(clientId)
                        .setServerId(server.getId())
                        .setGroupId(group)
                        .setCallId(calls.incrementAndGet())
                        .setMessage(Message.valueOf(ByteString.copyFrom(bytes)))
                        .setType(RaftClientRequest.writeRequestType())
                        .build();
        try {
            return server.submitClientRequestAsync(request)
                    .orTimeout(PROPOSAL_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                    .handle(this::verdict);
        } catch (IOException refused) {
            return CompletableFuture.failedFuture(unknown(refused));
        }
    }

    private Verdict verdict(RaftClientReply reply, Throwable failure) {
        if (failure != null) {
            throw unknown(failure);
        }
        if (!reply.isSuccess()) {
            boolean neverAppended =
                    reply.getNotLeaderException() != null
                            || reply.getLeaderNotReadyException() != null
                            || reply.getLeaderSteppingDownException() != null;
            throw neverAppended
                    ? unavailable().withOutcome(Outcome.NOT_APPLIED)
                    : unknown(reply.getException());
        }
        return codec.decodeVerdict(reply.getMessage().getContent().toByteArray());
    }

    private EblaException unavailable() {
        String leader = membership().leader();
        return new EblaException(
                ErrorCode.META_UNAVAILABLE,
                "meta-server "
                        + identity.member()
                        + " does not lead"
                        + (leader.isEmpty() ? ", and knows no leader" : ", " + leader + " does"));
    }

    private static EblaException unknown(Throwable cause) {
        return new EblaException(
                        ErrorCode.META_UNAVAILABLE,
                        "the change may or may not take effect: " + cause)
                .withOutcome(Outcome.UNKNOWN);
    }

    @Override
    public Membership membership() {
        RaftServer.Division started = division;
        if (started == null) {
            return new Membership("", List.of(identity.member()));
        }
        DivisionInfo known = started.getInfo();
        RaftPeerId leader = known.getLeaderId();
        return new Membership(
                leader == null ? "" : leader.toString(),
                started.getGroup().getPeers().stream()
                        .map(peer -> peer.getId().toString())
                        .sorted()
                        .toList());
    }

    /** The index up to which the log was freed; -1 when it is still whole. */
    long freedUpTo() {
        return division.getRaftLog().getStartIndex() - 1;
    }

    /** Stops taking part; what was committed stays on the disk. */
    @Override
    public void close() throws IOException {
        try {
            server.close();
        } finally {
            memberFile.close();
        }
    }
}
