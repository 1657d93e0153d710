package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads a journal's files when it is opened, cuts a torn tail, and makes what is left durable ({@link
 * LastSegment}), so that nothing is answered from bytes that a power cut could still take (L2).
 *
 * <p>The journal goes on in a new file: nothing is ever written behind a cut, so what a torn frame
 * left there cannot come back.
 */
final class JournalRecovery {

    /**
     * @param journal the journal's number, 0 for a new one
     * @param nextSequence of the segment that goes on
     * @param end position from which it goes on
     */
    record Recovered(
            long journal,
            long nextSequence,
            long end,
            List<Segment> segments,
            Map<TabletId, TabletLog> logs,
            boolean forgetful,
            List<String> spares) {}

    private final JournalDisk disk;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Segment> unused = new ArrayList<>();
    private final SegmentScan scan = new SegmentScan();
    private final LogRebuild rebuild = new LogRebuild(segments);

    private JournalRecovery(JournalDisk disk) {
        this.disk = disk;
    }

    static Recovered recover(JournalDisk disk) throws IOException {
        return new JournalRecovery(disk).recover();
    }

    private Recovered recover() throws IOException {
        List<String> names = disk.list();
        TreeMap<Long, String> files = new TreeMap<>();
        for (String name : names) {
            Segment.sequence(name).ifPresent(sequence -> files.put(sequence, name));
        }
        LastSegment.removeCopies(disk, names);
        for (Map.Entry<Long, String> each : files.entrySet()) {
            scan(each.getKey(), each.getValue());
        }
        rebuild.finish();
        cut();
        putAside();
        return new Recovered(
                scan.journal(),
                files.isEmpty() ? 1 : files.lastKey() + 1,
                rebuild.end(),
                segments,
                rebuild.logs(),
                rebuild.forgetful(),
                names.stream().filter(name -> name.startsWith(SegmentAllocator.SPARE)).toList());
    }

    private void scan(long sequence, String name) throws IOException {
        try (JournalFile file = disk.open(name)) {
            Segment segment = new Segment(sequence, file.size());
            segments.add(segment);
            scan.scan(segment, file, rebuild);
            if (segment.used() == 0) {
                segments.remove(segment);
                unused.add(segment);
            }
        }
    }

    /** Ends the last segment where the journal ends, and makes that durable. */
    private void cut() throws IOException {
        while (!segments.isEmpty() && last().base() >= rebuild.end()) {
            unused.add(segments.remove(segments.size() - 1));
        }
        if (segments.isEmpty()) {
            return;
        }
        Segment segment = last();
        long length = Math.min(rebuild.end() - segment.base(), segment.capacity());
        LastSegment end = new LastSegment(disk, segment, length);
        if (rebuild.isEndUnproven()) {
            end.writeAnew(rebuild.proven());
        } else {
            end.cut();
        }
        segment.shorten(length);
    }

    private Segment last() {
        return segments.get(segments.size() - 1);
    }

    /**
     * Removes files that were never begun. One that stands before others was, and is kept for whoever
     * wants to look: its entries are missed where they are needed.
     */
    private void putAside() throws IOException {
        long lastBegun = segments.isEmpty() ? 0 : last().sequence();
        for (Segment segment : unused) {
            if (segment.sequence() < lastBegun) {
                disk.rename(segment.name(), SegmentAllocator.damagedName(segment));
            } else {
                disk.delete(segment.name());
            }
        }
        if (!unused.isEmpty()) {
            disk.syncDirectory();
        }
    }
}
