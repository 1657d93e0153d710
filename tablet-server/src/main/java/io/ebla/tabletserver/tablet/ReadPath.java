package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
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
 * appended when it arrived (W3); both then read the applied store only. A session read waits for the
 * caller's position, a local one for nothing. Mastership is judged after the read, before the answer
 * (E9): what was read while the tablet served is what a master may say.
 */
final class ReadPath {

    private static final Logger LOG = System.getLogger(ReadPath.class.getName());

    /** One read under way: what it was asked with. */
    private record Asked(ReadLevel level, long deadlineNanos, Executor replyOn) {}

    private final WritePipeline.Parts parts;
    private final WritePipeline pipeline;
    private final TabletStore store;
    private final Executor readers;

    ReadPath(
            WritePipeline.Parts parts,
            WritePipeline pipeline,
            TabletStore store,
            Executor readers) {
        this.parts = parts;
        this.pipeline = pipeline;
        this.store = store;
        this.readers = readers;
    }

    void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        Asked asked = new Asked(level, deadlineNanos, replyOn);
        try {
            begin(asked);
            long index =
                    level == ReadLevel.STRONG
                            ? parts.overlay().pendingIndex(key)
                            : indexOf(level, atLeast);
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
        Asked asked = new Asked(level, deadlineNanos, replyOn);
        Runnable open = () -> openScan(range, descending, withValues, asked, reply);
        try {
            begin(asked);
            long index =
                    level == ReadLevel.STRONG ? pipeline.appendedIndex() : indexOf(level, atLeast);
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

    private void begin(Asked asked) {
        if (asked.deadlineNanos() - parts.env().clock().monotonicNanos() <= 0) {
            throw parts.failures().deadlineBeforeStart();
        }
        requireService(asked.level());
    }

    private void requireService(ReadLevel level) {
        TabletState state = pipeline.state();
        boolean serves =
                level == ReadLevel.STRONG
                        ? state.servesStrongReads()
                        : state != TabletState.BROKEN
                                && state != TabletState.CORRUPTED
                                && state != TabletState.CLOSED;
        if (!serves) {
            throw parts.failures().refusal(state);
        }
    }

    /** The index that a session read has to see; another tablet's position makes it a strong one. */
    private long indexOf(ReadLevel level, Position atLeast) {
        if (level == ReadLevel.LOCAL) {
            return 0;
        }
        if (atLeast == null || !atLeast.tablet().equals(parts.tablet())) {
            requireService(ReadLevel.STRONG);
            return pipeline.appendedIndex();
        }
        if (parts.history().lost(atLeast, pipeline.epoch(), pipeline.appendedIndex())) {
            throw parts.failures().positionLost(atLeast);
        }
        return atLeast.index();
    }

    private void await(long index, Asked asked, Reply<?> reply, Runnable then) {
        if (!parts.waits().admit()) {
            throw parts.failures().overloaded("too many reads wait for a write");
        }
        pipeline.await(
                new ReadWaits.Wait(
                        index,
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
            MemoryRead read = store.getFromMemory(key);
            if (read instanceof MemoryRead.Incomplete) {
                onReader(asked, reply, () -> result(store.get(key), asked));
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

    private ReadResult result(Optional<Row> row, Asked asked) {
        Position position = pipeline.visible();
        requireService(asked.level());
        boolean dead =
                row.isPresent()
                        && row.get().expiresAt() != 0
                        && row.get().expired(parts.time().nowMillis());
        return new ReadResult(dead ? Optional.empty() : row, position);
    }

    private void openScan(
            KeyRange range,
            boolean descending,
            boolean withValues,
            Asked asked,
            Reply<TabletScan> reply) {
        try {
            onReader(asked, reply, () -> open(range, descending, withValues, asked));
        } catch (EblaException refused) {
            reply.complete(null, refused);
        }
    }

    private TabletScan open(KeyRange range, boolean descending, boolean withValues, Asked asked) {
        TabletStore.RowCursor cursor = store.scan(range, descending, withValues);
        try {
            Position position = pipeline.visible();
            requireService(asked.level());
            return new LocalScan(cursor, parts.time(), position);
        } catch (RuntimeException refused) {
            cursor.close();
            throw refused;
        }
    }

    private interface DiskRead<T> {
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
