package io.ebla.tabletserver.oplog;

import static io.ebla.tabletserver.oplog.OplogCutContract.unhinted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.oplog.JournalOnDisk.Place;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Cuts and restarts that were lost, or that stand behind damage: entries that were cut never come back in
 * silence, and what a restart left behind does not matter any more.
 */
class JournalCutCorruptionTest {

    private static final TabletId ONE = new TabletId(1);
    private static final TabletId TWO = new TabletId(2);

    private JournalOnDisk journal;

    @BeforeEach
    void open() throws Exception {
        journal = new JournalOnDisk();
        journal.write(TWO, 1, 3);
        journal.group(unhinted(1, 5));
    }

    @Test
    void cutsAndRestartsSurviveInTheirOrder() throws Exception {
        journal.truncate(ONE, 3);
        journal.group(List.of(unhinted(2, 4, 1), unhinted(2, 5, 2)));
        journal.restart();
        List<LogEntry> now = new ArrayList<>(unhinted(1, 3));
        now.addAll(List.of(unhinted(2, 4, 1), unhinted(2, 5, 2)));
        assertThat(journal.read(ONE, 1)).isEqualTo(now);

        journal.truncate(ONE, 4);
        journal.restart();
        assertThat(journal.read(ONE, 1)).isEqualTo(now.subList(0, 4));
        journal.restart(ONE, 5, 90);
        journal.restart();
        assertThat(journal.oplog.tail(ONE)).contains(new Oplog.Tail(5, 90, 5, 90, 91));
        journal.group(List.of(unhinted(5, 91, 5)));
        journal.restart();
        assertThat(journal.read(ONE, 91)).hasSize(1);
        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.read(TWO, 1)).hasSize(3);
    }

    @Test
    void aLostTruncationIsCorruption() throws Exception {
        Place cut = journal.truncate(ONE, 3);
        journal.idle();
        journal.damageHeader(cut);
        journal.restart();
        assertCorrupted();
    }

    @Test
    void aTruncationWhoseRecordAloneIsDamagedIsCorruption() throws Exception {
        Place cut = journal.truncate(ONE, 3);
        journal.idle();
        journal.damagePayload(cut, RecordCodec.marksBytes(1) + RecordCodec.HEADER + 20);
        journal.restart();
        assertCorrupted();
    }

    @Test
    void aTruncationThatTheNextEntriesHideIsCorruption() throws Exception {
        Place cut = journal.truncate(ONE, 3);
        journal.group(List.of(unhinted(2, 4, 1), unhinted(2, 5, 2)));
        journal.damageHeader(cut);
        journal.restart();
        assertCorrupted();
    }

    @Test
    void entriesLostBehindATruncationAreCorruption() throws Exception {
        journal.truncate(ONE, 3);
        Place lost = journal.group(List.of(unhinted(2, 4, 1), unhinted(2, 5, 2)));
        journal.idle();
        journal.damageHeader(lost);
        journal.restart();
        assertCorrupted();
    }

    @Test
    void aTruncationAndWhatFollowedItLostTogetherAreToldByTheNextEntry() throws Exception {
        Place cut = journal.truncate(ONE, 3);
        Place lost = journal.group(List.of(unhinted(2, 4, 1), unhinted(2, 5, 2)));
        journal.write(TWO, 4, 4);
        journal.group(List.of(unhinted(2, 6, 2)));
        journal.wipe(cut);
        journal.wipe(lost);
        journal.restart();
        assertCorrupted();
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
    }

    @Test
    void aTruncationThatFollowsAHoleShowsTheLogWholeWhenItEndsInTheSameEntry() throws Exception {
        Place first = journal.write(TWO, 4, 4);
        Place second = journal.write(TWO, 5, 5);
        journal.idle();
        journal.truncate(ONE, 3);
        journal.wipe(first);
        journal.wipe(second);
        journal.restart();

        assertThat(journal.oplog.corrupted()).containsExactly(TWO);
        assertThat(journal.read(ONE, 1)).isEqualTo(unhinted(1, 3));
    }

    @Test
    void aTornTruncationNeverHappened() throws Exception {
        Place cut = journal.truncate(ONE, 3);
        journal.damagePayload(cut, 10);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.read(ONE, 1)).isEqualTo(unhinted(1, 5));
    }

    @Test
    void aLostRestartIsCorruption() throws Exception {
        Place cut = journal.restart(ONE, 3, 100);
        journal.group(List.of(unhinted(3, 101, 3)));
        journal.damageHeader(cut);
        journal.restart();
        assertCorrupted();
    }

    @Test
    void aLostRestartOfATabletNeverHeardOfIsCorruption() throws Exception {
        TabletId three = new TabletId(3);
        Place cut = journal.request(end -> journal.oplog.restart(three, 3, 100, end));
        journal.idle();
        journal.damageHeader(cut);
        journal.restart();
        assertThat(journal.oplog.corrupted()).containsExactly(three);
    }

    @Test
    void whatARestartLeftBehindMayBeLost() throws Exception {
        Place left = journal.group(List.of(unhinted(1, 6, 1)));
        journal.write(TWO, 4, 4);
        journal.restart(ONE, 3, 100);
        journal.damageHeader(left);
        journal.restart();

        assertThat(journal.oplog.corrupted()).isEmpty();
        assertThat(journal.oplog.tail(ONE)).contains(new Oplog.Tail(3, 100, 3, 100, 101));
    }

    @Test
    void whatARestartKeptMayNotBeLost() throws Exception {
        Place kept = journal.group(List.of(unhinted(1, 6, 1)));
        journal.write(TWO, 4, 4);
        journal.restart(ONE, 1, 4);
        journal.damageHeader(kept);
        journal.restart();
        assertCorrupted();
    }

    /** What is not told as corrupted is as it was. */
    @Test
    void everyDamagedByteOfACutIsHarmlessOrTold() throws Exception {
        TabletId three = new TabletId(3);
        List<Place> frames =
                List.of(
                        journal.truncate(ONE, 3),
                        journal.group(List.of(unhinted(2, 4, 1))),
                        journal.request(end -> journal.oplog.restart(three, 3, 100, end)),
                        journal.restart(ONE, 2, 40));
        journal.idle();
        for (Place frame : frames) {
            for (long at = frame.at(); at < frame.at() + 300; at++) {
                journal.disk.flip(frame.file(), at, (int) (at % 8));
                assertHarmlessOrTold(JournalRecovery.recover(journal.disk));
                journal.disk.flip(frame.file(), at, (int) (at % 8));
            }
        }
    }

    private void assertHarmlessOrTold(JournalRecovery.Recovered recovered) {
        assertThat(recovered.logs()).hasSize(3);
        recovered.logs().values().stream()
                .filter(log -> !log.corrupted())
                .forEach(
                        log ->
                                assertThat(log.tail())
                                        .isEqualTo(journal.oplog.tail(log.tablet()).orElseThrow()));
    }

    private void assertCorrupted() {
        assertThat(journal.oplog.corrupted()).containsExactly(ONE);
        assertThatThrownBy(() -> journal.read(ONE, 1))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPTED));
    }
}
