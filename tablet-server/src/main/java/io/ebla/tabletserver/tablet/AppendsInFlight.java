package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.LogBatch;
import io.ebla.tabletserver.oplog.Oplog;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The appends and cuts whose sync has not ended, oldest first. The oplog's thread writes how each ended,
 * in their order; the writer looks in its own turns.
 */
final class AppendsInFlight {

    /** One append or cut, and where the log ended before it. */
    final class Append implements Oplog.AppendListener {
        private final LogBatch batch;
        private final long epochBefore;
        private final long indexBefore;
        private final long sinceNanos;
        private long lastIndex;
        private volatile boolean ended;
        private volatile RuntimeException failure;

        private Append(
                LogBatch batch,
                long epochBefore,
                long indexBefore,
                long lastIndex,
                long sinceNanos) {
            this.batch = batch;
            this.epochBefore = epochBefore;
            this.indexBefore = indexBefore;
            this.lastIndex = lastIndex;
            this.sinceNanos = sinceNanos;
        }

        /** Null for a cut. */
        LogBatch batch() {
            return batch;
        }

        long epochBefore() {
            return epochBefore;
        }

        long indexBefore() {
            return indexBefore;
        }

        long lastIndex() {
            return lastIndex;
        }

        @Override
        public void durable() {
            ended = true;
            wake.run();
        }

        @Override
        public void failed(RuntimeException cause) {
            failure = cause;
            ended = true;
            wake.run();
        }
    }

    private final Runnable wake;
    private final Deque<Append> appends = new ArrayDeque<>();
    private long durableIndex;

    /**
     * @param wake called when one has ended
     * @param durableIndex how far the log was durable before the first
     */
    AppendsInFlight(Runnable wake, long durableIndex) {
        this.wake = wake;
        this.durableIndex = durableIndex;
    }

    Append begin(
            LogBatch batch, long epochBefore, long indexBefore, long lastIndex, long nowNanos) {
        Append append = new Append(batch, epochBefore, indexBefore, lastIndex, nowNanos);
        appends.add(append);
        return append;
    }

    /**
     * The log is cut behind an entry: what is durable beyond it is no part of the log any more, and an
     * append under way reaches no further.
     */
    Append cut(long epochKept, long indexKept, long nowNanos) {
        durableIndex = Math.min(durableIndex, indexKept);
        for (Append append : appends) {
            append.lastIndex = Math.min(append.lastIndex, indexKept);
        }
        return begin(null, epochKept, indexKept, indexKept, nowNanos);
    }

    /** The oplog did not take the one begun last. */
    void refused() {
        appends.pollLast();
    }

    /** Looks how far they came: the index up to which the log is durable. */
    long durableIndex() {
        while (!appends.isEmpty() && appends.peek().ended && appends.peek().failure == null) {
            durableIndex = appends.poll().lastIndex;
        }
        return durableIndex;
    }

    /** The one whose first entry has this index, as long as it is in flight; else null. */
    Append startingAt(long index) {
        for (Append append : appends) {
            if (append.batch != null && append.indexBefore + 1 == index) {
                return append;
            }
        }
        return null;
    }

    /** Since when the oldest one waits for its sync. */
    long oldestSinceNanos(long nowNanos) {
        return appends.isEmpty() ? nowNanos : appends.peek().sinceNanos;
    }

    int size() {
        return appends.size();
    }

    /** The oldest one that failed, when none before it is open; else null. */
    Append failed() {
        Append oldest = appends.peek();
        return oldest != null && oldest.ended && oldest.failure != null ? oldest : null;
    }

    /** Whether all of them have ended. */
    boolean allEnded() {
        for (Append append : appends) {
            if (!append.ended) {
                return false;
            }
        }
        return true;
    }

    static RuntimeException failure(Append failed) {
        return failed.failure;
    }

    /** Whether the log certainly never held it. */
    static boolean neverWritten(Append failed) {
        return failed.failure instanceof EblaException cause
                && cause.outcome().orElse(Outcome.UNKNOWN) == Outcome.NOT_APPLIED;
    }

    void clear() {
        appends.clear();
    }
}
