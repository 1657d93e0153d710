package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.List;

/**
 * The store of a merged tablet in the making, while both of the tablets that it is made of still serve: the
 * larger one as it stood at some position, the rows of the other one put beside them, and then the entries
 * that both applied since. Each of the two has its own position in it, and its own counts, so that it is
 * known to be at both seals when it is finished. Nobody's until then, and made anew after a death. One
 * thread.
 */
public interface Joining extends AutoCloseable {

    /**
     * One of the two.
     *
     * @param store open, counted and settled
     * @param range of its tablet
     */
    record Part(TabletStore store, KeyRange range) {

        /**
         * Of files that a split left, what lies outside its range is the other child's: rows that this one
         * has deleted since would be in the merged store again.
         *
         * @throws IllegalStateException if there may be such, or it is not known how many rows there are
         */
        void requireWhole() {
            if (!store.counted() || !store.settled()) {
                throw new IllegalStateException(
                        "a store with the range " + range + " is not counted and settled yet");
            }
        }
    }

    /** Where one of the two stands in it. */
    Applied position(TabletId tablet);

    /** Applies entries that one of the two has applied, in order, behind what is there of it. */
    void follow(TabletId tablet, List<LogEntry> entries);

    /**
     * Makes it the store of the merged tablet: durable, and where both of the seals put it (R6). It is
     * nobody's before somebody writes a descriptor beside it.
     *
     * @return where it begins
     * @throws IllegalStateException if it does not stand at both seals
     */
    Applied finish(Sealing left, Sealing right);

    /** Throws it away, unless it is finished. */
    @Override
    void close();
}
