package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.oplog.JournalOnDisk.Place;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Damage to several frames, to checkpoints and to whole files of a journal (L3). */
class JournalDoubtTest {

    private static final TabletId ONE = new TabletId(1);
    private static final TabletId TWO = new TabletId(2);
    private static final TabletId THREE = new TabletId(3);

    private JournalOnDisk journal;

    @BeforeEach
    void open() throws Exception {
        journal = new JournalOnDisk();
    }

    @Test
    void severalLostFramesPutInDoubtWhoCannotBeShownWhole() throws Exception {
        journal.write(ONE, 1, 3);
        journal.write(TWO, 1, 3);
        Place first = journal.write(THREE, 1, 3);
        Place second = journal.write(THREE, 4, 6);
        journal.write(ONE, 4, 6);
        journal.wipe(first);
        journal.wipe(second);
        journal.restart();

        // ONE went on without a gap; TWO may have had entries in the hole; THREE is named by a
        // mark.
        assertThat(journal.oplog.corrupted()).containsExactlyInAnyOrder(TWO, THREE);
        assertThat(journal.oplog.forgetful()).isTrue();
        assertThat(journal.read(ONE, 1)).hasSize(6);
    }

    @Test
    void aTabletThatOnlyLostFramesKnewIsAskedForByForgetfulness() throws Exception {
        journal.write(ONE, 1, 3);
        Place first = journal.write(TWO, 1, 3);
        Place second = journal.write(ONE, 4, 6);
        journal.write(ONE, 7, 9);
        journal.wipe(first);
        journal.wipe(second);
        journal.restart();

        assertThat(journal.oplog.forgetful()).isTrue();
        assertThat(journal.oplog.tail(TWO)).isEmpty();
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        journal.restart();
        assertThat(journal.oplog.forgetful()).isTrue();
    }

    @Test
    void theCheckpointOfALaterSegmentShowsTheOthersWhole() throws Exception {
        journal.write(TWO, 1, 3);
        Place first = journal.write(ONE, 1, 3);
        Place second = journal.write(ONE, 4, 6);
        long index = 7;
        while (journal.lastFrame().file().equals(first.file())) {
            journal.write(ONE, index, index);
            index++;
        }
        journal.wipe(first);
        journal.wipe(second);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        assertThat(journal.oplog.forgetful()).isFalse();
        assertThat(journal.read(TWO, 1)).hasSize(3);
    }

    @Test
    void aDamagedCheckpointIsReplacedByWhatTheNextFrameSays() throws Exception {
        Appended end = new Appended();
        journal.write(ONE, 1, 3);
        journal.oplog.promise(TWO, 7, end);
        journal.oplog.step();
        end.await();
        journal.restart();
        Place checkpoint = journal.lastFrame();
        journal.write(THREE, 1, 2);
        journal.damageHeader(checkpoint);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.oplog.tail(TWO)).contains(new Oplog.Tail(0, 0, 7, 0, 1));
        assertThat(journal.read(ONE, 1)).hasSize(3);
        assertThat(journal.read(THREE, 1)).hasSize(2);
    }

    @Test
    void aLostFirstCheckpointOfAnEmptyJournalIsNoLoss() throws Exception {
        Place checkpoint = journal.lastFrame();
        journal.write(ONE, 1, 3);
        journal.damageHeader(checkpoint);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.oplog.forgetful()).isFalse();
        assertThat(journal.read(ONE, 1)).hasSize(3);
    }

    @Test
    void aWholeSegmentLostInTheMiddleStrikesThoseWhoWroteToIt() throws Exception {
        journal.write(TWO, 1, 3);
        long index = 1;
        String file = journal.lastFrame().file();
        while (journal.lastFrame().file().equals(file)) {
            journal.write(THREE, index, index++);
        }
        String lost = journal.lastFrame().file();
        index = 1;
        while (journal.lastFrame().file().equals(lost)) {
            journal.write(ONE, index, index++);
        }
        journal.disk.wipe(lost, 0, 128 << 10);
        journal.restart();

        assertThat(journal.oplog.corrupted()).contains(ONE).doesNotContain(TWO);
        assertThat(journal.read(TWO, 1)).hasSize(3);
        journal.restart();
        assertThat(journal.oplog.corrupted()).contains(ONE).doesNotContain(TWO);
    }

    @Test
    void deadFramesOfARecycledFileAreNotTakenForTheJournals() throws Exception {
        // Fill and free segments, so that files are written anew, then crash in a fresh one.
        long index = 1;
        for (int i = 0; i < 200; i++) {
            journal.write(ONE, index, index);
            journal.oplog.release(ONE, index);
            journal.oplog.step();
            index++;
        }
        assertThat(journal.disk.trace())
                .anyMatch(
                        event ->
                                event.kind() == SimulatedDisk.Event.Kind.RENAME
                                        && event.file().startsWith(SegmentAllocator.SPARE));
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.last(ONE)).isEqualTo(200);
        Oplog.Tail tail = journal.oplog.tail(ONE).orElseThrow();
        assertThat(tail.firstIndex()).isGreaterThan(100);
        assertThat(journal.read(ONE, tail.firstIndex())).hasSize((int) (201 - tail.firstIndex()));
    }
}
