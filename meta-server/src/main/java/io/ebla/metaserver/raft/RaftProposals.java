package io.ebla.metaserver.raft;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.metaserver.cluster.ClusterCodec;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.Verdict;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * Commands on their way into the Raft log, and their verdicts on the way back: straight into the local
 * server, without a client or a socket in between. May be called from any thread.
 */
final class RaftProposals {

    /** A proposal that is not committed after that long is answered as unknown. */
    private static final long TIMEOUT_MILLIS = 10_000;

    private final ClusterCodec codec = new ClusterCodec();
    private final ClientId clientId = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();
    private final RaftServer server;
    private final Supplier<EblaException> unavailable;

    /** @param unavailable what a member that does not lead says */
    RaftProposals(RaftServer server, Supplier<EblaException> unavailable) {
        this.server = server;
        this.unavailable = unavailable;
    }

    /** Of a member that leads. */
    CompletableFuture<Verdict> submit(RaftGroupId group, ClusterCommand command) {
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
                    .orTimeout(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
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
            // "Not leader" also ends what was appended before the leader stepped down: that is
            // unknown.
            boolean neverAppended =
                    reply.getLeaderNotReadyException() != null
                            || reply.getLeaderSteppingDownException() != null;
            throw neverAppended
                    ? unavailable.get().withOutcome(Outcome.NOT_APPLIED)
                    : unknown(reply.getException());
        }
        return codec.decodeVerdict(reply.getMessage().getContent().toByteArray());
    }

    private static EblaException unknown(Throwable cause) {
        return new EblaException(
                        ErrorCode.META_UNAVAILABLE,
                        "the change may or may not take effect: " + cause)
                .withOutcome(Outcome.UNKNOWN);
    }
}
