package io.ebla.tabletserver.oplog;

import static io.ebla.tabletserver.oplog.OplogCutContract.unhinted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.LogBatch;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a follower's journal says when its disk is full or flips a bit: of that node's own log only. */
class FollowerDiskLuckTest {

    private static final TabletId ONE = new TabletId(1);
    private static final TabletId TWO = new TabletId(2);

    @Test
    void belowTheFloorAFollowersAppendsAreRefusedAndItsCutsAreTaken() throws Exception {
        JournalOnDisk journal = new JournalOnDisk();
        journal.oplog.close();
        journal.open(JournalOnDisk.SETTINGS.withFreeSpace(300 << 10, 1_000));
        journal.group(unhinted(1, 5));
        journal.disk.capacity(journal.disk.usedBytes() + (200 << 10));
        journal.oplog.step();
        assertThat(journal.oplog.condition()).isEqualTo(Oplog.Condition.DISK_FULL);

        LogBatch batch = LogBatch.of(List.of(unhinted(1, 6, 1)));
        assertThatThrownBy(() -> journal.oplog.append(batch, new Appended()))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.DISK_FULL);
                            assertThat(e.outcome()).contains(Outcome.NOT_APPLIED);
                        });
        journal.truncate(ONE, 3);
        journal.restart(TWO, 4, 70);
        journal.request(end -> journal.oplog.promise(ONE, 9, end));
        assertThat(journal.last(ONE)).isEqualTo(3);
        assertThat(journal.last(TWO)).isEqualTo(70);
        journal.disk.capacity(16 << 20);
        journal.oplog.step();
        journal.group(List.of(unhinted(9, 4, 1)));
        assertThat(journal.last(ONE)).isEqualTo(4);
    }

    @Test
    void aFlippedByteOnOneNodeTakesThatTabletThereAndNothingElse() throws Exception {
        JournalOnDisk follower = new JournalOnDisk();
        JournalOnDisk master = new JournalOnDisk();
        JournalOnDisk.Place struck = null;
        for (JournalOnDisk node : List.of(master, follower)) {
            node.write(TWO, 1, 3);
            struck = node.write(ONE, 1, 3);
            node.write(TWO, 4, 6);
        }
        follower.damagePayload(struck, RecordCodec.marksBytes(1) + RecordCodec.HEADER + 70);
        follower.restart();
        master.restart();

        assertThat(follower.oplog.corrupted()).containsExactly(ONE);
        assertThat(follower.read(TWO, 1)).hasSize(6);
        assertThat(master.oplog.corrupted()).isEmpty();
        assertThat(master.read(ONE, 1)).hasSize(3);
        assertThatThrownBy(
                        () ->
                                follower.oplog.append(
                                        LogBatch.of(Entries.writes(ONE, 4, 4, 50)), new Appended()))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPTED));
        assertThatThrownBy(() -> follower.oplog.read(ONE, 1, 1_000))
                .isInstanceOf(EblaException.class);
        follower.write(TWO, 7, 7);
    }
}
