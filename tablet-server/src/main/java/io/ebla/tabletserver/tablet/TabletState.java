package io.ebla.tabletserver.tablet;

/** What one local replica may do. Changed by the tablet's writer alone, read by anyone. */
enum TabletState {
    /**
     * Recovered, and not yet called opened by a map: it acknowledges, grants and answers nothing, so that
     * a wiped one is never taken for a new one (E10).
     */
    OPEN,
    /** Follows its master's log and counts nowhere: no grant, no answer to a fence. */
    LEARNER,
    /** A member that follows whoever is master: acknowledges, grants leases, answers fences. */
    FOLLOWER,
    /** Named master of an epoch; its EPOCH_START is on its way and nothing inherited counts yet (E11). */
    TAKING_OVER,
    /** Master: takes writes, and answers strong reads while it holds the lease. */
    SERVING,
    /** Master that takes no new write until its successor has the whole log (E12). */
    HANDING_OVER,
    /** Takes no new write, finishes those it has; the way to CLOSED. */
    DRAINING,
    /** Its store is replaced by a snapshot: it takes no log until that is done (L5). */
    REBUILDING,
    /** A sync failed: writes are refused, reads of what was applied go on, the process must end (L3). */
    DISK_FAILED,
    /** The log lost entries, or diverged below its commit point: never served, only rebuilt (L3, E6). */
    CORRUPTED,
    /** An invariant did not hold: stopped before it could do harm. */
    BROKEN,
    /** Closed. */
    CLOSED;

    /** Whether a lease lets it answer strong reads. */
    boolean servesStrongReads() {
        return this == SERVING || this == HANDING_OVER || this == DISK_FAILED || this == DRAINING;
    }

    /** Whether it has a mastership, begun or beginning. */
    boolean masters() {
        return this == TAKING_OVER || this == SERVING || this == HANDING_OVER || this == DRAINING;
    }

    /** Whether it takes the log of a master. */
    boolean follows() {
        return this == LEARNER || this == FOLLOWER;
    }

    /** Whether others may take its store: it holds nothing but what is committed (L1). */
    boolean mayBeCopied() {
        return follows() || masters() || this == DISK_FAILED;
    }

    /** Whether its store may be read at all. */
    boolean readable() {
        return this != OPEN
                && this != BROKEN
                && this != CORRUPTED
                && this != CLOSED
                && this != REBUILDING;
    }

    /** Whether it has ended: no step leads from there to anything but the end. */
    boolean ended() {
        return this == DISK_FAILED || this == CORRUPTED || this == BROKEN || this == CLOSED;
    }
}
