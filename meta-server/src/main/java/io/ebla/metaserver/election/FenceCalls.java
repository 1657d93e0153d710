package io.ebla.metaserver.election;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * The calls by which nodes are asked for promises: many tablets in one, and a few of them open at a time.
 * Confined to the thread of elections.
 */
final class FenceCalls {

    /** Calls to one node that may be open at once; one that waits for a lease must not hold up others. */
    private static final int CALLS_MAX = 4;

    /** Takes the answer to a call, or its failure. */
    interface Answers {

        void answered(
                NodeDescriptor node,
                List<NodeApi.TabletEpoch> asked,
                NodeApi.Fenced fenced,
                Throwable failure);
    }

    private final NodeNetwork network;
    private final Executor thread;
    private final Answers answers;
    private final Map<NodeId, Integer> open = new HashMap<>();

    /** Counts the times that calls were abandoned: answers to those mean nothing. */
    private long reign;

    FenceCalls(NodeNetwork network, Executor thread, Answers answers) {
        this.network = network;
        this.thread = thread;
        this.answers = answers;
    }

    /** Nobody is interested in the answers any more. */
    void abandon() {
        reign++;
        open.clear();
    }

    /** Whether another call may be made to the node. */
    boolean free(NodeId node) {
        return open.getOrDefault(node, 0) < CALLS_MAX;
    }

    void call(ClusterState state, NodeDescriptor node, List<NodeApi.TabletEpoch> tablets) {
        long asked = reign;
        open.merge(node.id(), 1, Integer::sum);
        network.fence(node, new NodeApi.Fence(state.clusterId(), node.id(), tablets))
                .whenCompleteAsync(
                        (fenced, failure) -> {
                            if (asked == reign) {
                                open.merge(node.id(), -1, Integer::sum);
                                answers.answered(node, tablets, fenced, failure);
                            }
                        },
                        thread);
    }
}
