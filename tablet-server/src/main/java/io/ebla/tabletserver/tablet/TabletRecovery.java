package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.store.TabletStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings a reopened store up to what its log knows committed, and keeps the rest as the tail (L2).
 *
 * <p>The store opens at its applied position; entries up to the last commit hint are applied again;
 * what follows counts only once a new epoch's EPOCH_START is committed (E11). A log that ends below
 * the applied position was lost, one that begins above it has a gap: the tablet is corrupted. One that
 * restarted behind a snapshot ends at its position (L5).
 */
final class TabletRecovery {

    /** Entries applied at a time: bounds memory while a long log is replayed. */
    private static final int RUN_ENTRIES = 512;

    private static final long RUN_BYTES = 4L << 20;

    /**
     * Where a tablet stands after recovery.
     *
     * @param applied what the store holds
     * @param tail durable entries after it, in order
     * @param lastEpoch epoch of the last entry, 0 for none
     * @param lastIndex index of the last entry, 0 for none
     * @param promisedEpoch the highest epoch promised, at least {@code lastEpoch} (E4, E7)
     * @param highestTimestampMillis the highest time in log and store: the floor of tablet time (T1)
     */
    record Recovered(
            TabletStore.Applied applied,
            List<LogEntry> tail,
            long lastEpoch,
            long lastIndex,
            long promisedEpoch,
            long highestTimestampMillis) {

        Recovered {
            tail = List.copyOf(tail);
        }
    }

    private final TabletId tablet;
    private final TabletStore store;
    private final EpochHistory history;
    private final List<LogEntry> run = new ArrayList<>();
    private final List<LogEntry> tail = new ArrayList<>();
    private long runBytes;
    private long expectedIndex;
    private long highestTimestamp;

    private TabletRecovery(TabletId tablet, TabletStore store, EpochHistory history) {
        this.tablet = tablet;
        this.store = store;
        this.history = history;
    }

    /**
     * @param history knows those of the store, and learns of the epochs met
     * @throws EblaException {@code corrupted} when entries are missing
     */
    static Recovered recover(
            TabletId tablet, TabletStore store, Oplog oplog, EpochHistory history) {
        return new TabletRecovery(tablet, store, history).recover(oplog);
    }

    private Recovered recover(Oplog oplog) {
        TabletStore.Applied opened = store.applied();
        highestTimestamp = opened.timestampMillis();
        Optional<Oplog.Tail> log = oplog.tail(tablet);
        long logged = log.map(Oplog.Tail::lastIndex).orElse(0L);
        if (logged < opened.index()) {
            throw damaged("its log ends at " + logged + " and its store at " + opened.index());
        }
        if (log.isEmpty() || logged == opened.index()) {
            long epoch = log.map(Oplog.Tail::lastEpoch).orElse(0L);
            return new Recovered(
                    opened,
                    List.of(),
                    Math.max(epoch, opened.epoch()),
                    opened.index(),
                    promised(log, opened.epoch()),
                    highestTimestamp);
        }
        if (log.get().firstIndex() > opened.index() + 1) {
            throw damaged(
                    "its log begins at "
                            + log.get().firstIndex()
                            + " and its store ends at "
                            + opened.index());
        }
        expectedIndex = opened.index() + 1;
        oplog.replay(tablet, expectedIndex, entry -> take(entry, log.get().commitHint()));
        applyRun();
        if (expectedIndex != log.get().lastIndex() + 1) {
            throw damaged("its log ends before entry " + log.get().lastIndex());
        }
        return new Recovered(
                store.applied(),
                tail,
                log.get().lastEpoch(),
                log.get().lastIndex(),
                promised(log, opened.epoch()),
                highestTimestamp);
    }

    private static long promised(Optional<Oplog.Tail> log, long epoch) {
        return Math.max(epoch, log.map(Oplog.Tail::promisedEpoch).orElse(0L));
    }

    private void take(LogEntry entry, long commitHint) {
        if (entry.index() != expectedIndex) {
            throw damaged("entry " + expectedIndex + " is missing before " + entry.index());
        }
        expectedIndex++;
        highestTimestamp = Math.max(highestTimestamp, entry.timestampMillis());
        history.entry(entry.epoch(), entry.index());
        if (entry.index() > commitHint) {
            tail.add(entry);
            return;
        }
        run.add(entry);
        runBytes += entrySize(entry);
        if (run.size() >= RUN_ENTRIES || runBytes >= RUN_BYTES) {
            applyRun();
        }
    }

    private void applyRun() {
        if (!run.isEmpty()) {
            store.apply(List.copyOf(run));
            run.clear();
            runBytes = 0;
        }
    }

    private static long entrySize(LogEntry entry) {
        long bytes = 0;
        for (var mutation : entry.mutations()) {
            if (mutation instanceof io.ebla.core.oplog.Mutation.Put put) {
                bytes += put.value().length();
            }
        }
        return bytes;
    }

    private EblaException damaged(String how) {
        return new EblaException(ErrorCode.CORRUPTED, "tablet " + tablet + ": " + how);
    }
}
