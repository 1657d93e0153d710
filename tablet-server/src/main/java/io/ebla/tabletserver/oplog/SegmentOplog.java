package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.time.Clock;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The oplog on a disk: one journal of preallocated segment files for all tablets of a node.
 *
 * <p><b>Writing.</b> Producers queue and go on. The writer thread takes what has come, puts it into
 * one {@linkplain JournalWriter frame} for all tablets, writes it with one write and one {@code
 * fdatasync}, and calls the listeners. While it syncs the next group gathers, so groups grow with the
 * load by themselves. A frame is begun only when the one before it is durable and fills whole pages,
 * so a power cut can tear the last frame and nothing else.
 *
 * <p><b>Recovery.</b> At open all frames are read ({@link SegmentScan}); a frame is known by the
 * numbers of journal and segment, its own position and its checksums. What stands behind the last one
 * that anything vouches for is a torn tail and is cut. Each frame carries the position that was
 * durable before it, and the marks of the tablets that the frame before it changed; so damage below is
 * told from a torn tail, and told of exactly the tablets that lost something by it ({@link
 * LogRebuild}). They are {@link #corrupted}, never cut, and stay so, because every checkpoint repeats
 * it. Then the files are forced and a new segment with a checkpoint is begun, before anything is
 * answered. So that the last frame is vouched for too, an idle or closing journal writes a marker: a
 * frame without entries. Damage that takes both the last frame and its marker cannot be told from a
 * torn tail; nor can damage within the first moments after a group.
 *
 * <p><b>Room.</b> The next segment is made ready ahead of need by another thread ({@link
 * Housekeeping}), and nothing is written outside a ready one: so a full disk never fails a write half-way.
 * Below the floor appends are refused at the door, while the floor still holds the segment that takes what
 * was queued; on a disk too small for that the rest of the queue is refused before it is written.
 *
 * <p><b>Failure.</b> When a write or a sync fails nothing is known about the disk, and a second try
 * would be told that all is well: the journal is {@linkplain Condition#FAILED failed} for good. Reads
 * go on, until the process, told by {@code onFailed}, ends.
 */
public final class SegmentOplog implements Oplog {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentOplog.class);

    /** How long the writer waits for a segment before it looks again by itself. */
    private static final long ROOM_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final JournalDisk disk;
    private final OplogSettings settings;
    private final Clock clock;
    private final OplogObserver observer;
    private final Runnable onFailed;
    private final Map<TabletId, TabletLog> logs;
    private final boolean forgetful;
    private final Segments segments;
    private final SegmentAllocator allocator;
    private final JournalWriter writer;
    private final Housekeeping housekeeping;
    private final RequestQueue queue;
    private final TurnThread writerThread;
    private final TurnThread housekeepingThread;
    private final AtomicReference<Condition> condition = new AtomicReference<>(Condition.OPEN);

    /** The group being written: requests, and for each why it was refused, or null. */
    private final ArrayList<Request> group = new ArrayList<>();

    private final ArrayList<RuntimeException> refusals = new ArrayList<>();

    /** The first request of the next group, when it did not fit into this one. */
    private Request carried;

    /** A write or a sync failed: nothing is written any more. */
    private boolean broken;

    private long lastWriteNanos;

    private SegmentOplog(
            JournalDisk disk,
            OplogSettings settings,
            Clock clock,
            OplogObserver observer,
            Runnable onFailed,
            JournalRecovery.Recovered recovered) {
        this.disk = disk;
        this.settings = settings;
        this.clock = clock;
        this.observer = observer;
        this.onFailed = onFailed;
        this.logs = recovered.logs();
        this.forgetful = recovered.forgetful();
        this.segments = new Segments(recovered.segments(), logs);
        this.allocator =
                new SegmentAllocator(
                        disk,
                        settings.segmentBytes(),
                        recovered.nextSequence(),
                        recovered.spares());
        this.writer =
                new JournalWriter(
                        recovered.segments().isEmpty()
                                ? new SecureRandom().nextLong()
                                : recovered.journal(),
                        recovered.end(),
                        segments,
                        logs,
                        forgetful,
                        settings.groupBytes());
        this.queue = new RequestQueue(settings.queueEntries(), settings.queueBytes());
        this.housekeeping =
                new Housekeeping(disk, settings, segments, allocator, new HousekeepingEvents());
        this.writerThread = new TurnThread("ebla-oplog", this::turn);
        this.housekeepingThread = new TurnThread("ebla-oplog-files", housekeeping::turn);
    }

    /**
     * Opens the journal of a directory, recovering what is there, and starts its threads. When this
     * returns, what {@link #tail} and {@link #replay} tell is durable.
     *
     * @param onFailed called once, on the oplog's thread, when the disk failed: the process must end
     * @throws IOException if the directory cannot be read or written
     */
    public static SegmentOplog open(
            JournalDisk disk,
            OplogSettings settings,
            Clock clock,
            OplogObserver observer,
            Runnable onFailed)
            throws IOException {
        SegmentOplog oplog = openWithoutThreads(disk, settings, clock, observer, onFailed);
        oplog.writerThread.start();
        oplog.housekeepingThread.start();
        return oplog;
    }

    /** Opens a journal that moves only by {@link #step}: a simulation's. */
    public static SegmentOplog openWithoutThreads(
            JournalDisk disk,
            OplogSettings settings,
            Clock clock,
            OplogObserver observer,
            Runnable onFailed)
            throws IOException {
        SegmentOplog oplog =
                new SegmentOplog(
                        disk, settings, clock, observer, onFailed, JournalRecovery.recover(disk));
        oplog.begin();
        return oplog;
    }

    private void begin() throws IOException {
        housekeeping.open();
        Optional<SegmentAllocator.Prepared> first = allocator.take();
        if (first.isPresent()) {
            writer.roll(first.get());
        }
        lastWriteNanos = clock.monotonicNanos();
        Set<TabletId> lost = corrupted();
        if (!lost.isEmpty() || forgetful) {
            LOG.error(
                    "the journal is damaged: tablets {} lost entries{}",
                    lost,
                    forgetful ? ", and tablets may be forgotten" : "");
        }
        if (first.isEmpty() || !housekeeping.hasRoom()) {
            setRoom(false);
        }
    }

    /**
     * Does what the threads would do next, on the caller's thread, when there are none.
     *
     * @return whether anything was written or answered
     */
    public boolean step() {
        housekeeping.turn();
        return turn() == 0;
    }

    @Override
    public void append(List<LogEntry> entries, AppendListener listener) {
        TabletId tablet = entries.get(0).tablet();
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            LogEntry entry = entries.get(i);
            if (!entry.tablet().equals(tablet)) {
                throw new IllegalArgumentException(
                        "entries of tablets " + tablet + " and " + entry.tablet());
            }
            bytes += RecordCodec.HEADER + EntryCodec.encodedSize(entry);
        }
        if (bytes > settings.mostAppendBytes()) {
            throw Refusals.tooLarge(bytes, settings.mostAppendBytes());
        }
        enter(new Request.Append(tablet, entries, (int) bytes, listener));
    }

    @Override
    public void promise(TabletId tablet, long epoch, AppendListener listener) {
        if (epoch <= 0) {
            throw new IllegalArgumentException("promise of epoch " + epoch);
        }
        enter(new Request.Promise(tablet, epoch, listener));
    }

    @Override
    public void drop(TabletId tablet, AppendListener listener) {
        enter(new Request.Drop(tablet, listener));
    }

    private void enter(Request request) {
        queue.reserve(request);
        EblaException refusal = refusalAtTheDoor(request);
        if (refusal != null) {
            queue.done(request);
            throw refusal;
        }
        queue.offer(request);
        writerThread.wake();
    }

    private EblaException refusalAtTheDoor(Request request) {
        switch (condition.get()) {
            case FAILED -> {
                return Refusals.diskFailed();
            }
            case CLOSED -> {
                return Refusals.closed();
            }
            case DISK_FULL -> {
                if (!request.essential()) {
                    return Refusals.diskFull();
                }
            }
            case OPEN -> {
                // Goes on below.
            }
        }
        TabletLog log = logs.get(request.tablet());
        boolean lost = log != null && log.corrupted();
        return lost && request instanceof Request.Append
                ? Refusals.corrupted(request.tablet())
                : null;
    }

    /** One turn of the writer: a group, or what is due when there is none. */
    private long turn() {
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
        if (broken || condition.get() == Condition.FAILED) {
            return refuse(request, null, Refusals.diskFailed());
        }
        if (writer.isDropping() || writer.mustStandAlone(request)) {
            return false;
        }
        TabletLog known = logs.get(request.tablet());
        TabletLog log = known == null || known.dropped() ? new TabletLog(request.tablet()) : known;
        RuntimeException refusal =
                request instanceof Request.Append append ? log.judge(append.entries()) : null;
        if (refusal != null) {
            return refuse(request, log, refusal);
        }
        while (!writer.fits(request.bytes())) {
            if (!group.isEmpty()) {
                return false;
            }
            if (writer.isFresh(settings.segmentBytes())) {
                return refuse(request, log, tooLarge(request));
            }
            Optional<SegmentAllocator.Prepared> next = allocator.take();
            housekeepingThread.wake();
            if (next.isEmpty()) {
                return condition.get() == Condition.DISK_FULL
                        && refuse(request, log, Refusals.diskFull());
            }
            writer.roll(next.get());
        }
        if (log != known) {
            logs.put(request.tablet(), log);
        }
        writer.add(request, log);
        group.add(request);
        refusals.add(null);
        return true;
    }

    private EblaException tooLarge(Request request) {
        return Refusals.tooLarge(request.bytes(), writer.remaining());
    }

    private boolean refuse(Request request, TabletLog log, RuntimeException cause) {
        if (log != null && request instanceof Request.Append append) {
            log.refused(cause, append.entries());
            logs.put(request.tablet(), log);
        }
        group.add(request);
        refusals.add(cause);
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

    private static void tell(AppendListener listener, RuntimeException cause) {
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
        if (!writer.isUnmarked() || condition.get() == Condition.FAILED) {
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
        Optional<SegmentAllocator.Prepared> next = allocator.take();
        housekeepingThread.wake();
        if (next.isEmpty()) {
            return false;
        }
        writer.roll(next.get());
        // A checkpoint so long that no marker fits behind it is not worth another segment.
        return writer.mark(closing) || writer.isFresh(settings.segmentBytes());
    }

    private void fail(Throwable cause) {
        broken = true;
        boolean first = condition.getAndSet(Condition.FAILED) != Condition.FAILED;
        if (carried != null) {
            refuse(carried, null, Refusals.diskFailed());
            carried = null;
        }
        answer(Refusals.diskFailedInFlight());
        if (first) {
            if (cause instanceof IOException) {
                LOG.error("the journal failed and this node must end: {}", cause.toString());
            } else {
                LOG.error("a broken invariant of the journal: this node must end", cause);
            }
            observer.conditionChanged(Condition.FAILED);
            onFailed.run();
        }
    }

    private void setRoom(boolean enough) {
        Condition from = enough ? Condition.DISK_FULL : Condition.OPEN;
        Condition to = enough ? Condition.OPEN : Condition.DISK_FULL;
        if (condition.compareAndSet(from, to)) {
            LOG.warn(
                    enough
                            ? "there is room for the journal again: writes are taken"
                            : "the disk of the journal is full: writes are refused");
            observer.conditionChanged(to);
        }
    }

    @Override
    public Optional<Tail> tail(TabletId tablet) {
        TabletLog log = logs.get(tablet);
        return log == null ? Optional.empty() : Optional.ofNullable(log.tail());
    }

    @Override
    public void replay(TabletId tablet, long fromIndex, Consumer<LogEntry> consumer) {
        TabletLog log = logs.get(tablet);
        Tail tail = log == null ? null : log.tail();
        if (tail != null) {
            new JournalReader(disk, log, tail, fromIndex, consumer).read(segments.live());
        }
    }

    @Override
    public void release(TabletId tablet, long flushedIndex) {
        TabletLog log = logs.get(tablet);
        if (log == null || log.dropped()) {
            return;
        }
        log.release(flushedIndex);
        wakeIfPinning(tablet);
    }

    private void wakeIfPinning(TabletId tablet) {
        Segment oldest = segments.oldestSealed();
        if (oldest != null && oldest.frames().containsKey(tablet)) {
            housekeepingThread.wake();
        }
    }

    @Override
    public void forgetDropped(TabletId tablet) {
        TabletLog log = logs.get(tablet);
        if (log != null && log.dropped()) {
            logs.remove(tablet, log);
        }
    }

    @Override
    public void corrupt(TabletId tablet) {
        TabletLog log = logs.get(tablet);
        if (log != null && !log.dropped() && !log.corrupted()) {
            log.corrupt();
            wakeIfPinning(tablet);
        }
    }

    @Override
    public Set<TabletId> pinningOldest() {
        return segments.pinningOldest();
    }

    @Override
    public Set<TabletId> dropped() {
        return tablets(TabletLog::dropped);
    }

    @Override
    public Set<TabletId> corrupted() {
        return tablets(TabletLog::corrupted);
    }

    private Set<TabletId> tablets(Predicate<TabletLog> which) {
        return logs.values().stream()
                .filter(which)
                .map(TabletLog::tablet)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public boolean forgetful() {
        return forgetful;
    }

    @Override
    public Condition condition() {
        return condition.get();
    }

    @Override
    public long sizeBytes() {
        return segments.bytes();
    }

    /** Entries that wait or are being written. */
    public long queuedEntries() {
        return queue.entries();
    }

    /** Their bytes. */
    public long queuedBytes() {
        return queue.bytes();
    }

    @Override
    public void close() {
        Condition before = condition.getAndSet(Condition.CLOSED);
        if (before == Condition.CLOSED) {
            return;
        }
        housekeepingThread.end();
        writerThread.end();
        broken |= before == Condition.FAILED;
        try {
            finish();
            writer.close();
            allocator.close();
        } catch (IOException e) {
            LOG.error("the journal failed while it was closed: {}", e.toString());
        } finally {
            condition.set(Condition.CLOSED);
        }
    }

    /** Writes or refuses what is left, and the marker; the threads are gone. */
    private void finish() throws IOException {
        while (!queue.isEmpty()) {
            if (turn() > 0 && carried != null) {
                housekeeping.turn();
                if (!allocator.isReady()) {
                    refuse(carried, null, Refusals.diskFull());
                    carried = null;
                    answer(null);
                }
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

    private final class HousekeepingEvents implements Housekeeping.Listener {

        @Override
        public void room(boolean enough) {
            setRoom(enough);
            writerThread.wake();
        }

        @Override
        public void failed(Throwable cause) {
            try {
                filesFailed(cause);
            } finally {
                writerThread.wake();
            }
        }

        private void filesFailed(Throwable cause) {
            if (condition.getAndSet(Condition.FAILED) == Condition.FAILED) {
                return;
            }
            if (cause instanceof IOException) {
                LOG.error(
                        "the journal's files failed and this node must end: {}", cause.toString());
            } else {
                LOG.error("the journal's housekeeping broke: this node must end", cause);
            }
            observer.conditionChanged(Condition.FAILED);
            onFailed.run();
        }
    }
}
