package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.util.List;

/**
 * Judges entries before any of them is applied: they must be this tablet's, follow what was applied
 * without a gap, and be of a kind that this version knows. Anything else is a broken invariant.
 */
final class EntryOrder {

    private EntryOrder() {}

    /** @param shape tells whether the tablet was split, or is sealed: then little may follow (R4, R6) */
    static void check(TabletId tablet, Applied applied, StoreShape shape, List<LogEntry> entries) {
        long epoch = applied.epoch();
        long index = applied.index();
        boolean ended = shape.isSplit();
        boolean sealed = shape.isSealed();
        for (LogEntry entry : entries) {
            if (!entry.tablet().equals(tablet)) {
                throw broken(tablet, entry, "is another tablet's");
            }
            if (entry.index() != index + 1 || entry.previousEpoch() != epoch) {
                throw broken(tablet, entry, "does not follow (" + epoch + "," + index + ")");
            }
            if (ended && !entry.kind().equals(EntryKind.EPOCH_START)) {
                throw broken(tablet, entry, "follows the split of its tablet");
            }
            if (sealed && !mayFollowSeal(entry)) {
                throw broken(tablet, entry, "follows the seal of its tablet");
            }
            checkKind(tablet, entry);
            sealed = entry.kind().equals(EntryKind.SEAL) || sealed && !isCancel(entry);
            ended |= entry.kind().equals(EntryKind.SPLIT);
            epoch = entry.epoch();
            index = entry.index();
        }
    }

    private static boolean mayFollowSeal(LogEntry entry) {
        return entry.kind().equals(EntryKind.EPOCH_START) || isCancel(entry);
    }

    private static boolean isCancel(LogEntry entry) {
        return entry.kind().equals(EntryKind.CANCEL);
    }

    private static void checkKind(TabletId tablet, LogEntry entry) {
        boolean expires = entry.mutations().stream().anyMatch(Mutation.Expire.class::isInstance);
        if (entry.kind().equals(EntryKind.EXPIRE)) {
            if (!expires || entry.mutations().size() != 1) {
                throw broken(tablet, entry, "is not one expiry");
            }
        } else if (entry.kind().equals(EntryKind.WRITE)) {
            if (expires) {
                throw broken(tablet, entry, "expires within a write");
            }
        } else if (entry.kind().equals(EntryKind.SPLIT)) {
            checkOnly(tablet, entry, Mutation.Split.class);
        } else if (entry.kind().equals(EntryKind.SEAL)) {
            checkOnly(tablet, entry, Mutation.Seal.class);
        } else if (isCancel(entry)) {
            checkOnly(tablet, entry, Mutation.CancelSplit.class);
        } else if (!entry.kind().equals(EntryKind.EPOCH_START)) {
            throw broken(tablet, entry, "is of an unknown kind " + entry.kind().code());
        } else if (!entry.mutations().isEmpty()) {
            throw broken(tablet, entry, "starts an epoch with mutations");
        }
    }

    private static void checkOnly(TabletId tablet, LogEntry entry, Class<? extends Mutation> type) {
        if (entry.mutations().size() != 1 || !type.isInstance(entry.mutations().get(0))) {
            throw broken(tablet, entry, "is not one " + type.getSimpleName());
        }
    }

    private static IllegalStateException broken(TabletId tablet, LogEntry entry, String how) {
        return new IllegalStateException(
                "tablet "
                        + tablet
                        + ": entry ("
                        + entry.epoch()
                        + ","
                        + entry.index()
                        + ") "
                        + how);
    }
}
