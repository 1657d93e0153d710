package io.ebla.tabletserver.oplog;

/**
 * Hears the numbers of an oplog, on its threads: must be quick and must not throw. The engine knows no
 * metrics library; who does, implements this.
 */
public interface OplogObserver {

    OplogObserver NONE = new OplogObserver() {};

    /**
     * A group became durable.
     *
     * @param entries entries in it
     * @param bytes bytes written for it
     * @param syncNanos how long its sync took
     */
    default void groupSynced(int entries, long bytes, long syncNanos) {}

    default void conditionChanged(Oplog.Condition condition) {}
}
