package io.ebla.tabletserver.replication;

import io.ebla.core.cluster.TabletId;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a node can copy to others: views of its tablets' stores, pinned at a position (L5). Everything here
 * may touch the disk, and is called on threads that may wait for it.
 */
public interface SnapshotViews {

    /** Pins the state of a tablet as it is; empty when none is open here, or none that may be copied. */
    Optional<PinnedView> pin(TabletId tablet);

    /** A state that stays as it is until it is closed. One thread at a time. */
    interface PinnedView extends AutoCloseable {

        /** Of the last entry it holds, 0 for none. */
        long epoch();

        /** Of the last entry it holds, 0 for none. */
        long index();

        /**
         * The chunk of that number, counted from 0, the same bytes whenever it is asked for; null when
         * there are fewer. Asked for mostly in their order.
         */
        ByteBuffer chunk(long number);

        /** Lets go of what it pinned. */
        @Override
        void close();
    }
}
