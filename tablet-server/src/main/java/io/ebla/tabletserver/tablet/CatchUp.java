package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.LogBatch;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Reads the log for followers that have fallen out of what is in flight: on read threads, one read at a
 * time for each of them, at a bounded rate. Writer only, but for the reads themselves.
 */
final class CatchUp {

    private static final Logger LOG = System.getLogger(CatchUp.class.getName());

    /** What becomes of a read, in a turn of the writer. */
    interface Reader {

        /** Whether the follower still wants what was asked for in that session. */
        boolean wants(Follower follower, long session);

        /** What was read from its next entry on. */
        void found(Follower follower, LogBatch batch, long nowNanos);

        /** The log no longer has its next entry. */
        void gone(Follower follower, long nowNanos);
    }

    private final TabletParts parts;
    private final ReplicationSettings settings;
    private final Consumer<Runnable> commands;
    private final Reader reader;

    /** @param commands runs a task in a turn of the writer */
    CatchUp(TabletParts parts, Consumer<Runnable> commands, Reader reader) {
        this.parts = parts;
        this.settings = parts.replication();
        this.commands = commands;
        this.reader = reader;
    }

    void read(Follower follower) {
        long from = follower.next();
        long session = follower.session();
        follower.reads();
        try {
            parts.env().read(() -> readNow(follower, session, from));
        } catch (RejectedExecutionException full) {
            ended(follower, settings.readBytes(), parts.env().clock().monotonicNanos());
        }
    }

    /** On a read thread. */
    private void readNow(Follower follower, long session, long from) {
        LogBatch batch = null;
        RuntimeException failure = null;
        try {
            batch = parts.env().readLog(from, settings.readBytes());
        } catch (RuntimeException failed) {
            failure = failed;
        }
        LogBatch found = batch;
        RuntimeException why = failure;
        commands.accept(
                () -> {
                    if (reader.wants(follower, session)) {
                        take(follower, from, found, why);
                    }
                });
    }

    private void take(Follower follower, long from, LogBatch batch, RuntimeException failure) {
        long nowNanos = parts.env().clock().monotonicNanos();
        ended(follower, batch == null ? settings.readBytes() : batch.encodedSize(), nowNanos);
        if (failure instanceof EblaException refused && refused.code() == ErrorCode.POSITION_LOST) {
            parts.counters().rebuildAsked();
            reader.gone(follower, nowNanos);
        } else if (failure != null) {
            LOG.log(
                    Level.WARNING,
                    "tablet {0}: its log from {1} on cannot be read for {2}: {3}",
                    parts.tablet(),
                    from,
                    follower.node(),
                    failure);
        } else if (!batch.isEmpty() && follower.next() == from) {
            parts.counters().caughtUp(batch.encodedSize());
            reader.found(follower, batch, nowNanos);
        }
    }

    /** The next read is due once the rate allows it. */
    private void ended(Follower follower, int bytes, long nowNanos) {
        follower.read(bytes, nowNanos, settings.catchUpBytesPerSecond());
    }
}
