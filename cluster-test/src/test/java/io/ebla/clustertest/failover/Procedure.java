package io.ebla.clustertest.failover;

import io.ebla.core.failpoint.FailPoints;
import io.ebla.metaserver.cluster.AppliedPhases;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.cluster.SplitOperation;
import java.util.List;
import java.util.Locale;

/** What changes tablets step by step, with the phases that the metadata knows of it. */
enum Procedure {
    SPLIT(SplitOperation.Phase.values()),
    MERGE(MergeOperation.Phase.values()),
    MOVE(ReplicaOperation.Phase.values()),
    HAND_OVER(HandOver.Phase.values()),
    DRAIN(ClusterTask.Phase.values()),
    ELECTION(AppliedPhases.OfElection.values()),
    REBALANCE(ClusterTask.Phase.MOVING, ClusterTask.Phase.DONE, ClusterTask.Phase.ABORTED);

    private final List<Enum<?>> phases;

    Procedure(Enum<?>... phases) {
        this.phases = List.of(phases);
    }

    List<Enum<?>> phases() {
        return phases;
    }

    /** As operations of it are called, and the points of its phases. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    String point(Enum<?> phase) {
        return FailPoints.point(text(), phase);
    }
}
