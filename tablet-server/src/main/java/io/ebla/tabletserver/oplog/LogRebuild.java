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

    Map<TabletId, TabletLog> logs() {
        return logs;
    }

    boolean forgetful() {
        return forgetful;
    }

    @Override
    public void entry(ByteBuffer payload, int at) {
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
        log.append(epoch, index, EntryCodec.commitHintAt(payload, at));
        long[] span = inFrame.computeIfAbsent(tablet, any -> new long[] {index, index});
        span[1] = index;
    }

    @Override
    public void promise(TabletId tablet, long epoch) {
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
        TabletLog log = logs.computeIfAbsent(tablet, TabletLog::new);
        log.drop();
        doubted.remove(tablet);
        inFrame.remove(tablet);
        segments.forEach(segment -> segment.forget(tablet));
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
            drop(tablet);
            return;
        }
        boolean agrees =
                log != null
                        && !log.dropped()
                        && log.lastEpoch() == mark.lastEpoch()
                        && log.lastIndex() == mark.lastIndex();
        if (agrees) {
            log.adopt(mark);
        } else {
            boolean lost = mark.lastIndex() > 0 && !onlyCheckpointLost;
            log = new TabletLog(mark);
            logs.put(tablet, log);
            if (lost) {
                log.corrupt();
            }
        }
        doubted.remove(tablet);
    }

    private void indexFrame(Segment segment, long offset) {
        inFrame.forEach((tablet, span) -> segment.index(tablet, span[0], span[1], offset));
        inFrame.clear();
    }
}
