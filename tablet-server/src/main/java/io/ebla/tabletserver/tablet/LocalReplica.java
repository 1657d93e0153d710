package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.contract.EblaException;
import io.ebla.tabletserver.store.TabletStore;

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
        if (!tablet.state().servesStrongReads()) {
            throw tablet.refusal();
        }
        return tablet;
    }

    MetaApi.Holding holding() {
        return new MetaApi.Holding(self.tablet(), self.replica());
    }

    MetaApi.TabletStatus status() {
        if (tablet == null) {
            return new MetaApi.TabletStatus(self.tablet(), 0, false, 0, 0, 0, 0);
        }
        TabletStore.Applied applied = tablet.store().applied();
        WritePipeline pipeline = tablet.pipeline();
        return new MetaApi.TabletStatus(
                self.tablet(),
                pipeline.epoch(),
                tablet.state() == TabletState.SERVING,
                pipeline.applied().index(),
                pipeline.committedIndex(),
                applied.rows(),
                applied.bytes());
    }
}
