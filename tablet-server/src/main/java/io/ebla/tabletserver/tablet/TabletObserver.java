package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;

/** Told of what the tablets of a node do, for metrics. Called by writers: short, never blocking. */
public interface TabletObserver {

    TabletObserver NONE = new TabletObserver() {};

    /** A group of writes was handed to the oplog as one append. */
    default void appended(TabletId tablet, int operations, long bytes) {}

    /** Entries were committed and applied together. */
    default void applied(TabletId tablet, int entries) {}

    /** A background expiry was appended. */
    default void expiring(TabletId tablet) {}
}
