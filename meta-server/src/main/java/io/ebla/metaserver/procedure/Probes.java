package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.liveness.Liveness;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks silent nodes whether they are still there: a host answers for a process that has ended, at once,
 * and not for one that is merely busy, stopped or cut off. So a killed process is found out long before
 * its silence would tell, and a long garbage collection is not taken for a death.
 */
final class Probes {

    private static final Logger log = LoggerFactory.getLogger(Probes.class);
    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(150);

    private final Liveness liveness;
    private final NodeNetwork network;
    private final Clock clock;
    private final Executor thread;
    private final long silentNanos;
    private final Set<NodeId> asked = new HashSet<>();
    private final Map<NodeId, Long> againNanos = new HashMap<>();

    /** @param thread the leader's, where answers are taken in */
    Probes(
            Liveness liveness,
            NodeNetwork network,
            Clock clock,
            Executor thread,
            long silentMillis) {
        this.liveness = liveness;
        this.network = network;
        this.clock = clock;
        this.thread = thread;
        silentNanos = TimeUnit.MILLISECONDS.toNanos(silentMillis);
    }

    /** @param then runs when a node was found to have ended */
    void turn(ClusterState state, Runnable then) {
        long now = clock.monotonicNanos();
        for (NodeDescriptor node : state.nodes().values()) {
            boolean due =
                    !liveness.isGone(node)
                            && liveness.silentNanos(node) >= silentNanos
                            && againNanos.getOrDefault(node.id(), now) - now <= 0;
            if (due && asked.add(node.id())) {
                probe(node, then);
            }
        }
    }

    private void probe(NodeDescriptor node, Runnable then) {
        long askedNanos = clock.monotonicNanos();
        network.refuses(node)
                .whenCompleteAsync(
                        (refuses, failure) -> {
                            long now = clock.monotonicNanos();
                            asked.remove(node.id());
                            againNanos.put(node.id(), now + AGAIN_NANOS);
                            boolean silentSince = liveness.silentNanos(node) >= now - askedNanos;
                            if (failure == null && refuses && silentSince) {
                                liveness.gone(node);
                                log.warn(
                                        "event=node_gone node={} incarnation={}",
                                        node.id(),
                                        node.incarnation());
                                then.run();
                            }
                        },
                        thread);
    }
}
