package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import java.util.List;

/**
 * The end of one tablet's log, as its oplog writes it: what was written, and what of it is durable.
 *
 * <p>The oplog's thread owns it; other threads read the volatile fields.
 */
final class TabletLog {

    private final TabletId tablet;

    private long lastEpoch;
    private long lastIndex;
    private long promisedEpoch;
    private long commitHint;

    /** Why the last entries were not taken, so that those queued behind them hear the same. */
    private RuntimeException lastRefusal;

    /** The first index that was not taken since the last that was. */
    private long refusedIndex;

    /** The number of the last frame that changed this log. */
    private long touchedIn = -1;

    /** The first of its indexes in that frame, 0 when it holds none. */
    private long firstInFrame;

    private volatile Oplog.Tail durable;
    private volatile long firstIndex = 1;
    private volatile long released;
    private volatile boolean corrupted;
    private volatile boolean dropped;

    TabletLog(TabletId tablet) {
        this.tablet = tablet;
    }

    /** A log as a journal's records tell of it: everything in it is durable. */
    TabletLog(TabletMark mark) {
        this(mark.tablet());
        lastEpoch = mark.lastEpoch();
        lastIndex = mark.lastIndex();
        promisedEpoch = mark.promisedEpoch();
        commitHint = mark.commitHint();
        corrupted = mark.corrupted();
        dropped = mark.dropped();
        firstIndex = lastIndex + 1;
        published();
    }

    TabletId tablet() {
        return tablet;
    }

    /**
     * Judges entries that want to follow (E1, E4, E6).
     *
     * @return null when they do, else why not; the caller tells the listener
     */
    RuntimeException judge(List<LogEntry> entries) {
        long epoch = lastEpoch;
        long index = lastIndex;
        for (int i = 0; i < entries.size(); i++) {
            LogEntry entry = entries.get(i);
            if (entry.epoch() < promisedEpoch) {
                return Refusals.fenced(tablet, entry.epoch(), promisedEpoch);
            }
            boolean follows =
                    entry.index() == index + 1
                            && entry.previousEpoch() == epoch
                            && entry.epoch() >= epoch;
            boolean begins =
                    epoch == 0
                            && index == 0
                            && (lastRefusal == null || entry.index() <= refusedIndex);
            if (!follows && !begins) {
                return lastRefusal != null
                        ? lastRefusal
                        : new IllegalStateException(outOfOrder(entry, epoch, index));
            }
            epoch = entry.epoch();
            index = entry.index();
        }
        return null;
    }

    private String outOfOrder(LogEntry entry, long epoch, long index) {
        return "entry ("
                + entry.epoch()
                + ","
                + entry.index()
                + ") after epoch "
                + entry.previousEpoch()
                + " cannot follow ("
                + epoch
                + ","
                + index
                + ") in the log of tablet "
                + tablet;
    }

    void refused(RuntimeException cause, List<LogEntry> entries) {
        long index = entries.get(0).index();
        refusedIndex = lastRefusal == null ? index : Math.min(index, refusedIndex);
        lastRefusal = cause;
    }

    /** Whether nothing was ever taken: then the log is only known for what it was refused. */
    boolean isBlank() {
        return lastIndex == 0 && promisedEpoch == 0 && !dropped;
    }

    /** Takes an entry that was judged to follow. */
    void append(LogEntry entry) {
        append(entry.epoch(), entry.index(), entry.commitHint());
    }

    void append(long epoch, long index, long hint) {
        if (lastIndex == 0) {
            firstIndex = index;
        }
        if (firstInFrame == 0) {
            firstInFrame = index;
        }
        lastEpoch = epoch;
        lastIndex = index;
        promisedEpoch = Math.max(promisedEpoch, epoch);
        commitHint = Math.max(commitHint, hint);
        lastRefusal = null;
    }

    void promise(long epoch) {
        promisedEpoch = Math.max(promisedEpoch, epoch);
    }

    /** Takes over what a mark of the same end says besides. */
    void adopt(TabletMark mark) {
        promisedEpoch = Math.max(promisedEpoch, mark.promisedEpoch());
        commitHint = Math.max(commitHint, mark.commitHint());
        corrupted |= mark.corrupted();
    }

    /** Says that a frame changes this log; true the first time that it is said of that frame. */
    boolean touch(long frame) {
        if (touchedIn == frame) {
            return false;
        }
        touchedIn = frame;
        firstInFrame = 0;
        return true;
    }

    long firstInFrame() {
        return firstInFrame;
    }

    long lastEpoch() {
        return lastEpoch;
    }

    long lastIndex() {
        return lastIndex;
    }

    TabletMark mark() {
        return new TabletMark(
                tablet, lastEpoch, lastIndex, promisedEpoch, commitHint, corrupted, dropped);
    }

    /** What was written is durable: from now on it is the tail. */
    void published() {
        durable = new Oplog.Tail(lastEpoch, lastIndex, promisedEpoch, commitHint, firstIndex);
    }

    /** The durable tail, or null when there is none. */
    Oplog.Tail tail() {
        Oplog.Tail tail = durable;
        if (tail == null || dropped) {
            return null;
        }
        return new Oplog.Tail(
                tail.lastEpoch(),
                tail.lastIndex(),
                tail.promisedEpoch(),
                tail.commitHint(),
                Math.max(firstIndex, tail.firstIndex()));
    }

    /** Says that everything below an index was freed. */
    void freedBelow(long index) {
        firstIndex = Math.max(firstIndex, index);
    }

    /** Any thread: everything up to an index is no longer needed. */
    synchronized void release(long index) {
        released = Math.max(released, index);
    }

    long released() {
        return released;
    }

    boolean corrupted() {
        return corrupted;
    }

    void corrupt() {
        corrupted = true;
    }

    boolean dropped() {
        return dropped;
    }

    void drop() {
        dropped = true;
        corrupted = false;
    }
}
