package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * How a tablet is read: what to wait for first, then memory on the caller's thread, then a bounded
 * read thread. Any thread calls; none is ever blocked.
 *
 * <p>A strong get waits for the apply of the last pending entry of its row, a scan for the last entry
 * appended when it arrived, and both for a revert of what they would show (W3); they read the applied
 * store only. After the read, before the answer, the lease must hold, and the mastership be the one that
 * stood before it (E9): what was read meanwhile is what a master may say. A session read waits for the
 * caller's position at any replica, a local one for nothing.
 */
final class ReadPath {

    private static final Logger LOG = System.getLogger(ReadPath.class.getName());

    /**
     * One read under way: what it was asked with.
     *
     * @param term the mastership at its beginning
     */
    private record Asked(
            ReadLevel level, Position atLeast, long term, long deadlineNanos, Executor replyOn) {

        boolean strong() {
            return level == ReadLevel.STRONG;
        }
    }

    private final TabletParts parts;
    private final WritePipeline pipeline;
    private final TabletStore store;
    private final Load load;
    private final Executor readers;

    ReadPath(
            TabletParts parts,
            WritePipeline pipeline,
            TabletStore store,
            Load load,
            Executor readers) {
        this.parts = parts;
        this.pipeline = pipeline;
        this.store = store;
        this.load = load;
        this.readers = readers;
    }

    void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        Asked asked = asked(level, atLeast, deadlineNanos, replyOn);
        try {
            begin(asked);
            long index =
                    asked.strong()
                            ? parts.overlay().pendingIndex(key)
                            : indexOf(asked.level(), atLeast);
            if (index > pipeline.applied().index()) {
                await(index, asked, reply, () -> readRow(key, asked, reply));
                return;
            }
        } catch (EblaException refused) {
            reply.complete(null, refused);
            return;
        }
        readRow(key, asked, reply);
    }

    void scan(
            KeyRange range,
            boolean descending,
            boolean withValues,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<TabletScan> reply) {
        Asked asked = asked(level, atLeast, deadlineNanos, replyOn);
        Runnable open = () -> openScan(range, descending, withValues, asked, reply);
        try {
            begin(asked);
            long index =
                    asked.strong() ? pipeline.appendedIndex() : indexOf(asked.level(), atLeast);
            if (index > pipeline.applied().index()) {
                await(index, asked, reply, open);
                return;
            }
        } catch (EblaException refused) {
            reply.complete(null, refused);
            return;
        }
        open.run();
    }

    /** Without a position of this tablet's, a session read has to be a strong one. */
    private Asked asked(ReadLevel level, Position atLeast, long deadlineNanos, Executor replyOn) {
        boolean mine = atLeast != null && atLeast.tablet().equals(parts.tablet());
        ReadLevel needed = level == ReadLevel.SESSION && !mine ? ReadLevel.STRONG : level;
        return new Asked(
                needed,
                needed == ReadLevel.SESSION ? atLeast : null,
                pipeline.term(),
                deadlineNanos,
                replyOn);
    }

    private void begin(Asked asked) {
        if (asked.deadlineNanos() - parts.env().clock().monotonicNanos() <= 0) {
            throw parts.failures().deadlineBeforeStart();
        }
        requireState(asked.level());
    }

    private void requireState(ReadLevel level) {
        TabletState state = pipeline.state();
        boolean serves = level == ReadLevel.STRONG ? state.servesStrongReads() : state.readable();
        if (!serves) {
            throw parts.failures().refusal(state);
        }
        if (level == ReadLevel.STRONG && pipeline.splitting().isShut()) {
            throw parts.failures().shut();
        }
    }

    /** E9: after the read, before the answer. */
    private void requireService(Asked asked) {
        requireState(asked.level());
        if (asked.strong()) {
            if (pipeline.term() != asked.term()) {
                throw parts.failures().steppedDown();
            }
            requireLease();
        } else if (asked.atLeast() != null && lost(asked.atLeast())) {
            throw parts.failures().positionLost(asked.atLeast());
        }
    }

    private void requireLease() {
        Clock clock = parts.env().clock();
        if (!parts.lease().holds(clock.monotonicNanos(), clock.wallMillis())) {
            throw parts.failures().noLease();
        }
    }

    /** The index that a session read has to see; a local one sees what there is. */
    private long indexOf(ReadLevel level, Position atLeast) {
        if (level == ReadLevel.LOCAL) {
            return 0;
        }
        if (lost(atLeast) || beyondTheLog(atLeast)) {
            throw parts.failures().positionLost(atLeast);
        }
        return atLeast.index();
    }

    /**
     * W7: whether what is applied here shows that no log holds what the position names, or cannot show more.
     */
    private boolean lost(Position position) {
        return parts.history().lost(position, pipeline.applied().index());
    }

    /** Whether this is the master, and its log will never hold what the position names. */
    private boolean beyondTheLog(Position position) {
        TabletState state = pipeline.state();
        // A disk fails at followers as well, and the master may hold more than they.
        if (!state.servesStrongReads()
                || state == TabletState.DISK_FAILED
                || !EpochHistory.beyond(position, pipeline.epoch(), pipeline.appendedIndex())) {
            return false;
        }
        if (position.epoch() > pipeline.epoch()) {
            // Without one this master may be deposed, and the position a later one's.
            requireLease();
        }
        return true;
    }

    private void await(long index, Asked asked, Reply<?> reply, Runnable then) {
        if (!parts.waits().admit()) {
            throw parts.failures().overloaded("too many reads wait for a write");
        }
        pipeline.await(
                new ReadWaits.Wait(
                        index,
                        asked.strong(),
                        asked.deadlineNanos(),
                        failure ->
                                parts.replies()
                                        .add(
                                                asked.replyOn(),
                                                failure == null
                                                        ? then
                                                        : () -> reply.complete(null, failure))));
    }

    private void readRow(RowKey key, Asked asked, Reply<ReadResult> reply) {
        ReadResult result = null;
        EblaException failure = null;
        try {
            long before = pipeline.applied().index();
            MemoryRead read = store.getFromMemory(key);
            if (read instanceof MemoryRead.Incomplete) {
                onReader(asked, reply, () -> readNow(key, asked, reply));
                return;
            }
            if (awaitsRevert(key, before, asked, reply)) {
                return;
            }
            result =
                    result(
                            read instanceof MemoryRead.Found found
                                    ? Optional.of(found.row())
                                    : Optional.empty(),
                            asked);
        } catch (RuntimeException failed) {
            failure = failure(failed);
        }
        reply.complete(result, failure);
    }

    /** Null when the row is to be read again, and answered then. */
    private ReadResult readNow(RowKey key, Asked asked, Reply<ReadResult> reply) {
        long before = pipeline.applied().index();
        Optional<Row> row = store.get(key);
        return awaitsRevert(key, before, asked, reply) ? null : result(row, asked);
    }

    /**
     * What was read may be a write that is being taken back, or was by now: then it is read again after that.
     *
     * @param before what was applied when the row was read, at least
     */
    private boolean awaitsRevert(RowKey key, long before, Asked asked, Reply<ReadResult> reply) {
        if (!asked.strong() || pipeline.lastRevert() <= before) {
            return false;
        }
        long revert = parts.overlay().pendingRevert(key);
        long applied = pipeline.applied().index();
        if (revert <= applied && applied == before) {
            return false;
        }
        await(Math.max(revert, applied), asked, reply, () -> readRow(key, asked, reply));
        return true;
    }

    private ReadResult result(Optional<Row> row, Asked asked) {
        Position position = pipeline.visible();
        boolean dead =
                row.isPresent()
                        && row.get().expiresAt() != 0
                        && row.get().expired(parts.time().nowMillis());
        // Last: what is shown as expired was judged while the lease held (T1).
        requireService(asked);
        return new ReadResult(dead ? Optional.empty() : row, position);
    }

    private void openScan(
            KeyRange range,
            boolean descending,
            boolean withValues,
            Asked asked,
            Reply<TabletScan> reply) {
        Runnable again = () -> openScan(range, descending, withValues, asked, reply);
        try {
            onReader(asked, reply, () -> open(range, descending, withValues, asked, reply, again));
        } catch (EblaException refused) {
            reply.complete(null, refused);
        }
    }

    /** Null when the rows are to be read again: what the cursor shows is being taken back, or was by now. */
    private TabletScan open(
            KeyRange range,
            boolean descending,
            boolean withValues,
            Asked asked,
            Reply<TabletScan> reply,
            Runnable again) {
        long before = pipeline.applied().index();
        TabletStore.RowCursor cursor = store.scan(range, descending, withValues);
        try {
            long revert = asked.strong() ? pipeline.lastRevert() : 0;
            if (revert > before) {
                await(revert, asked, reply, again);
                cursor.close();
                return null;
            }
            Position position = pipeline.visible();
            requireService(asked);
            return new LocalScan(cursor, load, parts.time(), position);
        } catch (RuntimeException refused) {
            cursor.close();
            throw refused;
        }
    }

    private interface DiskRead<T> {

        /** Null when the answer comes by another way. */
        T read();
    }

    /** Reads on a read thread and answers on the caller's executor. */
    private <T> void onReader(Asked asked, Reply<T> reply, DiskRead<T> read) {
        try {
            readers.execute(() -> readNow(asked, reply, read));
        } catch (RejectedExecutionException full) {
            throw parts.failures().overloaded("too many reads wait for the disk");
        }
    }

    private <T> void readNow(Asked asked, Reply<T> reply, DiskRead<T> read) {
        T result = null;
        EblaException failure = null;
        if (asked.deadlineNanos() - parts.env().clock().monotonicNanos() <= 0) {
            failure = parts.failures().waitRanOut("the disk");
        } else {
            try {
                result = read.read();
            } catch (RuntimeException failed) {
                failure = failure(failed);
            }
        }
        T answer = result;
        EblaException reason = failure;
        if (answer == null && reason == null) {
            return;
        }
        try {
            asked.replyOn().execute(() -> reply.complete(answer, reason));
        } catch (RejectedExecutionException closed) {
            LOG.log(Level.DEBUG, "an answer found its event loop closed");
            if (answer instanceof TabletScan scan) {
                scan.close();
            }
        }
    }

    private EblaException failure(RuntimeException failed) {
        if (failed instanceof EblaException known) {
            return known;
        }
        LOG.log(Level.ERROR, "reading tablet " + parts.tablet() + " failed", failed);
        return parts.failures().internal("a read failed");
    }
}
