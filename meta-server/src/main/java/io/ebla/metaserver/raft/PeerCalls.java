package io.ebla.metaserver.raft;

import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.api.GroupManagementApi;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;

/**
 * What one member asks another about the groups it is of. Each call blocks its thread for a bounded time,
 * is tried once, and fails with an {@link IOException} when the other does not answer or refuses.
 */
final class PeerCalls {

    private interface Call<T> {
        T on(GroupManagementApi api) throws IOException;
    }

    /** A client has to be of some group; these calls are of none. */
    private static final RaftGroupId ANY = RaftGroupId.valueOf(new UUID(0, 1));

    private final RaftTls tls;
    private final RaftProperties properties;

    PeerCalls(RaftTls tls) {
        this.tls = tls;
        this.properties = tls.with(RatisProperties.ofCalls());
    }

    /** The groups whose log the peer has. */
    List<RaftGroupId> groups(RaftPeer peer) throws IOException {
        return call(peer, api -> api.list().getGroupIds());
    }

    /** Makes an empty log of that group on the peer, which must have none. */
    void add(RaftPeer peer, RaftGroup group) throws IOException {
        call(peer, api -> accepted(api.add(group, true)));
    }

    /** Ends the peer's part in the group and removes its log. */
    void remove(RaftPeer peer, RaftGroupId group) throws IOException {
        call(peer, api -> accepted(api.remove(group, true, false)));
    }

    private static RaftClientReply accepted(RaftClientReply reply) throws IOException {
        if (!reply.isSuccess()) {
            throw new IOException("refused: " + reply.getException(), reply.getException());
        }
        return reply;
    }

    private <T> T call(RaftPeer peer, Call<T> call) throws IOException {
        try (RaftClient client =
                RaftClient.newBuilder()
                        .setProperties(properties)
                        .setParameters(tls.parameters())
                        .setRaftGroup(RaftGroup.valueOf(ANY, peer))
                        .setLeaderId(peer.getId())
                        .setRetryPolicy(RetryPolicies.noRetry())
                        .build()) {
            return call.on(client.getGroupManagementApi(peer.getId()));
        } catch (StatusRuntimeException unanswered) {
            throw new IOException(peer + " does not answer", unanswered);
        }
    }
}
