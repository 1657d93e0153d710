package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.tabletserver.store.TabletStore;
import java.util.List;

/**
 * One replica that this node holds: open, or refused with a reason that every caller is told.
 *
 * @param self what the replica knows of itself
 * @param kind where its log and rows are
 * @param tablet null when it could not be opened
 * @param refusal why not, else null
 */
record LocalReplica(
        ReplicaFiles.Replica self, StoreKind kind, Tablet tablet, EblaException refusal) {

    static LocalReplica open(ReplicaFiles.Replica self, StoreKind kind, Tablet tablet) {
        return new LocalReplica(self, kind, tablet, null);
    }

    static LocalReplica refused(ReplicaFiles.Replica self, StoreKind kind, EblaException refusal) {
        return new LocalReplica(self, kind, null, refusal);
    }

    boolean isOpen() {
        return tablet != null;
    }

    /** @throws EblaException {@code no_master}, {@code corrupted}, or {@code internal} once broken */
    Tablet serving() {
        if (refusal != null) {
            throw refusal;
        }
        if (!tablet.servesStrongReads()) {
            throw tablet.refusal();
        }
        return tablet;
    }

    /**
     * The tablet when it may answer at that level, else null: a learner, and a replica that was made empty
     * and has applied nothing yet, may lack all there is.
     */
    Tablet answering(ReadLevel level) {
        if (tablet == null) {
            return null;
        }
        TabletState state = tablet.state();
        boolean answers =
                level == ReadLevel.STRONG
                        ? tablet.servesStrongReads()
                        : state.readable()
                                && state != TabletState.LEARNER
                                && tablet.pipeline().applied().index() > 0;
        return answers ? tablet : null;
    }

    /** Why it answers nobody as a master; null while it does. */
    EblaException refusalOfService() {
        if (refusal != null) {
            return refusal;
        }
        return tablet.servesStrongReads() ? null : tablet.refusal();
    }

    MetaApi.Holding holding() {
        return new MetaApi.Holding(self.tablet(), self.replica());
    }

    /**
     * @param room whether its disk takes appends
     * @param nowNanos monotonic time
     */
    MetaApi.TabletStatus status(boolean room, long nowNanos) {
        if (tablet == null) {
            return new MetaApi.TabletStatus(
                    self.tablet(),
                    self.replica(),
                    0,
                    false,
                    0,
                    0,
                    refusal.code() == ErrorCode.CORRUPTED
                            ? MetaApi.ReplicaCondition.CORRUPTED
                            : MetaApi.ReplicaCondition.FAILED,
                    0,
                    0,
                    0,
                    0,
                    0,
                    List.of(),
                    null,
                    0,
                    false);
        }
        TabletStore.Applied applied = tablet.store().applied();
        WritePipeline pipeline = tablet.pipeline();
        return new MetaApi.TabletStatus(
                self.tablet(),
                self.replica(),
                pipeline.epoch(),
                pipeline.serves(),
                pipeline.startedEpoch(),
                pipeline.endedEpoch(),
                condition(room, nowNanos),
                pipeline.durableIndex(),
                pipeline.applied().index(),
                pipeline.committedIndex(),
                applied.rows(),
                applied.bytes(),
                pipeline.followerFigures().stream().map(LocalReplica::told).toList(),
                null,
                tablet.load().operations(),
                tablet.store().counted());
    }

    /** Of one that is open. */
    MetaApi.ReplicaCondition condition(boolean room, long nowNanos) {
        return condition(tablet.state(), room && !tablet.pipeline().stalled(nowNanos));
    }

    private static MetaApi.Follower told(ReplicationFigures.FollowerFigures follower) {
        return new MetaApi.Follower(
                follower.node(),
                follower.acknowledgedIndex(),
                follower.lagEntries(),
                follower.lagBytes(),
                follower.lagMillis());
    }

    private static MetaApi.ReplicaCondition condition(TabletState state, boolean takesAppends) {
        return switch (state) {
            case CORRUPTED -> MetaApi.ReplicaCondition.CORRUPTED;
            case DISK_FAILED, BROKEN -> MetaApi.ReplicaCondition.FAILED;
            default ->
                    takesAppends
                            ? MetaApi.ReplicaCondition.HEALTHY
                            : MetaApi.ReplicaCondition.DISK_FULL;
        };
    }
}
