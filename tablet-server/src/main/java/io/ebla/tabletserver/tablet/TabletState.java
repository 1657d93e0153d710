package io.ebla.tabletserver.tablet;

/** What one local replica may do. Changed by the tablet's writer alone, read by anyone. */
enum TabletState {
    /** Recovered, and nobody's master here: it answers no strong read and takes no write (E1). */
    OPEN,
    /** Named master of an epoch; its EPOCH_START is on its way and nothing inherited counts yet (E11). */
    TAKING_OVER,
    /** Master: takes writes and answers reads. */
    SERVING,
    /** Takes no new write, finishes those it has; the way to CLOSED. */
    DRAINING,
    /** A sync failed: writes are refused, reads of what was applied go on, the process must end (L3). */
    DISK_FAILED,
    /** The log lost entries of this tablet: never served, never repaired in place (L3). */
    CORRUPTED,
    /** An invariant did not hold: stopped before it could do harm. */
    BROKEN,
    /** Closed. */
    CLOSED;

    boolean servesStrongReads() {
        return this == SERVING || this == DISK_FAILED || this == DRAINING;
    }
}
