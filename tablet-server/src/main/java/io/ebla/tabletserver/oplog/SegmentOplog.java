package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.time.Clock;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    private final JournalDisk disk;
    private final OplogSettings settings;
    private final Map<TabletId, TabletLog> logs;
    private final boolean forgetful;
    private final Segments segments;
    private final SegmentAllocator allocator;
    private final JournalWriter writer;
    private final RequestQueue queue;
    private final EntryDoor door;
    private final JournalCondition condition;
    private final JournalTurn turn;
    private final Housekeeping housekeeping;
    private final TurnThread writerThread;
    private final TurnThread housekeepingThread;

    private SegmentOplog(
            JournalDisk disk,
            OplogSettings settings,
            Clock clock,
            OplogObserver observer,
            Runnable onFailed,
            JournalRecovery.Recovered recovered) {
        this.disk = disk;
        this.settings = settings;
        logs = recovered.logs();
        forgetful = recovered.forgetful();
        segments = new Segments(recovered.segments(), logs);
        allocator =
                new SegmentAllocator(
                        disk,
                        settings.segmentBytes(),
                        recovered.nextSequence(),
                        recovered.spares());
        writer =
                new JournalWriter(
                        recovered.segments().isEmpty()
                                ? new SecureRandom().nextLong()
                                : recovered.journal(),
                        recovered.end(),
                        segments,
                        logs,
                        forgetful,
                        settings.groupBytes());
        queue = new RequestQueue(settings.queueEntries(), settings.queueBytes());
        door = new EntryDoor(queue, settings.mostAppendBytes(), RecordCodec.HEADER, new Keeper());
        condition = new JournalCondition(observer, onFailed);
        housekeeping =
                new Housekeeping(disk, settings, segments, allocator, new HousekeepingEvents());
        housekeepingThread = new TurnThread("ebla-oplog-files", housekeeping::turn);
        turn =
                new JournalTurn(
                        queue,
                        logs,
                        writer,
                        allocator,
                        condition,
                        settings,
                        clock,
                        observer,
                        housekeepingThread::wake);
        writerThread = new TurnThread("ebla-oplog", turn::take);
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
        boolean begun = turn.begin();
        Set<TabletId> lost = corrupted();
        if (!lost.isEmpty() || forgetful) {
            LOG.error(
                    "the journal is damaged: tablets {} lost entries{}",
                    lost,
                    forgetful ? ", and tablets may be forgotten" : "");
        }
        if (!begun || !housekeeping.hasRoom()) {
            condition.room(false);
        }
    }

    /**
     * Does what the threads would do next, on the caller's thread, when there are none.
     *
     * @return whether anything was written or answered
     */
    public boolean step() {
        housekeeping.turn();
        return turn.take() == 0;
    }

    @Override
    public void append(List<LogEntry> entries, AppendListener listener) {
        append(LogBatch.of(entries), listener);
    }

    @Override
    public void append(LogBatch batch, AppendListener listener) {
        door.append(batch, batch.entries().get(0).epoch(), listener);
    }

    @Override
    public void append(LogBatch batch, long epoch, AppendListener listener) {
        door.append(batch, epoch, listener);
    }

    @Override
    public void truncate(TabletId tablet, long lastIndexKept, AppendListener listener) {
        door.truncate(tablet, lastIndexKept, listener);
    }

    @Override
    public void restart(TabletId tablet, long epoch, long index, AppendListener listener) {
        door.restart(tablet, epoch, index, listener);
    }

    @Override
    public void begin(TabletId tablet, AppendListener listener) {
        door.begin(tablet, listener);
    }

    @Override
    public void promise(TabletId tablet, long epoch, AppendListener listener) {
        door.promise(tablet, epoch, listener);
    }

    @Override
    public void drop(TabletId tablet, AppendListener listener) {
        door.drop(tablet, listener);
    }

    @Override
    public Optional<Tail> tail(TabletId tablet) {
        TabletLog log = logs.get(tablet);
        return log == null ? Optional.empty() : Optional.ofNullable(log.tail());
    }

    @Override
    public void replay(TabletId tablet, long fromIndex, Consumer<LogEntry> consumer) {
        TabletLog log = logs.get(tablet);
        if (log != null) {
            JournalReader.replay(disk, log, segments, fromIndex, consumer);
        }
    }

    @Override
    public LogBatch read(TabletId tablet, long fromIndex, int maxBytes) {
        TabletLog log = logs.get(tablet);
        return log == null
                ? LogBatch.of(List.of())
                : JournalReader.read(disk, log, segments, fromIndex, maxBytes);
    }

    @Override
    public void retain(TabletId tablet, long fromIndex) {
        TabletLog log = logs.get(tablet);
        if (log != null && log.retain(fromIndex)) {
            wakeIfPinning(tablet);
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
        Condition before = condition.close();
        if (before == Condition.CLOSED) {
            return;
        }
        housekeepingThread.end();
        writerThread.end();
        try {
            turn.finish(before == Condition.FAILED, this::prepareNow);
            writer.close();
            allocator.close();
        } catch (IOException e) {
            LOG.error("the journal failed while it was closed: {}", e.toString());
        } finally {
            condition.close();
        }
    }

    private boolean prepareNow() {
        housekeeping.turn();
        return allocator.isReady();
    }

    private final class Keeper implements EntryDoor.Keeper {

        @Override
        public EblaException refusal(Request request) {
            EblaException refusal = condition.refusal(request);
            if (refusal != null || !(request instanceof Request.Append)) {
                return refusal;
            }
            TabletLog log = logs.get(request.tablet());
            return log != null && log.corrupted() ? Refusals.corrupted(request.tablet()) : null;
        }

        @Override
        public void queued() {
            writerThread.wake();
        }
    }

    private final class HousekeepingEvents implements Housekeeping.Listener {

        @Override
        public void room(boolean enough) {
            condition.room(enough);
            writerThread.wake();
        }

        @Override
        public void failed(Throwable cause) {
            try {
                condition.fail(cause);
            } finally {
                writerThread.wake();
            }
        }
    }
}
