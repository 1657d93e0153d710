package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.replication.SnapshotViews;
import io.ebla.tabletserver.store.Snapshot;
import java.nio.ByteBuffer;

/** A store's snapshot as the network sends it. */
record PinnedSnapshot(Snapshot snapshot) implements SnapshotViews.PinnedView {

    @Override
    public long epoch() {
        return snapshot.applied().epoch();
    }

    @Override
    public long index() {
        return snapshot.applied().index();
    }

    @Override
    public ByteBuffer chunk(long number) {
        return snapshot.chunk(number);
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
