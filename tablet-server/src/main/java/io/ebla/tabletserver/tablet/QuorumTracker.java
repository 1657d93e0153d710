package io.ebla.tabletserver.tablet;

import java.util.Arrays;

/**
 * Which index is committed, from how far each replica is durable: pure arithmetic, no clock, no
 * thread. An index is committed once a quorum of the replica set holds it durably, but nothing of an
 * older epoch is before the entry that starts this one (E11). Writer only.
 */
final class QuorumTracker {

    private final long[] durable;
    private final int quorum;
    private long epochStart = Long.MAX_VALUE;
    private long committed;

    /**
     * @param replicas size of the replica set, the master counted
     * @param committed what is known committed already
     */
    QuorumTracker(int replicas, long committed) {
        this.durable = new long[replicas];
        this.quorum = replicas / 2 + 1;
        this.committed = committed;
    }

    int replicas() {
        return durable.length;
    }

    int quorum() {
        return quorum;
    }

    /** A mastership begins: its first entry has this index. */
    void begin(long epochStartIndex) {
        epochStart = epochStartIndex;
    }

    /** A replica holds everything up to this index on its disk; never less than it said before. */
    void durable(int replica, long index) {
        durable[replica] = Math.max(durable[replica], index);
        long held = heldByQuorum();
        if (held >= epochStart && held > committed) {
            committed = held;
        }
    }

    long committed() {
        return committed;
    }

    /** How many replicas hold an index. */
    int copies(long index) {
        int copies = 0;
        for (long held : durable) {
            if (held >= index) {
                copies++;
            }
        }
        return copies;
    }

    private long heldByQuorum() {
        if (durable.length == 1) {
            return durable[0];
        }
        long[] ascending = durable.clone();
        Arrays.sort(ascending);
        return ascending[ascending.length - quorum];
    }
}
