package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog.Condition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One turn of a journal's writer: takes what is queued into one frame, judging each request against the
 * log that it changes, commits the frame, and calls the listeners in the order of the queue; or writes
 * the marker of an idle journal. One thread.
 */
final class JournalTurn {

    private static final Logger LOG = LoggerFactory.getLogger(JournalTurn.class);

    /** How long the writer waits for a segment before it looks again by itself. */
    private static final long ROOM_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final RequestQueue queue;
    private final Map<TabletId, TabletLog> logs;
    private final JournalWriter writer;
    private final SegmentAllocator allocator;
    private final JournalCondition condition;
    private final OplogSettings settings;
    private final Clock clock;
    private final OplogObserver observer;
    private final Runnable wantSegment;

    /** The group being written: requests, and for each why it was refused, or null. */
    private final ArrayList<Request> group = new ArrayList<>();

    private final ArrayList<RuntimeException> refusals = new ArrayList<>();

    /** The first request of the next group, when it did not fit into this one. */
    private Request carried;

    /** A write or a sync failed: nothing is written any more. */
    private boolean broken;

    private long lastWriteNanos;

    /** @param wantSegment called when the segment that was ready has been taken, or is missing */
    JournalTurn(
            RequestQueue queue,
            Map<TabletId, TabletLog> logs,
            JournalWriter writer,
            SegmentAllocator allocator,
            JournalCondition condition,
            OplogSettings settings,
            Clock clock,
            OplogObserver observer,
            Runnable wantSegment) {
        this.queue = queue;
        this.logs = logs;
        this.writer = writer;
        this.allocator = allocator;
        this.condition = condition;
        this.settings = settings;
        this.clock = clock;
        this.observer = observer;
        this.wantSegment = wantSegment;
    }

    /** Begins the first segment; false when none is ready. */
    boolean begin() throws IOException {
        lastWriteNanos = clock.monotonicNanos();
        return roll();
    }

    private boolean roll() throws IOException {
        Optional<SegmentAllocator.Prepared> next = allocator.take();
        wantSegment.run();
        if (next.isPresent()) {
            writer.roll(next.get());
        }
        return next.isPresent();
    }

    /** Writes a group, or what is due when there is none; how many ns the thread may sleep. */
    long take() {
        try {
            collect();
            if (!group.isEmpty()) {
                commit();
                return 0;
            }
            return carried != null ? ROOM_WAIT_NANOS : idle();
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            return 0;
        }
    }

    private void collect() throws IOException {
        while (true) {
            Request request = carried != null ? carried : queue.poll();
            if (request == null) {
                return;
            }
            carried = request;
            if (!take(request)) {
                return;
            }
            carried = null;
        }
    }

    /** Puts a request into the group or refuses it; false when it has to wait for the next group. */
    private boolean take(Request request) throws IOException {
        if (broken || condition.is(Condition.FAILED)) {
            return end(request, null, Refusals.diskFailed());
        }
        TabletLog known = logs.get(request.tablet());
        TabletLog log = known == null || known.dropped() ? new TabletLog(request.tablet()) : known;
        if (writer.mustWait(request, log)) {
            return false;
        }
        RuntimeException refusal = log.judge(request);
        if (refusal != null || log.hasNothingToDo(request)) {
            return end(request, log, refusal);
        }
        while (!writer.fits(request.bytes())) {
            if (!group.isEmpty()) {
                return false;
            }
            if (writer.isFresh(settings.segmentBytes())) {
                return end(request, log, tooLarge(request));
            }
            if (!roll()) {
                return condition.is(Condition.DISK_FULL) && end(request, log, Refusals.diskFull());
            }
        }
        if (log != known) {
            logs.put(request.tablet(), log);
        }
        writer.add(request, log);
        return end(request, log, null);
    }

    private EblaException tooLarge(Request request) {
        return Refusals.tooLarge(request.bytes(), writer.remaining());
    }

    /** Takes into the group what is settled: written by its frame, or refused. Always true. */
    private boolean end(Request request, TabletLog log, RuntimeException refusal) {
        if (refusal != null && log != null && request instanceof Request.Append append) {
            log.refused(refusal, append.entries());
            logs.put(request.tablet(), log);
        }
        group.add(request);
        refusals.add(refusal);
        return true;
    }

    private void commit() throws IOException {
        if (writer.isBegun() && !broken) {
            long started = clock.monotonicNanos();
            long bytes = writer.commit();
            lastWriteNanos = clock.monotonicNanos();
            observer.groupSynced(entriesTaken(), bytes, lastWriteNanos - started);
        }
        answer(null);
    }

    private int entriesTaken() {
        int entries = 0;
        for (int i = 0; i < group.size(); i++) {
            entries += refusals.get(i) == null ? group.get(i).count() : 0;
        }
        return entries;
    }

    /** Calls the listeners of the group, in its order. */
    private void answer(EblaException failure) {
        long count = 0;
        long bytes = 0;
        for (int i = 0; i < group.size(); i++) {
            count += group.get(i).count();
            bytes += group.get(i).bytes();
        }
        queue.done(count, bytes);
        for (int i = 0; i < group.size(); i++) {
            RuntimeException cause = refusals.get(i) != null ? refusals.get(i) : failure;
            tell(group.get(i).listener(), cause);
        }
        group.clear();
        refusals.clear();
    }

    static void tell(Oplog.AppendListener listener, RuntimeException cause) {
        try {
            if (cause == null) {
                listener.durable();
            } else {
                listener.failed(cause);
            }
        } catch (RuntimeException e) {
            LOG.error("a listener of the oplog failed", e);
        }
    }

    /** Writes the marker when it falls due; returns how long the writer may sleep. */
    private long idle() throws IOException {
        if (!writer.isUnmarked() || condition.is(Condition.FAILED)) {
            return TurnThread.UNTIL_WOKEN;
        }
        long due = TimeUnit.MILLISECONDS.toNanos(settings.idleMarkerMillis());
        long waited = clock.monotonicNanos() - lastWriteNanos;
        if (waited < due) {
            return due - waited;
        }
        return marked(false) ? TurnThread.UNTIL_WOKEN : due;
    }

    /**
     * Writes the marker; if the segment has no room for it, begins the next one, whose checkpoint
     * vouches for the last group just as well. False while there is no next one.
     */
    private boolean marked(boolean closing) throws IOException {
        if (writer.mark(closing)) {
            return true;
        }
        if (!roll()) {
            return false;
        }
        // A checkpoint so long that no marker fits behind it is not worth another segment.
        return writer.mark(closing) || writer.isFresh(settings.segmentBytes());
    }

    private void fail(Throwable cause) {
        broken = true;
        refuseCarried(Refusals.diskFailed());
        answer(Refusals.diskFailedInFlight());
        condition.fail(cause);
    }

    private void refuseCarried(EblaException refusal) {
        if (carried != null) {
            end(carried, null, refusal);
            carried = null;
        }
    }

    /**
     * Writes or refuses what is left, and the marker; the threads are gone.
     *
     * @param failed whether the journal had failed before
     * @param prepared tries to make a segment ready, and says whether one is
     */
    void finish(boolean failed, Preparation prepared) throws IOException {
        broken |= failed;
        while (!queue.isEmpty()) {
            if (take() > 0 && carried != null && !prepared.tryNow()) {
                refuseCarried(Refusals.diskFull());
                answer(null);
            }
        }
        if (broken) {
            return;
        }
        if (!writer.isUnmarked()) {
            writer.mark(true);
        } else if (!marked(true)) {
            LOG.warn("no room for the journal's last marker: its last group is not vouched for");
        }
    }

    /** Makes a segment ready, if there is room. */
    interface Preparation {

        boolean tryNow();
    }
}
