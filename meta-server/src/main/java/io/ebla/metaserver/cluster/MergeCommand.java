package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.TabletId;
import java.util.Objects;

/** What changes the merges of tablets ({@link MergeOperation}). */
public sealed interface MergeCommand extends ClusterCommand {

    /**
     * A tablet is to be merged with its right neighbour; refused while either is reshaped otherwise.
     *
     * @param id random
     * @param left the tablet
     */
    record Begin(String id, TabletId left, long at) implements MergeCommand {

        public Begin {
            Objects.requireNonNull(id);
            Objects.requireNonNull(left);
        }
    }

    /**
     * The next phase of a merge; passed over unless the merge is in the phase that it was judged from: what
     * was true of an earlier one, that nobody was asked for a seal above all, need not be any more.
     *
     * @param from the phase it was judged from
     */
    record Step(
            String id,
            MergeOperation.Phase from,
            MergeOperation.Phase phase,
            String detail,
            long at)
            implements MergeCommand {

        public Step {
            Objects.requireNonNull(id);
            Objects.requireNonNull(from);
            Objects.requireNonNull(phase);
            Objects.requireNonNull(detail);
        }
    }

    /** The merged tablet takes the place of both, if enough replicas have it open (R6). */
    record Swap(String id, long at) implements MergeCommand {

        public Swap {
            Objects.requireNonNull(id);
        }
    }
}
