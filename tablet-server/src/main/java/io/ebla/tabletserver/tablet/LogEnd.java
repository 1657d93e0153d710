package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import java.util.List;

/**
 * The growing end of a tablet's log: what was stamped or taken over, handed to the oplog, and made durable.
 *
 * <p>It grows and is cut through the oplog's one queue, so what was queued first is judged first (E4). A
 * refused append never was: head and history go back as one. The writer alone calls; the published
 * indexes are for anyone.
 */
final class LogEnd {

    private final Env env;
    private final EpochHistory history;
    private final LogHead head;
    private final AppendsInFlight appends;
    private volatile long appendedIndex;
    private volatile long lastEpoch;
    private volatile long durableIndex;
    private volatile long appendedBytes;
    private long appendedEntries;
    private volatile long stalledSinceNanos = Long.MAX_VALUE;

    LogEnd(TabletId tablet, Env env, EpochHistory history, TabletRecovery.Recovered recovered) {
        this.env = env;
        this.history = history;
        this.head = new LogHead(tablet, recovered.lastEpoch(), recovered.lastIndex());
        this.appends = new AppendsInFlight(env::wake, recovered.lastIndex());
        this.durableIndex = recovered.lastIndex();
        publish();
    }

    LogHead head() {
        return head;
    }

    EpochHistory history() {
        return history;
    }

    // ---------------------------------------------------------------- from any thread

    /** Index of the last entry, durable or not. */
    long appendedIndex() {
        return appendedIndex;
    }

    /** Bytes of all entries that were appended in this run, those that were cut off since as well. */
    long appendedBytes() {
        return appendedBytes;
    }

    /** Epoch of the last entry, 0 for an empty log. */
    long lastEpoch() {
        return lastEpoch;
    }

    /** Up to where the log is on its disk, as last looked at. */
    long durableIndex() {
        return durableIndex;
    }

    /** Since when the oldest append waits for its sync; {@link Long#MAX_VALUE} while none does. */
    long stalledSinceNanos() {
        return stalledSinceNanos;
    }

    // ---------------------------------------------------------------- the writer

    /** Looks what has become durable. */
    void look() {
        long durable = appends.durableIndex();
        if (durable != durableIndex) {
            durableIndex = durable;
        }
        long since =
                appends.size() == 0 ? Long.MAX_VALUE : appends.oldestSinceNanos(Long.MAX_VALUE);
        if (since != stalledSinceNanos) {
            stalledSinceNanos = since;
        }
    }

    /**
     * Appends what the head was already moved over.
     *
     * @throws EblaException when the oplog refuses it: then the head stands where it stood before
     */
    void append(LogBatch batch, long epochBefore, long indexBefore) {
        append(batch, head.epoch(), epochBefore, indexBefore);
    }

    private void append(LogBatch batch, long epoch, long epochBefore, long indexBefore) {
        List<LogEntry> entries = batch.entries();
        long nowNanos = env.clock().monotonicNanos();
        try {
            env.append(
                    batch,
                    epoch,
                    appends.begin(batch, epochBefore, indexBefore, head.lastIndex(), nowNanos));
        } catch (EblaException refused) {
            appends.refused();
            head.rewind(epochBefore, indexBefore);
            throw refused;
        }
        for (int i = 0; i < entries.size(); i++) {
            history.entry(entries.get(i).epoch(), entries.get(i).index());
        }
        appendedBytes += batch.encodedSize();
        appendedEntries += entries.size();
        publish();
    }

    /**
     * Appends entries that the master of an epoch hands on and that follow the head.
     *
     * @throws EblaException when the oplog refuses them: then nothing has changed
     */
    void follow(LogBatch batch, long epoch) {
        long epochBefore = head.lastEpoch();
        long indexBefore = head.lastIndex();
        List<LogEntry> entries = batch.entries();
        head.follow(entries.get(entries.size() - 1));
        append(batch, epoch, epochBefore, indexBefore);
    }

    /**
     * Cuts off everything behind an entry (E6).
     *
     * @throws EblaException when the oplog refuses it: then nothing has changed
     */
    void cut(long indexKept) {
        long epochKept = history.epochAt(indexKept);
        AppendsInFlight.Append cut =
                appends.cut(Math.max(epochKept, 0), indexKept, env.clock().monotonicNanos());
        try {
            env.truncate(indexKept, cut);
        } catch (EblaException refused) {
            appends.refused();
            throw refused;
        }
        wentBack(Math.max(epochKept, 0), indexKept);
    }

    int appendsInFlight() {
        return appends.size();
    }

    /** About how many bytes an entry has, as far as this run has appended any. */
    long bytesPerEntry() {
        return appendedEntries == 0 ? 0 : appendedBytes / appendedEntries;
    }

    AppendsInFlight.Append inFlightFrom(long index) {
        return appends.startingAt(index);
    }

    AppendsInFlight.Append failed() {
        return appends.failed();
    }

    boolean allEnded() {
        return appends.allEnded();
    }

    /** Nothing from this append on was ever written. */
    void takeBack(AppendsInFlight.Append first) {
        appends.clear();
        wentBack(first.epochBefore(), first.indexBefore());
    }

    /** Nobody will hear how the appends in flight end. */
    void forget() {
        appends.clear();
    }

    private void wentBack(long epoch, long index) {
        head.rewind(epoch, index);
        history.rewind(index);
        durableIndex = Math.min(durableIndex, index);
        publish();
    }

    private void publish() {
        lastEpoch = head.lastEpoch();
        appendedIndex = head.lastIndex();
    }
}
