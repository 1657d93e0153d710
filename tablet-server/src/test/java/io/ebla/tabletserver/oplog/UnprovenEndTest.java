package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.oplog.SimulatedDisk.Event.Kind;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a journal that is opened finds in the memory of the system, and not on the disk: after a failed sync a
 * killed process leaves such pages, which a further sync does not write (L2, L3).
 */
class UnprovenEndTest {

    private static final TabletId ONE = new TabletId(1);
    private static final TabletId TWO = new TabletId(2);

    private JournalOnDisk journal;

    @BeforeEach
    void open() throws Exception {
        journal = new JournalOnDisk();
    }

    @Test
    void entriesWhoseSyncFailedAreDurableOnceTheyAreBelieved() throws Exception {
        journal.write(ONE, 1, 3);
        failToWrite(ONE, 4, 6);
        kill();
        assertThat(journal.last(ONE)).isEqualTo(6);
        journal.write(TWO, 1, 1);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 6, 50));
        assertThat(journal.read(TWO, 1)).hasSize(1);
    }

    @Test
    void aCutWhoseSyncFailedIsDurableOnceItIsBelieved() throws Exception {
        journal.write(ONE, 1, 6);
        journal.disk.failForceIn(0);
        journal.oplog.truncate(ONE, 5, new Appended());
        journal.oplog.step();
        kill();
        assertThat(journal.last(ONE)).isEqualTo(5);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 5, 50));
    }

    @Test
    void aPromiseAndADropWhoseSyncFailedAreDurableOnceTheyAreBelieved() throws Exception {
        journal.write(ONE, 1, 3);
        journal.write(TWO, 1, 3);
        journal.disk.failForceIn(0);
        journal.oplog.promise(ONE, 9, new Appended());
        journal.oplog.drop(TWO, new Appended());
        journal.oplog.step();
        kill();
        assertThat(journal.oplog.tail(ONE).orElseThrow().promisedEpoch()).isEqualTo(9);
        assertThat(journal.oplog.dropped()).containsExactly(TWO);
        journal.restart();

        assertThat(journal.oplog.tail(ONE).orElseThrow().promisedEpoch()).isEqualTo(9);
        assertThat(journal.oplog.dropped()).containsExactly(TWO);
    }

    @Test
    void theEndIsNotAnsweredFromWhenItCannotBeWrittenAnew() throws Exception {
        journal.write(ONE, 1, 3);
        failToWrite(ONE, 4, 6);
        journal.disk.kill();
        journal.disk.failForceIn(0);
        assertThat(openFails()).isTrue();
        kill();
        assertThat(journal.last(ONE)).isEqualTo(6);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.last(ONE)).isEqualTo(6);
    }

    @Test
    void aPowerCutAtAnyMomentOfAnOpeningTakesNothingThatWasAnswered() throws Exception {
        for (int cut = 0; opensWithoutPowerAfter(cut); cut++) {
            assertThat(journal.oplog.corrupted()).isEmpty();
            assertThat(journal.read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 6, 50));
            assertThat(journal.disk.list()).noneMatch(name -> name.startsWith("copy-"));
        }
    }

    /** False when the opening was over before the power went. */
    private boolean opensWithoutPowerAfter(int operations) throws IOException {
        journal = new JournalOnDisk();
        journal.write(ONE, 1, 3);
        journal.write(ONE, 4, 6);
        journal.disk.kill();
        journal.disk.cutPowerIn(operations);
        boolean cut = openFails();
        journal.disk.crash();
        journal.open();
        return cut;
    }

    /** One of them is that of the checkpoint by which all that is before it may be freed. */
    @Test
    void aFailedSyncTakesNothingThatWasDurableWhicheverItIs() throws Exception {
        boolean rolled = false;
        for (int groups = 1; !rolled; groups++) {
            journal = new JournalOnDisk();
            journal.request(end -> journal.oplog.promise(TWO, 7, end));
            for (int i = 1; i <= groups; i++) {
                journal.group(Entries.writes(ONE, i, i, 2_000));
            }
            journal.oplog.release(ONE, groups);
            String file = journal.lastFrame().file();
            journal.disk.failForceIn(0);
            journal.oplog.append(
                    Entries.writes(ONE, groups + 1, groups + 1, 2_000), new Appended());
            journal.oplog.step();
            journal.oplog.step(); // the housekeeping goes on while the process ends
            rolled = !journal.lastFrame().file().equals(file);
            journal.restart();

            assertThat(journal.oplog.corrupted()).isEmpty();
            assertThat(journal.last(ONE)).isEqualTo(groups);
            assertThat(journal.oplog.tail(TWO).orElseThrow().promisedEpoch()).isEqualTo(7);
        }
    }

    @Test
    void aFullDiskGetsTheLastFrameInItsPlace() throws Exception {
        journal.write(ONE, 1, 3);
        failToWrite(ONE, 4, 6);
        journal.disk.capacity(0);
        kill();
        assertThat(journal.oplog.condition()).isEqualTo(Oplog.Condition.DISK_FULL);
        assertThat(journal.last(ONE)).isEqualTo(6);
        journal.disk.crash();
        journal.disk.capacity(16 << 20);
        journal.open();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 6, 50));
    }

    @Test
    void aFullDiskGetsAPromiseAndADropInTheirPlace() throws Exception {
        journal.write(ONE, 1, 3);
        journal.write(TWO, 1, 3);
        journal.disk.failForceIn(0);
        journal.oplog.promise(ONE, 9, new Appended());
        journal.oplog.drop(TWO, new Appended());
        journal.oplog.step();
        journal.disk.capacity(0);
        kill();
        assertThat(journal.oplog.condition()).isEqualTo(Oplog.Condition.DISK_FULL);
        assertThat(journal.oplog.tail(ONE).orElseThrow().promisedEpoch()).isEqualTo(9);
        assertThat(journal.oplog.dropped()).containsExactly(TWO);
        journal.disk.crash();
        journal.disk.capacity(16 << 20);
        journal.open();

        assertThat(journal.oplog.tail(ONE).orElseThrow().promisedEpoch()).isEqualTo(9);
        assertThat(journal.oplog.dropped()).containsExactly(TWO);
    }

    @Test
    void nothingIsWrittenAnewBehindAMarker() throws Exception {
        journal.write(ONE, 1, 3);
        journal.idle();
        journal.disk.clearTrace();
        kill();

        assertThat(journal.disk.trace())
                .noneMatch(event -> event.kind() == Kind.RENAME)
                .filteredOn(event -> event.kind() == Kind.CREATE)
                .hasSize(1);
    }

    private void failToWrite(TabletId tablet, long from, long to) {
        journal.disk.failForceIn(0);
        journal.oplog.append(Entries.writes(tablet, from, to, 50), new Appended());
        journal.oplog.step();
        assertThat(journal.oplog.condition()).isEqualTo(Oplog.Condition.FAILED);
    }

    /** The process dies, and the machine lives on. */
    private void kill() throws IOException {
        journal.disk.kill();
        journal.open();
    }

    private boolean openFails() {
        try {
            journal.open();
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
