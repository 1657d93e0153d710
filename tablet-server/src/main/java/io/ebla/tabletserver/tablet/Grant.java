package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;

/**
 * What one follower has granted of its tablet's lease (E7, E9). Network threads give, the writer promises
 * and asks; brief and synchronized, so that a fence and a grant never cross.
 */
final class Grant {

    private final long leaseNanos;
    private boolean able;
    private long promisedEpoch;
    private boolean given;
    private long givenEpoch;
    private long untilNanos;
    private NodeId shownBy;
    private long shownEpoch;
    private long shownMillis;

    /** Whether that master has said that it shows nothing later any more. */
    private boolean shownToTheEnd;

    Grant(long leaseNanos, long promisedEpoch) {
        this.leaseNanos = leaseNanos;
        this.promisedEpoch = promisedEpoch;
    }

    /** Whether this replica may grant at all: a healthy member that the map calls opened. */
    synchronized void able(boolean may) {
        able = may;
    }

    /** Refuses from now on what is below an epoch. */
    synchronized void promise(long epoch) {
        promisedEpoch = Math.max(promisedEpoch, epoch);
    }

    /**
     * Grants a lease from now on, unless a higher epoch was promised.
     *
     * @param timeMillis the tablet time that the master showed when it asked
     */
    synchronized boolean give(NodeId master, long epoch, long timeMillis, long nowNanos) {
        if (!able || epoch < promisedEpoch) {
            return false;
        }
        if (!given || nowNanos + leaseNanos - untilNanos > 0) {
            untilNanos = nowNanos + leaseNanos;
        }
        given = true;
        givenEpoch = Math.max(givenEpoch, epoch);
        shownBy = master;
        shownEpoch = epoch;
        shownMillis = Math.max(shownMillis, timeMillis);
        shownToTheEnd = false;
        return true;
    }

    /**
     * The latest tablet time that the master of a lower epoch may have shown under a lease granted here, 0
     * for none: under it its clock goes on from what it last told (T1), unless it has given it back.
     *
     * @param master of the epoch, null while there is none: the same one goes on with its own time
     */
    synchronized long shownBefore(long epoch, NodeId master) {
        return shownBy == null || epoch <= shownEpoch || shownBy.equals(master)
                ? 0
                : shownToTheEnd ? shownMillis : shownMillis + leaseNanos / 1_000_000L;
    }

    /**
     * The master of an epoch, to whom the lease was granted, gave it back (E12).
     *
     * @param timeMillis the latest tablet time that it has shown, 0 if that is not known
     */
    synchronized void release(long epoch, long timeMillis) {
        if (epoch >= givenEpoch) {
            given = false;
        }
        if (epoch >= shownEpoch && shownBy != null && timeMillis > 0) {
            shownMillis = Math.max(shownMillis, timeMillis);
            shownToTheEnd = true;
        }
    }

    /**
     * Of a child of a split: whoever mastered the parent showed its time for the child's rows too (T1), and
     * may go on to until another is elected. May be told again.
     */
    void inherit(Grant parent) {
        NodeId by;
        long epoch;
        long millis;
        boolean toTheEnd;
        synchronized (parent) {
            by = parent.shownBy;
            epoch = parent.shownEpoch;
            millis = parent.shownMillis;
            toTheEnd = parent.shownToTheEnd;
        }
        synchronized (this) {
            boolean later = epoch > shownEpoch || epoch == shownEpoch && millis >= shownMillis;
            if (by != null && (shownBy == null || later)) {
                shownBy = by;
                shownEpoch = epoch;
                shownMillis = millis;
                shownToTheEnd = toTheEnd;
            }
        }
    }

    /** Whether nothing granted holds any more. */
    synchronized boolean ranOut(long nowNanos) {
        return !given || nowNanos - untilNanos >= 0;
    }

    synchronized long promisedEpoch() {
        return promisedEpoch;
    }
}
