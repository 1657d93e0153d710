package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.EntryCodec;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Builds the logs of all tablets anew from a journal's frames, and judges what damage between them
 * means (L3).
 *
 * <p>A <em>hole</em> is a stretch without an intact frame. Whether it was promised is told by frames
 * behind it: each carries the position that was durable when it was written.
 *
 * <ul>
 *   <li>No frame vouches for the hole: it is a torn tail, and the journal ends where it begins.
 *   <li>One does, and its {@code previous} is where the hole begins: exactly one frame was lost. Its
 *       marks name every tablet that the lost frame changed and where their logs ended, so exactly
 *       those that cannot show the same end are corrupted. Whole entries of a frame whose payload
 *       alone is damaged are kept.
 *   <li>One does, but several frames may be lost: every tablet is in doubt until its next entry
 *       follows without a gap or a later mark or checkpoint agrees; who is in doubt at the end of the
 *       journal is corrupted. A tablet that nothing names any more cannot be listed: the journal is
 *       {@linkplain #forgetful forgetful} until a checkpoint, which names all, stands behind the hole.
 * </ul>
 */
final class LogRebuild implements SegmentScan.Sink, RecordCodec.Visitor {

    private static final long NONE = -1;

    private final Map<TabletId, TabletLog> logs = new ConcurrentHashMap<>();
    private final Map<TabletId, long[]> inFrame = new LinkedHashMap<>();
    private final Set<TabletId> doubted = new HashSet<>();
    private final List<Segment> segments;

    private long end = NONE;
    private long furthest;
    private long proven;
    private long hole = NONE;

    /** Where the last frame that counts begins. */
    private long last = NONE;

    /**
     * Whether that frame holds more than marks: what somebody may be told of, and a full disk has no
     * checkpoint for.
     */
    private boolean telling;

    /** A frame that the hole consists of, when only its payload is damaged; null else. */
    private Damaged damaged;

    /** Nothing was lost but the checkpoint at the very start. */
    private boolean onlyCheckpointLost;

    /** The entries being read may lack others before them. */
    private boolean salvaging;

    private boolean started;
    private boolean forgetful;

    private record Damaged(Segment segment, long offset, ByteBuffer payload) {}

    /** @param segments in the order of their frames; those before the current one, and it */
    LogRebuild(List<Segment> segments) {
        this.segments = segments;
    }

    @Override
    public void frame(
            Segment segment, long offset, FrameHeader header, ByteBuffer payload, boolean intact) {
        openHole(segment, header);
        furthest = Math.max(furthest, header.end());
        proven = Math.max(proven, header.durable());
        if (!intact) {
            boolean first = hole == NONE;
            hole = first ? header.position() : hole;
            damaged = first ? new Damaged(segment, offset, payload) : null;
            return;
        }
        if (hole != NONE) {
            if (header.durable() <= hole) {
                return;
            }
            closeHole(segment, header);
        }
        end = header.end();
        last = header.position();
        telling = false;
        RecordCodec.read(payload, this);
        indexFrame(segment, offset);
        onlyCheckpointLost = false;
        started = true;
    }

    private void openHole(Segment segment, FrameHeader header) {
        if (end == NONE) {
            end = segment.base();
        }
        if (header.position() < end) {
            throw new IllegalStateException(
                    "the journal's segments overlap at "
                            + header.position()
                            + " in "
                            + segment.name());
        }
        if (hole == NONE && header.position() > end) {
            hole = end;
            damaged = null;
        }
    }

    private void closeHole(Segment segment, FrameHeader header) {
        boolean single = header.previous() == hole;
        if (single && !started) {
            onlyCheckpointLost = hole == segment.base();
        } else if (single && damaged != null) {
            salvaging = true;
            RecordCodec.salvage(damaged.payload(), this);
            salvaging = false;
            indexFrame(damaged.segment(), damaged.offset());
        }
        if (!single) {
            doubtAll();
        }
        hole = NONE;
        damaged = null;
    }

    private void doubtAll() {
        forgetful = true;
        logs.forEach(
                (tablet, log) -> {
                    if (!log.dropped()) {
                        doubted.add(tablet);
                    }
                });
    }

    /** The last frame was seen. */
    void finish() {
        if (hole != NONE && proven > hole) {
            doubtAll();
            end = Math.max(furthest, end);
        }
        doubted.forEach(tablet -> logs.get(tablet).corrupt());
        logs.values().forEach(TabletLog::published);
    }

    /** Where the journal ends: what stands behind is no part of it. */
    long end() {
        return Math.max(end, 0);
    }

    /**
     * Whether the last frame holds something and nothing shows that it was ever forced: who wrote it may
     * have been told that this failed, and what is read may be in the system's memory alone.
     */
    boolean isEndUnproven() {
        return telling && last >= proven;
    }

    /** Up to where the frames are known to be durable. */
    long proven() {
        return proven;
    }

    Map<TabletId, TabletLog> logs() {
        return logs;
    }

    boolean forgetful() {
        return forgetful;
    }

    @Override
    public void entry(ByteBuffer payload, int at) {
        telling = true;
        TabletId tablet = new TabletId(EntryCodec.tabletAt(payload, at));
        long epoch = EntryCodec.epochAt(payload, at);
        long index = EntryCodec.indexAt(payload, at);
        TabletLog log = logs.get(tablet);
        boolean begins = log == null || log.dropped();
        if (begins) {
            log = new TabletLog(tablet);
            logs.put(tablet, log);
        }
        boolean empty = log.lastIndex() == 0;
        boolean follows =
                index == log.lastIndex() + 1
                        && EntryCodec.previousEpochAt(payload, at) == log.lastEpoch();
        boolean lossPossible = begins ? forgetful || salvaging : doubted.contains(tablet);
        if (follows) {
            doubted.remove(tablet);
        } else if (!empty || lossPossible) {
            log.corrupt();
        }
        log.append(
                epoch,
                index,
                EntryCodec.previousEpochAt(payload, at),
                EntryCodec.commitHintAt(payload, at));
        long[] span = inFrame.computeIfAbsent(tablet, any -> new long[] {index, index});
        span[1] = index;
    }

    @Override
    public void promise(TabletId tablet, long epoch) {
        telling = true;
        TabletLog log = logs.get(tablet);
        if (log == null || log.dropped()) {
            log = new TabletLog(tablet);
            logs.put(tablet, log);
            if (forgetful) {
                doubted.add(tablet);
            }
        }
        log.promise(epoch);
    }

    @Override
    public void drop(TabletId tablet) {
        telling = true;
        dropped(tablet);
    }

    private void dropped(TabletId tablet) {
        TabletLog log = logs.computeIfAbsent(tablet, TabletLog::new);
        log.drop();
        doubted.remove(tablet);
        inFrame.remove(tablet);
        segments.forEach(segment -> segment.forget(tablet));
    }

    /**
     * A log that does not reach the cut, or holds another entry there, lost some. What it holds up to there
     * is whole when it ends in the same entry (E1), whatever a hole before it swallowed.
     */
    @Override
    public void truncate(TabletMark after) {
        telling = true;
        TabletId tablet = after.tablet();
        TabletLog log = logs.get(tablet);
        if (log == null || log.dropped() || !isWhole(log, after.lastEpoch(), after.lastIndex())) {
            replace(after, after.lastIndex() > 0);
        } else {
            log.truncate(after.lastIndex(), after.lastEpoch());
            log.adopt(after);
            segments.forEach(segment -> segment.cut(tablet, after.lastIndex()));
        }
        doubted.remove(tablet);
    }

    /** Whether a log that reaches an entry holds that very one, or begins behind it by right. */
    private boolean isWhole(TabletLog log, long epoch, long index) {
        if (log.lastIndex() < index) {
            return false;
        }
        long held = log.epochAt(index);
        return held == epoch || held == EpochSpans.UNKNOWN && !doubted.contains(log.tablet());
    }

    /** What stood before it does not matter any more, unless it kept some of that. */
    @Override
    public void restart(long epoch, long index, TabletMark after) {
        telling = true;
        TabletId tablet = after.tablet();
        TabletLog log = logs.get(tablet);
        if (after.lastIndex() == index) {
            replace(after, false);
            segments.forEach(segment -> segment.forget(tablet));
        } else if (log != null && !log.dropped() && isEnd(log, after)) {
            log.heldByStore(index);
            log.adopt(after);
        } else {
            replace(after, true);
        }
        doubted.remove(tablet);
    }

    private static boolean isEnd(TabletLog log, TabletMark mark) {
        return log.lastEpoch() == mark.lastEpoch() && log.lastIndex() == mark.lastIndex();
    }

    /** Goes on from a mark, whatever was known before. */
    private void replace(TabletMark mark, boolean lost) {
        TabletLog log = new TabletLog(mark);
        logs.put(mark.tablet(), log);
        if (lost) {
            log.corrupt();
        } else {
            segments.forEach(segment -> segment.cut(mark.tablet(), mark.lastIndex()));
        }
    }

    @Override
    public void marks(List<TabletMark> marks) {
        marks.forEach(this::compare);
    }

    @Override
    public void checkpoint(List<TabletMark> marks, boolean wasForgetful) {
        if (!started) {
            onlyCheckpointLost = true;
        }
        marks.forEach(this::compare);
        Set<TabletId> named = new HashSet<>();
        marks.forEach(mark -> named.add(mark.tablet()));
        doubted.retainAll(named);
        logs.keySet().retainAll(named);
        forgetful = wasForgetful;
    }

    private void compare(TabletMark mark) {
        TabletId tablet = mark.tablet();
        TabletLog log = logs.get(tablet);
        if (mark.dropped()) {
            dropped(tablet);
            return;
        }
        if (log != null && !log.dropped() && isEnd(log, mark)) {
            log.adopt(mark);
        } else {
            replace(mark, mark.lastIndex() > 0 && !onlyCheckpointLost);
        }
        doubted.remove(tablet);
    }

    private void indexFrame(Segment segment, long offset) {
        inFrame.forEach((tablet, span) -> segment.index(tablet, span[0], span[1], offset));
        inFrame.clear();
    }
}
