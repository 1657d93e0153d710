package io.ebla.tabletserver.store;

import java.nio.ByteBuffer;

/**
 * A store as it stood at one position, in numbered chunks (L5): a sorted stream of the records of all key
 * spaces but the node's own, in one form for all kinds of stores ({@link SnapshotChunk}). It costs what
 * it pins: files and rows that would be gone otherwise. One thread at a time.
 *
 * <p>A snapshot ends with its store: afterwards its chunks fail with {@code no_master}.
 */
public interface Snapshot extends AutoCloseable {

    /** The position it is pinned at. */
    TabletStore.Applied applied();

    /**
     * The same bytes whenever it is asked for; cheapest in the order of the numbers.
     *
     * @param number from 0; at most one more than the highest asked for before
     * @return null behind the last
     */
    ByteBuffer chunk(long number);

    @Override
    void close();
}
