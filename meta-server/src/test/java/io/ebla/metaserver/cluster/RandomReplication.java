package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterCommand.HandOverStep;
import io.ebla.metaserver.cluster.ClusterCommand.NewEpoch;
import io.ebla.metaserver.cluster.ClusterCommand.Renewal;
import io.ebla.metaserver.cluster.ClusterCommand.Settled;
import io.ebla.metaserver.cluster.ClusterCommand.Winner;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;

/** Commands about tablets of several copies: some that a leader might propose, some stale, some wrong. */
final class RandomReplication {

    private final Random random;
    private final Supplier<ReplicaId> ids;
    private final Function<NodeId, NodeDescriptor> runs;
    private int handOvers;

    RandomReplication(
            Random random, Supplier<ReplicaId> ids, Function<NodeId, NodeDescriptor> runs) {
        this.random = random;
        this.ids = ids;
        this.runs = runs;
    }

    ClusterCommand epochs(ClusterState state, long at) {
        List<NewEpoch> epochs = new ArrayList<>();
        for (TabletDescriptor tablet : some(state)) {
            long after = Math.max(0, tablet.epoch() - (rarely() ? 1 : 0));
            epochs.add(new NewEpoch(tablet.id(), after, after + random.nextInt(3)));
        }
        return new ClusterCommand.BeginElections(epochs, at);
    }

    ClusterCommand winners(ClusterState state, long at) {
        List<Winner> winners = new ArrayList<>();
        state.elections()
                .forEach(
                        (id, election) -> {
                            TabletDescriptor tablet = state.tablets().get(id);
                            NodeDescriptor node = registered(state, any(nodes(tablet)));
                            winners.add(
                                    new Winner(
                                            id,
                                            election.epoch() - (rarely() ? 1 : 0),
                                            node.id(),
                                            node.incarnation()));
                        });
        return new ClusterCommand.RecordWinners(winners, at);
    }

    private static List<NodeId> nodes(TabletDescriptor tablet) {
        List<NodeId> nodes = new ArrayList<>();
        tablet.replicas().forEach(replica -> nodes.add(replica.node()));
        tablet.previousReplicas().forEach(replica -> nodes.add(replica.node()));
        return nodes;
    }

    private NodeDescriptor registered(ClusterState state, NodeId id) {
        NodeDescriptor node = state.nodes().get(id);
        return node == null || rarely() ? runs.apply(id) : node;
    }

    ClusterCommand learners(ClusterState state, long at) {
        List<NewLearner> learners = new ArrayList<>();
        for (TabletDescriptor tablet : some(state)) {
            if (!state.nodes().isEmpty()) {
                NodeId node = any(state.nodes().keySet());
                ReplicaId gone = tablet.replicaOn(node).map(ReplicaDescriptor::id).orElse(null);
                learners.add(
                        new NewLearner(
                                tablet.id(),
                                tablet.epoch() - (rarely() ? 1 : 0),
                                node,
                                ids.get(),
                                rarely() ? null : gone));
            }
        }
        return new ClusterCommand.AddLearners(learners, at);
    }

    ClusterCommand moves(ClusterState state, long at) {
        List<NewLearner> learners = new ArrayList<>();
        for (TabletDescriptor tablet : some(state)) {
            if (!state.nodes().isEmpty()) {
                learners.add(
                        NewLearner.move(
                                tablet.id(),
                                tablet.epoch() - (rarely() ? 1 : 0),
                                any(tablet.replicas()).node(),
                                any(state.nodes().keySet()),
                                ids.get(),
                                null));
            }
        }
        return new ClusterCommand.AddLearners(learners, at);
    }

    ClusterCommand retirement(ClusterState state, long at) {
        List<Holding> learners = new ArrayList<>();
        for (TabletDescriptor tablet : some(state)) {
            learners.add(new Holding(tablet.id(), any(tablet.replicas()).id()));
        }
        return new ClusterCommand.RetireLearners(learners, at);
    }

    ClusterCommand change(ClusterState state, long at) {
        List<TabletDescriptor> tablets = some(state);
        if (tablets.isEmpty()) {
            return settle(state, at);
        }
        TabletDescriptor tablet = tablets.get(0);
        List<ReplicaId> members = new ArrayList<>();
        for (ReplicaDescriptor replica : tablet.replicas()) {
            if (random.nextInt(4) > 0) {
                members.add(replica.id());
            }
        }
        long after = Math.max(0, tablet.epoch() - (rarely() ? 1 : 0));
        return new ClusterCommand.ChangeReplicas(tablet.id(), after, members, at);
    }

    ClusterCommand settle(ClusterState state, long at) {
        List<Settled> settled =
                state.tablets().values().stream()
                        .filter(tablet -> random.nextInt(3) > 0)
                        .map(
                                tablet ->
                                        new Settled(
                                                tablet.id(), tablet.epoch() - (rarely() ? 1 : 0)))
                        .toList();
        return new ClusterCommand.SettleReplicas(settled, at);
    }

    ClusterCommand renewal(ClusterState state, long at) {
        List<Renewal> renewals = new ArrayList<>();
        for (TabletDescriptor tablet : state.tablets().values()) {
            if (tablet.beyondElection() && random.nextInt(4) > 0 || random.nextInt(40) == 0) {
                List<ReplicaDescriptor> fresh = new ArrayList<>();
                tablet.members()
                        .forEach(
                                each ->
                                        fresh.add(
                                                new ReplicaDescriptor(
                                                        each.node(), ids.get(), false, false)));
                NodeDescriptor master = registered(state, any(fresh).node());
                renewals.add(
                        new Renewal(
                                tablet.id(),
                                tablet.epoch() - (rarely() ? 1 : 0),
                                fresh,
                                master.id(),
                                master.incarnation()));
            }
        }
        return new ClusterCommand.RenewTablets(
                renewals.subList(0, Math.min(1, renewals.size())), at);
    }

    ClusterCommand handOver(ClusterState state, long at) {
        List<HandOver> begun = new ArrayList<>();
        for (TabletDescriptor tablet : some(state)) {
            NodeId from =
                    tablet.master() == null
                            ? any(tablet.replicas()).node()
                            : tablet.master().node();
            NodeId to = any(tablet.replicas()).node();
            if (!from.equals(to)) {
                begun.add(
                        new HandOver(
                                "h" + handOvers++,
                                tablet.id(),
                                tablet.epoch() - (rarely() ? 1 : 0),
                                from,
                                to,
                                HandOver.Phase.ASKING,
                                at,
                                0,
                                ""));
            }
        }
        return new ClusterCommand.BeginHandOvers(begun, at);
    }

    ClusterCommand steps(ClusterState state, long at) {
        List<HandOverStep> steps = new ArrayList<>();
        state.handOvers()
                .keySet()
                .forEach(
                        id ->
                                steps.add(
                                        new HandOverStep(
                                                id, any(List.of(HandOver.Phase.values())), "")));
        return new ClusterCommand.StepHandOvers(steps, at);
    }

    private boolean rarely() {
        return random.nextInt(8) == 0;
    }

    /** One tablet or two, or none when there is none. */
    private List<TabletDescriptor> some(ClusterState state) {
        List<TabletDescriptor> tablets = new ArrayList<>();
        for (int i = 1 + random.nextInt(2); i > 0 && !state.tablets().isEmpty(); i--) {
            tablets.add(any(state.tablets().values()));
        }
        return tablets;
    }

    private <T> T any(Collection<T> of) {
        return of.stream().skip(random.nextInt(of.size())).findFirst().orElseThrow();
    }
}
