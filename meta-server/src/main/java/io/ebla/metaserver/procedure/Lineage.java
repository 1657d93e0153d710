package io.ebla.metaserver.procedure;

import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.liveness.Liveness;
import java.util.List;

/**
 * Hands what is known of tablets on to those that were made of them: until their load is measured, the
 * children of a split are taken to be asked for half of what it was each, and a merged tablet for what both
 * were. Confined to the leader's thread.
 */
final class Lineage {

    private final Liveness liveness;
    private ClusterState seen;

    Lineage(Liveness liveness) {
        this.liveness = liveness;
    }

    void look(ClusterState state) {
        if (state == seen) {
            return;
        }
        seen = state;
        for (SplitOperation split : state.splits().values()) {
            if (split.phase() == SplitOperation.Phase.DONE) {
                liveness.reshaped(List.of(split.tablet()), List.of(split.low(), split.high()));
            }
        }
        for (MergeOperation merge : state.merges().values()) {
            if (merge.phase() == MergeOperation.Phase.DONE) {
                liveness.reshaped(List.of(merge.left(), merge.right()), List.of(merge.into()));
            }
        }
    }
}
