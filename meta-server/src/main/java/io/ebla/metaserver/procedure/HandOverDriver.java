package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterCommand.HandOverStep;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries planned changes of master through (E12): asks the master, and has the target elected once the
 * master has given up its lease.
 *
 * <p>A master that says no goes on as before, and the hand-over is aborted. When no answer comes it may
 * have stopped: then an election is due, which is right in any case. Who takes over the lead asks again.
 *
 * <p>Confined to the leader's thread.
 */
final class HandOverDriver {

    private static final Logger log = LoggerFactory.getLogger(HandOverDriver.class);

    private final MetadataTablet metadata;
    private final NodeNetwork network;
    private final Health health;
    private final Clock clock;
    private final Executor thread;
    private final Runnable again;

    /** Hand-overs whose master is being asked, or has answered. */
    private final Set<String> asked = new HashSet<>();

    /** Hand-overs whose master has given up its lease, or may have. */
    private final Set<String> released = new HashSet<>();

    private long reign;

    HandOverDriver(
            MetadataTablet metadata,
            NodeNetwork network,
            Health health,
            Clock clock,
            Executor thread,
            Runnable again) {
        this.metadata = metadata;
        this.network = network;
        this.health = health;
        this.clock = clock;
        this.thread = thread;
        this.again = again;
    }

    void abandon() {
        reign++;
        asked.clear();
        released.clear();
    }

    /** Tablets that wait for their election, with who is to follow. */
    Map<TabletId, NodeId> released(ClusterState state) {
        Map<TabletId, NodeId> waiting = new HashMap<>();
        for (String id : released) {
            HandOver handOver = state.handOvers().get(id);
            if (handOver != null && handOver.phase() == HandOver.Phase.ASKING) {
                waiting.put(handOver.tablet(), handOver.to());
            }
        }
        return waiting;
    }

    void turn(ClusterState state) {
        asked.retainAll(state.handOvers().keySet());
        released.retainAll(state.handOvers().keySet());
        for (HandOver handOver : state.handOvers().values()) {
            if (handOver.phase() == HandOver.Phase.ASKING && !asked.contains(handOver.id())) {
                ask(state, handOver);
            }
        }
    }

    private void ask(ClusterState state, HandOver handOver) {
        TabletDescriptor tablet = state.tablets().get(handOver.tablet());
        NodeDescriptor master = state.nodes().get(handOver.from());
        boolean possible =
                tablet != null
                        && tablet.epoch() == handOver.epoch()
                        && tablet.master() != null
                        && master != null;
        if (!possible) {
            return;
        }
        asked.add(handOver.id());
        if (!health.stays(state, handOver.to())) {
            abort(handOver, "node " + handOver.to() + " is not there to take it over");
            return;
        }
        long begun = reign;
        NodeApi.HandOver request =
                new NodeApi.HandOver(
                        state.clusterId(),
                        master.id(),
                        handOver.tablet(),
                        handOver.epoch(),
                        handOver.to());
        network.handOver(master, request)
                .whenCompleteAsync(
                        (answer, failure) -> {
                            if (begun == reign) {
                                answered(handOver, answer, failure);
                            }
                        },
                        thread);
    }

    private void answered(HandOver handOver, NodeApi.HandedOver answer, Throwable failure) {
        if (failure == null && !answer.done()) {
            abort(handOver, answer.detail());
            return;
        }
        if (failure != null) {
            log.warn(
                    "event=hand_over_unanswered tablet={} node={} cause=\"{}\"",
                    handOver.tablet(),
                    handOver.from(),
                    failure.toString());
        }
        released.add(handOver.id());
        again.run();
    }

    private void abort(HandOver handOver, String why) {
        log.info(
                "event=hand_over_aborted tablet={} to={} cause=\"{}\"",
                handOver.tablet(),
                handOver.to(),
                why);
        HandOverStep step = new HandOverStep(handOver.id(), HandOver.Phase.ABORTED, why);
        metadata.submit(new ClusterCommand.StepHandOvers(List.of(step), clock.wallMillis()))
                .whenCompleteAsync(
                        (verdict, failure) -> {
                            if (failure != null) {
                                asked.remove(handOver.id());
                            }
                        },
                        thread);
    }
}
