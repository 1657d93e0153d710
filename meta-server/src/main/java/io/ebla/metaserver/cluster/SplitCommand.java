package io.ebla.metaserver.cluster;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.ebla.core.cluster.TabletId;
import java.util.Objects;

/** What changes the splits of tablets ({@link SplitOperation}). */
public sealed interface SplitCommand extends ClusterCommand {

    /**
     * A tablet is to be split; refused while it is, or while its replicas change.
     *
     * @param id random
     * @param atHex the bound, an escaped pk in hex; "" for the middle
     * @param byLoad whether the middle is that of the load, not of the bytes; false where it is not written
     * @param unasked whether it was the leader's own idea, so that the bound may go again likewise; false
     *     where
     *     it is not written
     */
    record Begin(
            String id,
            TabletId tablet,
            String atHex,
            @JsonSetter(nulls = Nulls.AS_EMPTY) boolean byLoad,
            @JsonSetter(nulls = Nulls.AS_EMPTY) boolean unasked,
            long at)
            implements SplitCommand {

        public Begin {
            Objects.requireNonNull(id);
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(atHex);
        }

        /** Somebody asked for it, at a bound, or in the middle of the bytes. */
        public Begin(String id, TabletId tablet, String atHex, long at) {
            this(id, tablet, atHex, false, false, at);
        }
    }

    /**
     * The next phase of a split; passed over unless the split is in the phase that it was judged from, for
     * what was true of an earlier one, that nobody was asked for the SPLIT above all, need not be any more.
     *
     * @param from the phase it was judged from; null, for any, in logs of builds that did not name it
     * @param atHex the bound that was found; heeded only if none is known
     */
    record Step(
            String id,
            SplitOperation.Phase from,
            SplitOperation.Phase phase,
            String atHex,
            String detail,
            long at)
            implements SplitCommand {

        public Step {
            Objects.requireNonNull(id);
            Objects.requireNonNull(phase);
            Objects.requireNonNull(atHex);
            Objects.requireNonNull(detail);
        }
    }

    /** The children of a split take the parent's place, if enough replicas have them open (R2). */
    record Swap(String id, long at) implements SplitCommand {

        public Swap {
            Objects.requireNonNull(id);
        }
    }
}
