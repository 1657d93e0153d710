package io.ebla.metaserver.raft;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetaChange;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.Verdict;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of the Raft group that holds the metadata.
 *
 * <p>Proposals go straight into the local server, without a client or a socket in between; a member
 * that does not lead refuses them. Reads are of the applied state in memory, and only while this
 * member leads and has applied what was committed before it did.
 *
 * <p>A member alone listens on no port, see {@link LoneMemberRpc}: the address in its first log entry is
 * of no meaning. A member of several has its log from an earlier run, or gets it as {@link Founding} and
 * {@link MembershipChanges} tell; until then it is of no group and knows nothing.
 */
public final class RaftMetadataTablet implements MetadataTablet, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RaftMetadataTablet.class);

    private static final long FOUNDING_PAUSE_MILLIS = 200;

    private static final long MEMBERSHIP_PAUSE_MILLIS = 1_000;

    /** About as long as an election takes. */
    private static final long RETRY_AFTER_MILLIS = 500;

    private final CompletableFuture<Void> firstReady = new CompletableFuture<>();
    private final List<BiConsumer<ClusterState, ClusterState>> changeListeners =
            new CopyOnWriteArrayList<>();
    private final List<Runnable> leaderListeners = new CopyOnWriteArrayList<>();
    private final RaftSettings settings;
    private final PeerCalls peerCalls;
    private final MemberFile memberFile;
    private final ScheduledExecutorService thread;
    private final RaftServer server;
    private final RaftProposals proposals;
    private final MembershipDriver membershipDriver;

    /** A step of a change of the group is going to be looked for. */
    private final AtomicBoolean stepping = new AtomicBoolean();

    private volatile MetadataStateMachine machine;
    private volatile RaftServer.Division division;

    /**
     * Opens the member's directory without starting anything.
     *
     * @param thread a scheduler of one thread, for calls to other members that block
     * @throws IllegalStateException if the directory is not fit for this member
     */
    public RaftMetadataTablet(
            RaftSettings settings, RaftTls tls, Clock clock, ScheduledExecutorService thread)
            throws IOException {
        this.settings = settings;
        this.peerCalls = new PeerCalls(tls);
        this.thread = thread;
        memberFile = new MemberFile(settings.directory());
        RaftServer.Builder builder =
                RaftServer.newBuilder()
                        .setServerId(RaftPeerId.valueOf(settings.member()))
                        .setProperties(tls.with(RatisProperties.of(settings, memberFile.log())))
                        .setParameters(tls.parameters())
                        .setStateMachineRegistry(this::newMachine);
        if (settings.peers().isEmpty()) {
            MemberFile.Identity identity =
                    memberFile.openAlone(settings.member(), settings.mayFormat(), UUID::randomUUID);
            builder.setGroup(alone(identity))
                    .setOption(
                            identity.formatted()
                                    ? RaftStorage.StartupOption.RECOVER
                                    : RaftStorage.StartupOption.FORMAT);
        } else {
            memberFile.openMember(settings.member());
            builder.setOption(RaftStorage.StartupOption.RECOVER);
        }
        server = builder.build();
        proposals = new RaftProposals(server, this::unavailable);
        membershipDriver = new MembershipDriver(this, server, peerCalls, clock::wallMillis);
    }

    private RaftGroup alone(MemberFile.Identity identity) {
        RaftPeer self =
                RaftPeer.newBuilder()
                        .setId(settings.member())
                        .setAddress(settings.host() + ":" + settings.port())
                        .build();
        return RaftGroup.valueOf(RaftGroupId.valueOf(UUID.fromString(identity.group())), self);
    }

    private List<RaftPeer> peers() {
        return settings.peers().stream()
                .map(
                        peer ->
                                RaftPeer.newBuilder()
                                        .setId(peer.member())
                                        .setAddress(peer.address())
                                        .build())
                .toList();
    }

    // ---------------------------------------------------------------- start

    /** Starts the member; it takes part as soon as it has a log, and {@link #firstReady} says so. */
    public void start() throws IOException {
        server.start();
        Optional<RaftGroupId> group = memberFile.logged();
        if (group.isPresent()) {
            entered(group.get());
        } else if (settings.mayFormat() && Founding.isFounder(server.getId(), peers())) {
            Founding founding =
                    new Founding(
                            peers(), server.getId(), peerCalls, memberFile, RaftGroupId::randomId);
            onThread(() -> found(founding), 0);
        }
    }

    /** What breaks unexpectedly is told, not swallowed by the executor. */
    private void onThread(Runnable step, long millis) {
        try {
            thread.schedule(
                    () -> {
                        try {
                            step.run();
                        } catch (RuntimeException unexpected) {
                            log.error("event=meta_group_step_failed", unexpected);
                        }
                    },
                    millis,
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ending) {
            log.debug("event=meta_group_ended", ending);
        }
    }

    private void found(Founding founding) {
        if (division != null) {
            return;
        }
        switch (founding.attempt()) {
            case AGAIN -> onThread(() -> found(founding), FOUNDING_PAUSE_MILLIS);
            case FOUNDED -> foundHere(founding.group());
            case EXISTS -> {
                // Somebody has to take this member in.
            }
        }
    }

    private void foundHere(RaftGroup group) {
        server.groupManagementAsync(
                        GroupManagementRequest.newAdd(
                                ClientId.randomId(), server.getId(), 1, group, true))
                .whenComplete(
                        (reply, failure) -> {
                            if (failure != null || !reply.isSuccess()) {
                                log.error("event=meta_founding_failed reply={}", reply, failure);
                            }
                        });
    }

    private StateMachine newMachine(RaftGroupId group) {
        machine = new MetadataStateMachine(new GroupEvents());
        return machine;
    }

    /** What Ratis tells, on its own threads: handed on at once. */
    private final class GroupEvents implements MetadataStateMachine.Follower {

        @Override
        public void joined(RaftGroupId group) {
            if (!settings.peers().isEmpty()) {
                onThread(() -> entered(group), 0);
            }
        }

        @Override
        public void left(RaftGroupId group) {
            division = null;
            memberFile.left();
            leaderChanged();
        }

        @Override
        public void changed(ClusterState before, ClusterState after) {
            changeMembership(0);
            changeListeners.forEach(listener -> listener.accept(before, after));
        }

        @Override
        public void leaderChanged() {
            announce();
        }
    }

    /** The log is there: from here on this member takes part. */
    private synchronized void entered(RaftGroupId group) {
        try {
            if (division == null) {
                memberFile.joined(group);
                division = server.getDivision(group);
                announce();
            }
        } catch (IOException ended) {
            throw new IllegalStateException("the log of " + group + " is gone again", ended);
        }
    }

    /** Goes on with the change of the group that the metadata asks for, if this member leads. */
    private void changeMembership(long millis) {
        MetadataStateMachine current = machine;
        if (settings.peers().isEmpty()
                || current.state().metaGroup().running().isEmpty()
                || !stepping.compareAndSet(false, true)) {
            return;
        }
        onThread(
                () -> {
                    stepping.set(false);
                    Optional<MetaChange> change = current.state().metaGroup().running();
                    if (change.isPresent() && leads()) {
                        RaftGroupId group = division.getMemberId().getGroupId();
                        boolean more = membershipDriver.step(group, change.get());
                        changeMembership(more ? 0 : MEMBERSHIP_PAUSE_MILLIS);
                    }
                },
                millis);
    }

    private void announce() {
        if (leads() || follows()) {
            firstReady.complete(null);
        }
        if (machine != null && machine.state() != null) {
            changeMembership(0);
        }
        leaderListeners.forEach(Runnable::run);
    }

    /** Completes when this member leads for the first time, having applied all, or follows a leader. */
    public CompletableFuture<Void> firstReady() {
        return firstReady;
    }

    /** Whether this member is of the group and knows its leader: calls made to it can be answered. */
    public boolean takesPart() {
        return leads() || follows();
    }

    private boolean follows() {
        String leader = membership().leader();
        return !leader.isEmpty() && !leader.equals(settings.member());
    }

    // ---------------------------------------------------------------- the log and the state

    @Override
    public boolean leads() {
        RaftServer.Division started = division;
        return started != null && started.getInfo().isLeaderReady();
    }

    @Override
    public ClusterState state() {
        if (!leads()) {
            throw unavailable();
        }
        return machine.state();
    }

    @Override
    public Optional<ClusterState> appliedState() {
        return division == null ? Optional.empty() : Optional.of(machine.state());
    }

    @Override
    public void onChange(BiConsumer<ClusterState, ClusterState> listener) {
        changeListeners.add(listener);
    }

    @Override
    public void onLeader(Runnable listener) {
        leaderListeners.add(listener);
    }

    @Override
    public CompletableFuture<Verdict> submit(ClusterCommand command) {
        if (!leads()) {
            return CompletableFuture.failedFuture(unavailable().withOutcome(Outcome.NOT_APPLIED));
        }
        return proposals.submit(division.getMemberId().getGroupId(), command);
    }

    private EblaException unavailable() {
        String leader = membership().leader();
        return new EblaException(
                        ErrorCode.META_UNAVAILABLE,
                        "meta-server "
                                + settings.member()
                                + " does not lead"
                                + (leader.isEmpty()
                                        ? ", and knows no leader"
                                        : ", " + leader + " does"))
                .withRetryAfterMillis(RETRY_AFTER_MILLIS);
    }

    @Override
    public Membership membership() {
        return GroupView.of(settings, division);
    }

    /** The index up to which the log was freed; -1 when it is still whole. */
    long freedUpTo() {
        return division.getRaftLog().getStartIndex() - 1;
    }

    /** The index of the last entry of the log. */
    long lastIndex() {
        return division.getRaftLog().getNextIndex() - 1;
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
