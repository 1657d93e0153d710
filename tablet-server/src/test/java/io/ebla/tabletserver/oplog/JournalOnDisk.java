package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A journal without threads on a simulated disk, whose frames a test can find and damage. */
final class JournalOnDisk {

    /** Where a frame stands. */
    record Place(String file, long at, long length) {}

    static final OplogSettings SETTINGS =
            OplogSettings.defaults()
                    .withSegmentBytes(128 << 10)
                    .withGroupBytes(64 << 10)
                    .withFreeSpace(0, 1_000);

    final SimulatedDisk disk = new SimulatedDisk(1, 16 << 20);
    final ManualClock clock = new ManualClock();
    final List<Oplog.Condition> conditions = new ArrayList<>();
    int failures;
    SegmentOplog oplog;

    JournalOnDisk() throws IOException {
        open();
    }

    void open() throws IOException {
        open(SETTINGS);
    }

    void open(OplogSettings settings) throws IOException {
        oplog =
                SegmentOplog.openWithoutThreads(
                        disk,
                        settings,
                        clock,
                        new OplogObserver() {
                            @Override
                            public void conditionChanged(Oplog.Condition condition) {
                                conditions.add(condition);
                            }
                        },
                        () -> failures++);
    }

    /** The power went, and everything that was forced is still there. */
    void restart() throws IOException {
        disk.crash();
        open();
    }

    /** One group of writes of epoch 1; returns where its frame stands. */
    Place write(TabletId tablet, long from, long to) {
        return group(Entries.writes(tablet, from, to, 50));
    }

    @SafeVarargs
    final Place group(List<LogEntry>... appends) {
        List<Appended> ends = new ArrayList<>();
        for (List<LogEntry> entries : appends) {
            Appended end = new Appended();
            ends.add(end);
            oplog.append(entries, end);
        }
        oplog.step();
        ends.forEach(Appended::await);
        return lastFrame();
    }

    /** One group of one request; returns where its frame stands. */
    Place request(Consumer<Oplog.AppendListener> request) {
        Appended end = new Appended();
        request.accept(end);
        oplog.step();
        end.await();
        return lastFrame();
    }

    Place truncate(TabletId tablet, long lastIndexKept) {
        return request(end -> oplog.truncate(tablet, lastIndexKept, end));
    }

    Place restart(TabletId tablet, long epoch, long index) {
        return request(end -> oplog.restart(tablet, epoch, index, end));
    }

    /** Lets the idle marker be written; returns where. */
    Place idle() {
        clock.passMillis(100);
        oplog.step();
        return lastFrame();
    }

    Place lastFrame() {
        List<SimulatedDisk.Event> trace = disk.trace();
        for (int i = trace.size() - 1; i >= 0; i--) {
            SimulatedDisk.Event event = trace.get(i);
            if (event.kind() == SimulatedDisk.Event.Kind.WRITE) {
                return new Place(event.file(), event.at(), event.length());
            }
        }
        throw new AssertionError("nothing was written");
    }

    /** Damages the header of a frame. */
    void damageHeader(Place place) {
        disk.flip(place.file(), place.at() + 20, 3);
    }

    /** Damages a frame behind its header, at its very end. */
    void damagePayload(Place place, long behindHeader) {
        disk.flip(place.file(), place.at() + FrameCodec.HEADER + behindHeader, 5);
    }

    void wipe(Place place) {
        disk.wipe(place.file(), place.at(), place.at() + place.length());
    }

    List<LogEntry> read(TabletId tablet, long from) {
        List<LogEntry> entries = new ArrayList<>();
        oplog.replay(tablet, from, entries::add);
        return entries;
    }

    long last(TabletId tablet) {
        return oplog.tail(tablet).map(Oplog.Tail::lastIndex).orElse(-1L);
    }
}
