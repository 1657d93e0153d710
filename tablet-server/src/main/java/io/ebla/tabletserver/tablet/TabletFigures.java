package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.store.TabletStore;
import java.util.Locale;

/**
 * What one open tablet says of itself, to be watched. Cheap enough for every scrape.
 *
 * @param state what it may do, in one word
 * @param commitIndex highest index known committed
 * @param appliedIndex highest index in the store
 * @param lastIndex highest index appended
 * @param rows rows held
 * @param bytes key and value bytes held
 * @param mailboxOperations operations that wait for the writer
 * @param mailboxBytes bytes that wait likewise
 * @param overlayRows rows appended and not yet applied
 * @param readWaits reads that wait for an apply
 * @param expiryBacklog rows and records past their expiry and not yet removed, counted up to 10,000
 */
public record TabletFigures(
        TabletId id,
        TableName table,
        KeyRange range,
        String state,
        long epoch,
        long commitIndex,
        long appliedIndex,
        long lastIndex,
        long rows,
        long bytes,
        int mailboxOperations,
        long mailboxBytes,
        int overlayRows,
        int readWaits,
        int expiryBacklog) {

    private static final int BACKLOG_MAX = 10_000;

    static TabletFigures of(LocalReplica replica) {
        Tablet tablet = replica.tablet();
        WritePipeline pipeline = tablet.pipeline();
        WritePipeline.Parts parts = tablet.parts();
        TabletStore.Applied applied = tablet.store().applied();
        return new TabletFigures(
                tablet.id(),
                replica.self().table(),
                tablet.range(),
                tablet.state().name().toLowerCase(Locale.ROOT),
                pipeline.epoch(),
                pipeline.committedIndex(),
                pipeline.applied().index(),
                pipeline.appendedIndex(),
                applied.rows(),
                applied.bytes(),
                parts.mailbox().operations(),
                parts.mailbox().bytes(),
                parts.overlay().size(),
                parts.waits().admitted(),
                backlog(tablet));
    }

    /** A tablet that closes meanwhile has none. */
    private static int backlog(Tablet tablet) {
        try {
            return tablet.store().countExpired(tablet.nowMillis(), BACKLOG_MAX);
        } catch (EblaException closed) {
            return 0;
        }
    }
}
