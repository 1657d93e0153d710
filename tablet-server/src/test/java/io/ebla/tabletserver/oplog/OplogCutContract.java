package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.LogEntry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every oplog does when a log is cut (E6) or restarted (L5). */
abstract class OplogCutContract extends OplogContract {

    @Test
    void whatWasTruncatedIsGoneAndTheIndexIsTakenAnew() {
        append(unhinted(1, 5));
        truncate(3);

        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(1, 3, 1, 0, 1));
        assertThat(read(ONE, 1)).isEqualTo(unhinted(1, 3));
        LogEntry fourth = Entries.write(ONE, 2, 4, 1, 10);
        append(List.of(fourth));
        assertThat(read(ONE, 4)).containsExactly(fourth);
        assertThat(oplog.tail(ONE).orElseThrow().lastEpoch()).isEqualTo(2);
    }

    @Test
    void aLogIsCutAmongTheAppendsAndPromisesAroundIt() {
        List<Appended> ends = new ArrayList<>();
        oplog.append(unhinted(1, 4), end(ends));
        oplog.truncate(ONE, 2, end(ends));
        oplog.append(List.of(unhinted(2, 3, 1)), end(ends));
        oplog.promise(ONE, 7, end(ends));
        oplog.truncate(ONE, 1, end(ends));
        oplog.append(List.of(unhinted(7, 2, 1)), end(ends));
        oplog.truncate(ONE, 0, end(ends));
        oplog.append(List.of(unhinted(7, 1, 0)), end(ends));
        ends.forEach(Appended::await);

        assertThat(read(ONE, 1)).containsExactly(unhinted(7, 1, 0));
        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(7, 1, 7, 0, 1));
    }

    @Test
    void aLogOfSeveralEpochsKnowsTheEpochOfWhereItIsCut() {
        append(unhinted(1, 3));
        append(List.of(unhinted(4, 4, 1), unhinted(4, 5, 4)));
        append(List.of(unhinted(6, 6, 4)));
        truncate(5);
        assertThat(oplog.tail(ONE).orElseThrow().lastEpoch()).isEqualTo(4);
        truncate(2);
        assertThat(oplog.tail(ONE).orElseThrow().lastEpoch()).isEqualTo(1);
        assertThat(oplog.tail(ONE).orElseThrow().promisedEpoch()).isEqualTo(6);
        append(List.of(unhinted(8, 3, 1)));
        assertThat(read(ONE, 1)).hasSize(3);
    }

    @Test
    void aLogThatEndsThereIsLeftAsItIs() {
        append(Entries.writes(ONE, 1, 5, 10));
        truncate(5);

        assertThat(read(ONE, 1)).hasSize(5);
        append(Entries.writes(ONE, 6, 6, 10));
    }

    @Test
    void whatIsCommittedOrReleasedOrMissingIsNotTruncated() {
        append(unhinted(1, 5));
        append(List.of(Entries.write(ONE, 1, 6, 1, 10)));
        assertThatThrownBy(() -> truncate(4)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> truncate(7)).isInstanceOf(IllegalStateException.class);
        append(unhinted(TWO, 1, 5));
        oplog.release(TWO, 4);
        Appended end = new Appended();
        oplog.truncate(TWO, 3, end);
        assertThatThrownBy(end::await).isInstanceOf(IllegalStateException.class);

        assertThat(oplog.tail(ONE).orElseThrow().lastIndex()).isEqualTo(6);
        assertThat(oplog.tail(TWO).orElseThrow().lastIndex()).isEqualTo(5);
    }

    @Test
    void aCorruptedLogIsNeitherCutNorRestarted() {
        append(unhinted(1, 5));
        oplog.corrupt(ONE);
        assertCorrupted(() -> truncate(3));
        assertCorrupted(() -> restart(2, 9));
    }

    @Test
    void aLogThatEndsBeforeARestartBeginsThere() {
        append(unhinted(1, 5));
        restart(3, 100);

        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(3, 100, 3, 100, 101));
        assertThat(read(ONE, 101)).isEmpty();
        assertThatThrownBy(() -> append(List.of(Entries.write(ONE, 3, 6, 1, 10))))
                .isInstanceOf(IllegalStateException.class);
        append(List.of(Entries.write(ONE, 3, 101, 3, 10)));
        assertThat(read(ONE, 101)).containsExactly(Entries.write(ONE, 3, 101, 3, 10));
        assertThat(oplog.pinningOldest()).isSubsetOf(ONE);
    }

    @Test
    void aTabletNeverHeardOfBeginsWhereItIsRestarted() {
        restart(3, 100);
        append(List.of(Entries.write(ONE, 4, 101, 3, 10)));

        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(4, 101, 4, 100, 101));
        assertThat(read(ONE, 101)).hasSize(1);
    }

    @Test
    void aRestartAtAnEntryThatTheLogHoldsKeepsWhatFollows() {
        append(unhinted(1, 5));
        restart(1, 3);

        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(1, 5, 1, 3, 4));
        assertThat(read(ONE, 4)).isEqualTo(unhinted(1, 5).subList(3, 5));
        append(List.of(unhinted(2, 6, 1)));
        assertThat(read(ONE, 4)).hasSize(3);
    }

    @Test
    void aRestartAtAnEntryOfAnotherEpochTakesWhatFollowsAway() {
        append(unhinted(1, 5));
        restart(2, 3);

        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(2, 3, 2, 3, 4));
        assertThat(read(ONE, 4)).isEmpty();
        append(List.of(unhinted(2, 4, 2)));
        assertThat(read(ONE, 4)).containsExactly(unhinted(2, 4, 2));
    }

    @Test
    void aRestartKeepsAHigherPromise() {
        promise(ONE, 9);
        restart(3, 100);
        assertThat(oplog.tail(ONE).orElseThrow().promisedEpoch()).isEqualTo(9);
    }

    @Test
    void aRestartThatContradictsTheLogIsABrokenInvariant() {
        append(Entries.writes(ONE, 1, 5, 10));
        assertThatThrownBy(() -> restart(2, 3)).isInstanceOf(IllegalStateException.class);
        restart(3, 100);
        append(List.of(Entries.write(ONE, 3, 101, 3, 10)));
        assertThatThrownBy(() -> restart(3, 50)).isInstanceOf(IllegalStateException.class);
        assertThat(oplog.tail(ONE).orElseThrow().lastIndex()).isEqualTo(101);
    }

    @Test
    void aDroppedTabletMayBeRestarted() {
        append(Entries.writes(ONE, 1, 5, 10));
        drop(ONE);
        restart(4, 50);

        assertThat(oplog.dropped()).isEmpty();
        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(4, 50, 4, 50, 51));
    }

    /** An append that was refused does not stand in the way of what follows a cut. */
    @Test
    void aCutEndsTheRefusalsBeforeIt() {
        append(unhinted(1, 3));
        promise(ONE, 5);
        assertThatThrownBy(() -> append(List.of(unhinted(1, 4, 1))))
                .isInstanceOf(EblaException.class);
        truncate(3);
        append(List.of(unhinted(5, 4, 1)));
        assertThat(read(ONE, 1)).hasSize(4);
    }

    private static void assertCorrupted(Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPTED));
    }

    private static Appended end(List<Appended> ends) {
        Appended end = new Appended();
        ends.add(end);
        return end;
    }

    void truncate(long lastIndexKept) {
        Appended end = new Appended();
        oplog.truncate(ONE, lastIndexKept, end);
        end.await();
    }

    void restart(long epoch, long index) {
        Appended end = new Appended();
        oplog.restart(ONE, epoch, index, end);
        end.await();
    }

    /** Writes of tablet ONE and epoch 1 that speak of nothing committed, so that they may be cut. */
    static List<LogEntry> unhinted(long from, long to) {
        return unhinted(ONE, from, to);
    }

    static List<LogEntry> unhinted(TabletId tablet, long from, long to) {
        return Entries.writes(tablet, from, to, 10).stream().map(Entries::unhinted).toList();
    }

    static LogEntry unhinted(long epoch, long index, long previousEpoch) {
        return Entries.unhinted(Entries.write(ONE, epoch, index, previousEpoch, 10));
    }
}
