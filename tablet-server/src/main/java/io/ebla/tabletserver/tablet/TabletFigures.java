package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.tabletserver.store.TabletStore;
import java.util.Locale;

/**
 * What one open tablet says of itself, to be watched. Cheap enough for every scrape.
 *
 * @param state what it may do, in words
 * @param mailboxOperations operations that wait for the writer
 * @param mailboxBytes bytes that wait likewise
 * @param overlayRows rows appended and not yet applied
 * @param readWaits reads that wait for an apply
 * @param rows rows held
 * @param bytes key and value bytes held
 * @param expiredRows rows and records past their expiry and not yet removed, counted up to 10,000
 */
public record TabletFigures(
        TabletId tablet,
        TableName table,
        String state,
        long epoch,
        int mailboxOperations,
        long mailboxBytes,
        int overlayRows,
        int readWaits,
        long appendedIndex,
        long committedIndex,
        long appliedIndex,
        long rows,
        long bytes,
        int expiredRows) {

    private static final int EXPIRED_MAX = 10_000;

    static TabletFigures of(LocalReplica replica) {
        Tablet tablet = replica.tablet();
        WritePipeline pipeline = tablet.pipeline();
        TabletParts parts = tablet.parts();
        TabletStore.Applied applied = tablet.store().applied();
        return new TabletFigures(
                tablet.id(),
                replica.self().table(),
                tablet.state().name().toLowerCase(Locale.ROOT),
                pipeline.epoch(),
                parts.mailbox().operations(),
                parts.mailbox().bytes(),
                parts.overlay().size(),
                parts.waits().admitted(),
                pipeline.appendedIndex(),
                pipeline.committedIndex(),
                pipeline.applied().index(),
                applied.rows(),
                applied.bytes(),
                backlog(tablet));
    }

    /** A tablet that closes meanwhile has none. */
    private static int backlog(Tablet tablet) {
        try {
            return tablet.store().countExpired(tablet.nowMillis(), EXPIRED_MAX);
        } catch (EblaException closed) {
            return 0;
        }
    }
}
