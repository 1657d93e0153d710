package io.ebla.tabletserver.store;

import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.List;

/**
 * The store of a child in the making, while its parent still serves: open, over what the parent held at some
 * position, and then with the entries that the parent has applied since. It is the parent's own until its log
 * ends by the SPLIT, which says where the child begins. Nobody's until then, and made anew after a death. Any
 * thread.
 */
public interface Dividing extends AutoCloseable {

    /** Up to which entry it holds what the parent does. */
    Applied position();

    /**
     * Entries of the parent's log, which follow {@link #position}.
     *
     * @throws IllegalStateException if it was closed
     */
    void follow(List<LogEntry> entries);

    /**
     * Writes to the disk what it followed, so that less is left of that when it is finished.
     *
     * @throws IllegalStateException if it was closed
     */
    void flush();

    /** Memory that holds what a {@link #flush} would write. */
    long unflushedBytes();

    /**
     * It is whole and durable where the parent's log ended, and the next opening of the child's store takes
     * it.
     *
     * @throws IllegalStateException if it does not stand there, or was closed
     */
    void finish();

    /** Nothing is left of it, unless it was finished. */
    @Override
    void close();
}
