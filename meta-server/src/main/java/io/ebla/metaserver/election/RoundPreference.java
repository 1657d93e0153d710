package io.ebla.metaserver.election;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;

/** What speaks for and against each node as master of one tablet. */
record RoundPreference(
        ClusterState state,
        TabletDescriptor tablet,
        Vacancy vacancy,
        Candidates candidates,
        Masterships masterships)
        implements Ballot.Preference {

    @Override
    public Ballot.Fitness fitness(NodeId id) {
        NodeDescriptor node = state.nodes().get(id);
        Ballot.Fitness fitness =
                node == null ? Ballot.Fitness.UNFIT : candidates.fitness(node, tablet);
        boolean hadBetterNot =
                id.equals(vacancy.passedOver()) || state.administration().isDrained(id);
        return hadBetterNot && fitness == Ballot.Fitness.FIT ? Ballot.Fitness.RELUCTANT : fitness;
    }

    @Override
    public boolean wanted(NodeId node) {
        return node.equals(vacancy.wanted());
    }

    @Override
    public int masterships(NodeId node) {
        return masterships.of(node);
    }
}
