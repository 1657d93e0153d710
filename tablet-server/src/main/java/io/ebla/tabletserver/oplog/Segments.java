package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The segments that make up the journal now, oldest first; the last one is written to. Any thread. */
final class Segments {

    private final Map<TabletId, TabletLog> logs;
    private volatile List<Segment> live;

    Segments(List<Segment> live, Map<TabletId, TabletLog> logs) {
        this.live = List.copyOf(live);
        this.logs = logs;
    }

    List<Segment> live() {
        return live;
    }

    synchronized void add(Segment segment) {
        List<Segment> more = new ArrayList<>(live);
        more.add(segment);
        live = List.copyOf(more);
    }

    synchronized void removeOldest() {
        live = live.subList(1, live.size());
    }

    /** The oldest segment, when it is not written to any more; null else. */
    Segment oldestSealed() {
        List<Segment> now = live;
        return now.size() < 2 ? null : now.get(0);
    }

    void forget(TabletId tablet) {
        live.forEach(segment -> segment.forget(tablet));
    }

    void cut(TabletId tablet, long lastIndexKept) {
        live.forEach(segment -> segment.cut(tablet, lastIndexKept));
    }

    long bytes() {
        return live.stream().mapToLong(Segment::used).sum();
    }

    /**
     * Whether a tablet's store still needs entries of a segment. One that lost entries needs none: its log
     * cannot be served any more, and must not fill the disk of the others.
     */
    private boolean pins(TabletId tablet, FrameIndex frames) {
        TabletLog log = logs.get(tablet);
        return log != null
                && !log.dropped()
                && !log.corrupted()
                && frames.lastIndex() > log.released();
    }

    private boolean retains(TabletId tablet, FrameIndex frames) {
        TabletLog log = logs.get(tablet);
        return log != null
                && !log.dropped()
                && !log.corrupted()
                && frames.lastIndex() >= log.retainedFrom();
    }

    /** @param retaining whether what only slaves need counts */
    boolean isFree(Segment segment, boolean retaining) {
        return segment.frames().entrySet().stream()
                .noneMatch(
                        frames ->
                                pins(frames.getKey(), frames.getValue())
                                        || retaining
                                                && retains(frames.getKey(), frames.getValue()));
    }

    /** Moves the starts of the logs behind a segment that is gone. */
    void freed(Segment segment) {
        segment.frames()
                .forEach(
                        (tablet, frames) -> {
                            TabletLog log = logs.get(tablet);
                            if (log != null) {
                                log.freedBelow(frames.lastIndex() + 1);
                            }
                        });
    }

    /** Tablets whose stores still need entries of the oldest segment. */
    Set<TabletId> pinningOldest() {
        Segment oldest = oldestSealed();
        if (oldest == null) {
            return Set.of();
        }
        return oldest.frames().entrySet().stream()
                .filter(frames -> pins(frames.getKey(), frames.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    boolean holdsCorrupted(Segment segment) {
        return segment.frames().keySet().stream()
                .map(logs::get)
                .anyMatch(log -> log != null && log.corrupted());
    }
}
