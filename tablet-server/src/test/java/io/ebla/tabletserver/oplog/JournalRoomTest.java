package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.tabletserver.oplog.JournalOnDisk.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a journal does with the room it has: frees, writes anew, refuses in time, recovers (L3, L4). */
class JournalRoomTest {

    private static final TabletId ONE = new TabletId(1);
    private static final TabletId TWO = new TabletId(2);

    private JournalOnDisk journal;

    @BeforeEach
    void open() throws Exception {
        journal = new JournalOnDisk();
    }

    @Test
    void whatNoTabletNeedsIsFreedAndTailsOutliveIt() throws Exception {
        journal.write(TWO, 1, 3);
        Appended promise = new Appended();
        journal.oplog.promise(TWO, 8, promise);
        Appended drop = new Appended();
        TabletId gone = new TabletId(3);
        journal.oplog.step();
        journal.write(gone, 1, 2);
        journal.oplog.drop(gone, drop);
        journal.oplog.step();
        drop.await();
        fill(ONE, 1, 200);
        long full = journal.oplog.sizeBytes();
        assertThat(journal.oplog.pinningOldest()).contains(TWO);

        journal.oplog.release(ONE, 200);
        journal.oplog.step();
        assertThat(journal.oplog.pinningOldest()).containsExactly(TWO);
        assertThat(journal.oplog.sizeBytes()).isEqualTo(full);

        journal.oplog.release(TWO, 3);
        journal.oplog.step();
        assertThat(journal.oplog.pinningOldest()).isEmpty();
        assertThat(journal.oplog.sizeBytes()).isLessThan(full / 3);

        journal.restart();
        assertThat(journal.oplog.tail(TWO)).contains(new Oplog.Tail(1, 3, 8, 2, 4));
        assertThat(journal.last(ONE)).isEqualTo(200);
        assertThat(journal.oplog.tail(gone)).isEmpty();
        assertThat(journal.oplog.dropped()).containsExactly(gone);
        assertThatThrownBy(() -> journal.read(TWO, 1))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPTED));
        assertThat(journal.read(TWO, 4)).isEmpty();
        assertThat(journal.oplog.corrupted()).isEmpty();
    }

    @Test
    void belowTheFloorWritesAreRefusedAndFencesAreNot() throws Exception {
        journal.oplog.close();
        journal.open(JournalOnDisk.SETTINGS.withFreeSpace(1 << 20, 1_000));
        journal.write(ONE, 1, 3);
        journal.disk.capacity(journal.disk.usedBytes() + (1 << 19));
        journal.oplog.step();

        assertThat(journal.oplog.condition()).isEqualTo(Oplog.Condition.DISK_FULL);
        journal.disk.clearTrace();
        assertDiskFull(() -> journal.write(ONE, 4, 4));
        journal.oplog.step();
        assertThat(journal.disk.trace()).isEmpty();
        Appended promise = new Appended();
        journal.oplog.promise(ONE, 2, promise);
        journal.oplog.step();
        promise.await();
        journal.group(List.of(Entries.epochStart(ONE, 2, 4, 1)));
        assertThat(journal.read(ONE, 1)).hasSize(4);
        journal.group(List.of(Entries.epochStart(ONE, 3, 5, 2), Entries.cancel(ONE, 3, 6)));
        assertThat(journal.read(ONE, 1)).as("unsealed on a full disk").hasSize(6);

        journal.disk.capacity(16 << 20);
        journal.oplog.step();
        assertThat(journal.oplog.condition()).isEqualTo(Oplog.Condition.OPEN);
        journal.group(List.of(Entries.write(ONE, 3, 7, 3, 10)));
        assertThat(journal.conditions).endsWith(Oplog.Condition.DISK_FULL, Oplog.Condition.OPEN);
    }

    @Test
    void noRoomForAnotherSegmentIsAFullDiskAndNoFailure() throws Exception {
        journal.disk.capacity(journal.disk.usedBytes());
        long index = 1;
        EblaException refusal = null;
        while (refusal == null) {
            try {
                journal.write(ONE, index, index);
                index++;
            } catch (EblaException e) {
                refusal = e;
            }
        }
        assertThat(refusal.code()).isEqualTo(ErrorCode.DISK_FULL);
        assertThat(refusal.outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(journal.failures).isZero();
        assertThat(journal.read(ONE, 1)).hasSize((int) index - 1);

        journal.disk.capacity(16 << 20);
        journal.oplog.step();
        journal.write(ONE, index, index);
        journal.restart();
        assertThat(journal.read(ONE, 1)).hasSize((int) index);
    }

    @Test
    void whatIsQueuedBehindARefusedEntryIsRefusedLikeIt() throws Exception {
        journal.disk.capacity(journal.disk.usedBytes());
        // Queued while there still seemed to be room: more than the ready segment takes.
        long index = 1;
        List<Appended> ends = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Appended end = new Appended();
            journal.oplog.append(Entries.writes(ONE, index, index + 4, 11_000), end);
            ends.add(end);
            index += 5;
        }
        for (int i = 0; i < 8; i++) {
            journal.oplog.step();
        }
        int durable = (int) ends.stream().filter(Appended::isDurable).count();
        assertThat(durable).isLessThan(6);
        for (Appended end : ends.subList(durable, 6)) {
            assertDiskFull(end::await);
        }
        assertThat(journal.last(ONE)).isEqualTo(durable * 5L);
    }

    @Test
    void aJournalOpensOnAFullDiskAndIsRead() throws Exception {
        journal.write(ONE, 1, 3);
        journal.oplog.close();
        journal.disk.capacity(0);
        journal.open();

        assertThat(journal.oplog.condition()).isEqualTo(Oplog.Condition.DISK_FULL);
        assertThat(journal.read(ONE, 1)).hasSize(3);
        assertDiskFull(() -> journal.write(ONE, 4, 4));
        journal.disk.capacity(16 << 20);
        journal.oplog.step();
        journal.write(ONE, 4, 4);
        journal.restart();
        assertThat(journal.read(ONE, 1)).hasSize(4);
    }

    @Test
    void anIdleJournalWritesOneMarkerWithin100Milliseconds() throws Exception {
        Place frame = journal.write(ONE, 1, 3);
        journal.oplog.step();
        assertThat(journal.lastFrame()).isEqualTo(frame);
        journal.clock.passMillis(60);
        journal.oplog.step();
        Place marker = journal.lastFrame();
        assertThat(marker).isNotEqualTo(frame);
        assertThat(OplogSettings.defaults().idleMarkerMillis()).isLessThan(100);
        journal.clock.passMillis(1_000);
        journal.oplog.step();
        assertThat(journal.lastFrame()).isEqualTo(marker);
    }

    @Test
    void anAppendLargerThanHalfASegmentIsRefused() {
        assertThatThrownBy(
                        () ->
                                journal.oplog.append(
                                        Entries.writes(ONE, 1, 1, 70_000), new Appended()))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_LARGE));
    }

    @Test
    void eachAnswerFollowsTheForceOfItsFrame() throws Exception {
        journal.disk.clearTrace();
        journal.write(ONE, 1, 3);

        assertThat(journal.disk.trace())
                .extracting(SimulatedDisk.Event::kind)
                .containsExactly(
                        SimulatedDisk.Event.Kind.CREATE,
                        SimulatedDisk.Event.Kind.SYNC_DIRECTORY,
                        SimulatedDisk.Event.Kind.WRITE,
                        SimulatedDisk.Event.Kind.FORCE);
    }

    @Test
    void housekeepingThatBreaksFailsTheJournalOnce() throws Exception {
        journal.oplog.close();
        AtomicBoolean breaks = new AtomicBoolean();
        AtomicInteger failures = new AtomicInteger();
        SegmentOplog oplog =
                SegmentOplog.openWithoutThreads(
                        new BreakingDisk(journal.disk, breaks),
                        JournalOnDisk.SETTINGS,
                        journal.clock,
                        new OplogObserver() {},
                        failures::incrementAndGet);
        breaks.set(true);
        oplog.step();
        oplog.step();

        assertThat(oplog.condition()).isEqualTo(Oplog.Condition.FAILED);
        assertThat(failures).hasValue(1);
        assertThatThrownBy(() -> oplog.append(Entries.writes(ONE, 1, 1, 50), new Appended()))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.DISK_FAILED));
        oplog.close();
    }

    /** A disk whose free space cannot be asked any more, in a way that nobody foresaw. */
    private record BreakingDisk(JournalDisk disk, AtomicBoolean breaks) implements JournalDisk {

        @Override
        public List<String> list() throws IOException {
            return disk.list();
        }

        @Override
        public JournalFile create(String name, long bytes) throws IOException {
            return disk.create(name, bytes);
        }

        @Override
        public JournalFile open(String name) throws IOException {
            return disk.open(name);
        }

        @Override
        public void rename(String from, String to) throws IOException {
            disk.rename(from, to);
        }

        @Override
        public void delete(String name) throws IOException {
            disk.delete(name);
        }

        @Override
        public void syncDirectory() throws IOException {
            disk.syncDirectory();
        }

        @Override
        public long usableBytes() throws IOException {
            if (breaks.get()) {
                throw new IllegalStateException("broken");
            }
            return disk.usableBytes();
        }
    }

    private void fill(TabletId tablet, long from, long to) {
        for (long index = from; index <= to; index++) {
            journal.write(tablet, index, index);
        }
    }

    private static void assertDiskFull(Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.DISK_FULL);
                            assertThat(e.outcome()).contains(Outcome.NOT_APPLIED);
                        });
    }
}
