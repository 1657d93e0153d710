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
    private final EpochSpans epochs = new EpochSpans();

    /** Up to where a restart that is not yet durable says that the store holds everything; else 0. */
    private long heldByStore;

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
    private volatile long retainedFrom = Long.MAX_VALUE;

    /** How often the log was cut: what was read across a change of it may be gone. */
    private volatile long cuts;

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
        beginEpochs();
        published();
    }

    TabletId tablet() {
        return tablet;
    }

    /** Judges a request by what the log holds: null when it may be done. */
    RuntimeException judge(Request request) {
        if (request instanceof Request.Append append) {
            return append.epoch() < promisedEpoch
                    ? Refusals.fenced(tablet, append.epoch(), promisedEpoch)
                    : judge(append.entries());
        }
        if (request instanceof Request.Truncate truncate) {
            return judgeTruncate(truncate.lastIndexKept());
        }
        return request instanceof Request.Restart restart
                ? judgeRestart(restart.epoch(), restart.index())
                : null;
    }

    /** Whether a request that was judged changes nothing, and needs no record. */
    boolean hasNothingToDo(Request request) {
        return request instanceof Request.Truncate truncate
                && truncate.lastIndexKept() == lastIndex
                && lastRefusal == null;
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
        append(entry.epoch(), entry.index(), entry.previousEpoch(), entry.commitHint());
    }

    void append(long epoch, long index, long previousEpoch, long hint) {
        if (lastIndex == 0) {
            firstIndex = index;
        }
        if (firstInFrame == 0) {
            firstInFrame = index;
        }
        if (epoch != lastEpoch) {
            newEpoch(epoch, index, previousEpoch);
        }
        lastEpoch = epoch;
        lastIndex = index;
        promisedEpoch = Math.max(promisedEpoch, epoch);
        commitHint = Math.max(commitHint, hint);
        lastRefusal = null;
    }

    private void newEpoch(long epoch, long index, long previousEpoch) {
        if (epochs.isEmpty() && index > 1) {
            epochs.add(previousEpoch, index - 1);
        }
        epochs.forgetBefore(firstIndex - 1);
        epochs.add(epoch, index);
    }

    private void beginEpochs() {
        epochs.clear();
        if (lastIndex > 0) {
            epochs.add(lastEpoch, lastIndex);
        }
    }

    /** The epoch of an entry; {@link EpochSpans#UNKNOWN} when it is not held, nor just before those. */
    long epochAt(long index) {
        return index > lastIndex ? EpochSpans.UNKNOWN : epochs.at(index);
    }

    /** Judges a cut behind an entry (E6). */
    private RuntimeException judgeTruncate(long lastIndexKept) {
        if (corrupted) {
            return Refusals.corrupted(tablet);
        }
        if (lastIndexKept > lastIndex) {
            return lastRefusal != null ? lastRefusal : broken("truncate", lastIndexKept);
        }
        boolean mustStay = lastIndexKept < Math.max(commitHint, Math.max(released, firstIndex - 1));
        return mustStay && lastIndexKept < lastIndex ? broken("truncate", lastIndexKept) : null;
    }

    /** Takes a cut that was judged, or that a journal tells of. */
    void truncate(long lastIndexKept, long lastEpochKept) {
        lastIndex = lastIndexKept;
        lastEpoch = lastEpochKept;
        epochs.cut(lastIndexKept);
        if (epochs.isEmpty()) {
            beginEpochs();
        }
        firstIndex = Math.min(firstIndex, lastIndexKept + 1);
        lastRefusal = null;
    }

    /** Judges a restart (L5). */
    private RuntimeException judgeRestart(long epoch, long index) {
        if (corrupted) {
            return Refusals.corrupted(tablet);
        }
        boolean held = lastIndex == 0 || index >= firstIndex - 1;
        boolean other = index <= commitHint && epochAt(index) != epoch;
        return held && !other ? null : broken("restart", index);
    }

    /** Whether a restart leaves entries: those behind the very one that the store holds. */
    boolean goesOnBehind(long epoch, long index) {
        return index < lastIndex && epochAt(index) == epoch;
    }

    /** Takes a restart that was judged. */
    void restart(long epoch, long index) {
        if (!goesOnBehind(epoch, index)) {
            lastEpoch = epoch;
            lastIndex = index;
            beginEpochs();
        }
        promisedEpoch = Math.max(promisedEpoch, epoch);
        heldByStore(index);
    }

    /** The store holds everything up to an entry of this log, or to the one before its first. */
    void heldByStore(long index) {
        commitHint = Math.max(commitHint, index);
        heldByStore = index;
        lastRefusal = null;
    }

    private IllegalStateException broken(String what, long index) {
        return new IllegalStateException(
                what
                        + " at entry "
                        + index
                        + " of the log of tablet "
                        + tablet
                        + ", which ends at ("
                        + lastEpoch
                        + ","
                        + lastIndex
                        + "), begins at "
                        + firstIndex
                        + " and knows "
                        + commitHint
                        + " committed");
    }

    /** Says that the log was cut, after its new tail was {@link #published}. */
    void cutPublished() {
        cuts++;
    }

    long cuts() {
        return cuts;
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

    boolean isTouchedIn(long frame) {
        return touchedIn == frame;
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
        if (heldByStore > 0) {
            // Not before: until the restart is durable, the old store may need what is freed by it.
            freedBelow(heldByStore + 1);
            release(heldByStore);
            heldByStore = 0;
        }
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
    synchronized void freedBelow(long index) {
        firstIndex = Math.max(firstIndex, index);
    }

    /** Any thread: everything up to an index is no longer needed. */
    synchronized void release(long index) {
        released = Math.max(released, index);
    }

    long released() {
        return released;
    }

    /** Any thread: slaves need it from an index on; true when that is later than before. */
    synchronized boolean retain(long index) {
        boolean later = index > retainedFrom;
        retainedFrom = index;
        return later;
    }

    long retainedFrom() {
        return retainedFrom;
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
