package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import java.util.List;

/**
 * How the replication of one open tablet stands on this node, to be watched. Read from what its writer
 * publishes: cheap enough for every scrape.
 *
 * @param epoch of the mastership that this replica has or begins, 0 for none
 * @param lease of that mastership
 * @param leaseRemainingMillis how long it still holds without another grant; 0 unless it is held
 * @param followers of a master: every other replica, learners too
 */
public record ReplicationFigures(
        TabletId tablet,
        TableName table,
        long epoch,
        Lease lease,
        long leaseRemainingMillis,
        List<FollowerFigures> followers) {

    /** What a mastership may answer by. */
    public enum Lease {
        /** There is no mastership here. */
        NONE,
        /** It has the only replica, and needs nobody. */
        ALONE,
        HELD,
        /** Not granted, or run out: no strong read is answered. */
        LOST
    }

    /**
     * One follower as its master sees it.
     *
     * @param state what the master does about it, in one word
     * @param acknowledgedIndex the last entry it acknowledged in this epoch, 0 while none
     * @param lagEntries entries that it has not acknowledged
     * @param lagBytes about how many bytes of log they are
     * @param lagMillis how long ago the first of those was stamped that are committed; 0 while there is
     *     none
     * @param windowBytes bytes that are under way to it
     */
    public record FollowerFigures(
            NodeId node,
            String state,
            boolean learner,
            long acknowledgedIndex,
            long lagEntries,
            long lagBytes,
            long lagMillis,
            long windowBytes) {}

    static ReplicationFigures of(Tablet tablet, TableName table, long nowNanos, long wallMillis) {
        WritePipeline pipeline = tablet.pipeline();
        LeaseTracker lease = tablet.parts().lease();
        long epoch = pipeline.masterEpoch();
        long remaining = lease.remainingNanos(nowNanos, wallMillis);
        return new ReplicationFigures(
                tablet.id(),
                table,
                epoch,
                epoch == 0
                        ? Lease.NONE
                        : remaining == LeaseTracker.FOR_EVER_NANOS
                                ? Lease.ALONE
                                : remaining > 0 ? Lease.HELD : Lease.LOST,
                epoch == 0 || remaining == LeaseTracker.FOR_EVER_NANOS ? 0 : remaining / 1_000_000L,
                pipeline.followerFigures());
    }
}
