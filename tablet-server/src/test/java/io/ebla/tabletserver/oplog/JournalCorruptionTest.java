package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.tabletserver.oplog.JournalOnDisk.Place;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damage to the journal: a torn tail is cut, corruption is told of the right tablets, never served (L3). */
class JournalCorruptionTest {

    private static final TabletId ONE = new TabletId(1);
    private static final TabletId TWO = new TabletId(2);
    private static final TabletId THREE = new TabletId(3);

    private JournalOnDisk journal;

    @BeforeEach
    void open() throws Exception {
        journal = new JournalOnDisk();
    }

    @Test
    void aDamagedLastFrameIsATornTailAndIsCut() throws Exception {
        journal.write(ONE, 1, 3);
        Place last = journal.write(ONE, 4, 6);
        journal.damagePayload(last, 100);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 3, 50));
        journal.write(ONE, 4, 5);
        journal.restart();
        assertThat(journal.read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 5, 50));
    }

    @Test
    void aDamagedLastFrameBehindWhichAMarkerStandsIsCorruption() throws Exception {
        journal.write(TWO, 1, 3);
        Place last = journal.write(ONE, 1, 3);
        journal.idle();
        journal.damagePayload(last, 100);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        assertThat(journal.oplog.forgetful()).isFalse();
        assertThat(journal.last(ONE)).isEqualTo(3);
        assertThat(journal.read(TWO, 1)).hasSize(3);
        assertCorrupted(ONE);
    }

    @Test
    void aCleanCloseVouchesForTheLastFrameToo() throws Exception {
        journal.write(TWO, 1, 3);
        Place last = journal.write(ONE, 1, 3);
        journal.oplog.close();
        journal.damageHeader(last);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        assertThat(journal.read(TWO, 1)).hasSize(3);
    }

    @Test
    void anIdleJournalWhoseSegmentIsFullVouchesForItsLastFrameInTheNext() throws Exception {
        Place last = fillSegment(ONE);
        Place vouching = journal.idle();
        assertThat(vouching.file()).isNotEqualTo(last.file());
        journal.damagePayload(last, 100);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
    }

    @Test
    void aClosingJournalWhoseSegmentIsFullVouchesForItsLastFrameInTheNext() throws Exception {
        Place last = fillSegment(ONE);
        journal.oplog.close();
        journal.damagePayload(last, 100);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
    }

    /** Writes until not even a marker fits into the first segment; returns the last frame. */
    private Place fillSegment(TabletId tablet) {
        Place last = journal.write(tablet, 1, 1);
        long pages =
                (JournalOnDisk.SETTINGS.openingSegmentBytes() - last.at() - last.length())
                        / FrameCodec.PAGE;
        for (long index = 2; index <= pages + 1; index++) {
            Place next = journal.write(tablet, index, index);
            assertThat(next.file()).isEqualTo(last.file());
            last = next;
        }
        return last;
    }

    @Test
    void whatWasFoundCorruptedElsewhereIsToldByTheNextCheckpoint() throws Exception {
        journal.write(TWO, 1, 3);
        journal.write(ONE, 1, 3);
        journal.oplog.corrupt(TWO);
        for (long index = 4; index <= 100; index++) {
            journal.write(ONE, index, index);
        }
        journal.oplog.release(ONE, 100);
        journal.oplog.step();
        assertThat(journal.oplog.pinningOldest()).isEmpty();
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(TWO);
        assertThat(journal.last(ONE)).isEqualTo(100);
    }

    @Test
    void aDamagedMarkerTakesNothingWithIt() throws Exception {
        journal.write(ONE, 1, 3);
        journal.damageHeader(journal.idle());
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.read(ONE, 1)).hasSize(3);
    }

    @Test
    void damageInTheMiddleStrikesTheTabletsOfThatFrameOnly() throws Exception {
        journal.write(ONE, 1, 3);
        Place struck = journal.group(Entries.writes(TWO, 1, 2, 50), Entries.writes(ONE, 4, 5, 50));
        journal.write(THREE, 1, 3);
        journal.write(ONE, 6, 8);
        journal.damageHeader(struck);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactlyInAnyOrder(ONE, TWO);
        assertThat(journal.read(THREE, 1)).hasSize(3);
        assertCorrupted(ONE);
        assertCorrupted(TWO);
    }

    @Test
    void entriesThatAreWholeInADamagedFrameAreKept() throws Exception {
        journal.write(THREE, 1, 1);
        int entryBytes =
                RecordCodec.HEADER + EntryCodec.encodedSize(Entries.write(TWO, 1, 1, 0, 50));
        Place struck = journal.group(Entries.writes(TWO, 1, 1, 50), Entries.writes(ONE, 1, 3, 50));
        journal.idle();
        journal.damagePayload(struck, RecordCodec.marksBytes(1) + entryBytes - 20);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(TWO);
        assertThat(journal.read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 3, 50));
    }

    @Test
    void aGapInATabletsOwnEntriesIsNoticedInASalvagedFrame() throws Exception {
        int entryBytes =
                RecordCodec.HEADER + EntryCodec.encodedSize(Entries.write(ONE, 1, 1, 0, 50));
        Place struck = journal.group(Entries.writes(ONE, 1, 3, 50));
        journal.idle();
        journal.damagePayload(struck, RecordCodec.marksBytes(0) + entryBytes + entryBytes / 2);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
    }

    @Test
    void aLostPromiseIsTakenFromTheMarkOfTheNextFrame() throws Exception {
        journal.write(ONE, 1, 3);
        journal.idle();
        Appended end = new Appended();
        journal.oplog.promise(ONE, 9, end);
        journal.oplog.step();
        end.await();
        Place promise = journal.lastFrame();
        journal.idle();
        journal.damageHeader(promise);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.oplog.tail(ONE)).contains(new Oplog.Tail(1, 3, 9, 2, 1));
    }

    @Test
    void aCorruptedTabletStaysSoUntilItIsDropped() throws Exception {
        Place struck = journal.write(ONE, 1, 3);
        journal.write(TWO, 1, 3);
        journal.damageHeader(struck);
        journal.restart();
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        journal.restart();
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        assertThatThrownBy(() -> journal.oplog.append(Entries.writes(ONE, 4, 4, 1), new Appended()))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPTED));

        Appended end = new Appended();
        journal.oplog.drop(ONE, end);
        journal.oplog.step();
        end.await();
        assertThat(journal.oplog.corrupted()).isEmpty();
        journal.write(ONE, 1, 2);
        journal.restart();
        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.read(ONE, 1)).hasSize(2);
    }

    @Test
    void aCorruptedTabletDoesNotFillTheDiskAndItsRemainsAreKept() throws Exception {
        Place struck = journal.write(ONE, 1, 3);
        journal.write(ONE, 4, 6);
        journal.damageHeader(struck);
        journal.restart();
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        journal.write(TWO, 1, 3);
        journal.oplog.step();

        assertThat(journal.oplog.pinningOldest()).isEmpty();
        assertThat(journal.disk.list()).contains(struck.file() + ".damaged");
        journal.restart();
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        assertThat(journal.read(TWO, 1)).hasSize(3);
    }

    @Test
    void rotFoundWhileReadingIsToldAndKeptInMind() throws Exception {
        Place struck = journal.write(ONE, 1, 3);
        journal.write(ONE, 4, 6);
        journal.damagePayload(struck, RecordCodec.marksBytes(0) + RecordCodec.HEADER + 100);

        assertCorrupted(ONE);
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        journal.restart();
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
    }

    @Test
    void everySingleDamagedByteIsHarmlessOrTold() throws Exception {
        journal.write(TWO, 1, 2);
        List<Place> frames =
                List.of(
                        journal.group(Entries.writes(ONE, 1, 2, 20), Entries.writes(TWO, 3, 3, 20)),
                        journal.write(THREE, 1, 1));
        journal.idle();
        for (Place frame : frames) {
            for (long at = frame.at(); at < frame.at() + 700; at += 3) {
                journal.disk.flip(frame.file(), at, (int) (at % 8));
                JournalRecovery.Recovered recovered = JournalRecovery.recover(journal.disk);
                SegmentOplog seen = journal.oplog;
                recovered.logs().values().stream()
                        .filter(log -> !log.corrupted())
                        .forEach(
                                log ->
                                        assertThat(log.tail())
                                                .isEqualTo(seen.tail(log.tablet()).orElseThrow()));
                assertThat(recovered.logs()).hasSize(3);
                journal.disk.flip(frame.file(), at, (int) (at % 8));
            }
        }
    }

    private void assertCorrupted(TabletId tablet) {
        assertThatThrownBy(() -> journal.read(tablet, 1))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPTED));
    }
}
