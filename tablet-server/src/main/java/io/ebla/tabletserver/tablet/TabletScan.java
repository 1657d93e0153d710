package io.ebla.tabletserver.tablet;

import io.ebla.core.row.Row;

/**
 * Living rows of one tablet in key order, from one consistent view, here or on another node. One
 * thread at a time may use it, and since a row may have to come from disk, only one of {@link
 * TabletHost#readExecutor()}.
 *
 * <p>A row that expires while the scan is under way is left out from that millisecond on (T1).
 */
public interface TabletScan extends AutoCloseable {

    /**
     * The next row that has not expired, or null at the end.
     *
     * @throws io.ebla.core.contract.EblaException when the view is lost; what came before it stands
     */
    Row next();

    /** Whether {@link #next} has its answer, or has to wait for another node: then it must not be called. */
    default boolean ready() {
        return true;
    }

    /**
     * Has a task run once {@link #ready}: at once when it is, else on any thread. Not asked again before
     * the task has run.
     */
    default void onReady(Runnable task) {
        task.run();
    }

    /** How far the tablet had applied when the view was opened. */
    Position position();

    @Override
    void close();
}
