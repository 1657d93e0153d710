package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.LogEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every oplog does, whatever it keeps its entries on. */
abstract class OplogContract {

    static final TabletId ONE = new TabletId(1);
    static final TabletId TWO = new TabletId(2);

    Oplog oplog;

    /** A new, empty oplog whose queue takes this many entries. */
    abstract Oplog open(int queueEntries) throws Exception;

    @BeforeEach
    void open() throws Exception {
        oplog = open(1_000);
    }

    @AfterEach
    void close() {
        oplog.close();
    }

    @Test
    void aTabletNeverHeardOfHasNoTail() {
        assertThat(oplog.tail(ONE)).isEmpty();
        assertThat(read(ONE, 1)).isEmpty();
        assertThat(oplog.condition()).isEqualTo(Oplog.Condition.OPEN);
        assertThat(oplog.corrupted()).isEmpty();
        assertThat(oplog.forgetful()).isFalse();
    }

    @Test
    void whatIsDurableIsReadBackInOrder() {
        append(Entries.writes(ONE, 1, 5, 100));
        append(Entries.writes(TWO, 1, 3, 10));
        append(Entries.writes(ONE, 6, 9, 100));

        List<LogEntry> all = Entries.writes(ONE, 1, 9, 100);
        assertThat(read(ONE, 1)).isEqualTo(all);
        assertThat(read(ONE, 4)).isEqualTo(all.subList(3, 9));
        assertThat(read(ONE, 10)).isEmpty();
        assertThat(read(TWO, 1)).isEqualTo(Entries.writes(TWO, 1, 3, 10));
        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(1, 9, 1, 8, 1));
        assertThat(oplog.tail(TWO)).contains(new Oplog.Tail(1, 3, 1, 2, 1));
    }

    @Test
    void listenersAreCalledInTheOrderOfAppends() {
        List<Integer> calls = Collections.synchronizedList(new ArrayList<>());
        for (int i = 1; i <= 200; i++) {
            int number = i;
            oplog.append(
                    Entries.writes(ONE, i, i, 10),
                    new Oplog.AppendListener() {
                        @Override
                        public void durable() {
                            calls.add(number);
                        }

                        @Override
                        public void failed(RuntimeException cause) {
                            calls.add(-number);
                        }
                    });
        }
        append(Entries.writes(ONE, 201, 201, 10));

        assertThat(calls).hasSize(200).isSorted().startsWith(1);
    }

    @Test
    void anAppendFromAListenerIsTaken() {
        Appended second = new Appended();
        oplog.append(
                Entries.writes(ONE, 1, 1, 10),
                new Oplog.AppendListener() {
                    @Override
                    public void durable() {
                        oplog.append(Entries.writes(ONE, 2, 2, 10), second);
                    }

                    @Override
                    public void failed(RuntimeException cause) {
                        second.failed(cause);
                    }
                });
        second.await();

        assertThat(read(ONE, 1)).hasSize(2);
    }

    @Test
    void afterAPromiseNoLowerEpochIsTaken() {
        append(Entries.writes(ONE, 1, 2, 10));
        promise(ONE, 5);

        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(1, 2, 5, 1, 1));
        assertThatThrownBy(() -> append(Entries.writes(ONE, 3, 3, 10)))
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.NO_MASTER);
                            assertThat(e.outcome()).contains(Outcome.NOT_APPLIED);
                        });
        append(List.of(Entries.epochStart(ONE, 5, 3, 1)));
        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(5, 3, 5, 2, 1));
    }

    @Test
    void aLowerPromiseIsAlreadyKept() {
        promise(ONE, 5);
        promise(ONE, 3);

        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(0, 0, 5, 0, 1));
    }

    @Test
    void entriesThatDoNotFollowAreABrokenInvariant() {
        append(Entries.writes(ONE, 1, 2, 10));

        assertThatThrownBy(() -> append(Entries.writes(ONE, 4, 4, 10)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> append(Entries.writes(ONE, 2, 2, 10)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> append(List.of(Entries.write(ONE, 3, 3, 2, 10))))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(
                        () ->
                                oplog.append(
                                        List.of(
                                                Entries.write(ONE, 1, 3, 1, 1),
                                                Entries.write(TWO, 1, 1, 0, 1)),
                                        new Appended()))
                .isInstanceOf(IllegalArgumentException.class);
        append(Entries.writes(ONE, 3, 3, 10));
        assertThat(read(ONE, 1)).hasSize(3);
    }

    @Test
    void aDroppedTabletIsForgottenAndMayBeginAnew() {
        append(Entries.writes(ONE, 1, 7, 10));
        append(Entries.writes(TWO, 1, 1, 10));
        drop(ONE);

        assertThat(oplog.tail(ONE)).isEmpty();
        assertThat(read(ONE, 1)).isEmpty();
        assertThat(oplog.dropped()).containsExactly(ONE);
        append(Entries.writes(ONE, 1, 2, 30));
        assertThat(oplog.dropped()).isEmpty();
        assertThat(read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 2, 30));
        assertThat(read(TWO, 1)).hasSize(1);
    }

    @Test
    void aTabletThatBeginsIsNoDroppedOneAnyMore() {
        append(Entries.writes(ONE, 1, 7, 10));
        drop(ONE);
        begin(ONE);
        assertThat(oplog.dropped()).isEmpty();
        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(0, 0, 0, 0, 1));
        assertThat(read(ONE, 1)).isEmpty();

        append(Entries.writes(ONE, 1, 2, 30));
        begin(ONE);
        assertThat(read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 2, 30));
    }

    @Test
    void aDropOutlivesALateReleaseAndIsForgottenWhenTheFilesAreGone() {
        append(Entries.writes(ONE, 1, 7, 10));
        oplog.forgetDropped(ONE);
        assertThat(oplog.tail(ONE)).isPresent();
        drop(ONE);
        oplog.release(ONE, 7);
        assertThat(oplog.dropped()).containsExactly(ONE);

        oplog.forgetDropped(ONE);
        assertThat(oplog.dropped()).isEmpty();
        assertThat(oplog.tail(ONE)).isEmpty();
    }

    @Test
    void aTabletFoundCorruptedElsewhereDoesNotPin() {
        append(Entries.writes(ONE, 1, 7, 10));
        oplog.corrupt(ONE);
        oplog.corrupt(TWO);

        assertThat(oplog.pinningOldest()).isEmpty();
        assertThat(oplog.corrupted()).containsExactly(ONE);
        drop(ONE);
        assertThat(oplog.corrupted()).isEmpty();
    }

    @Test
    void aReleasedTabletDoesNotPin() {
        append(Entries.writes(ONE, 1, 7, 10));
        oplog.release(ONE, 7);

        assertThat(oplog.pinningOldest()).isEmpty();
        assertThat(oplog.tail(ONE).orElseThrow().lastIndex()).isEqualTo(7);
    }

    @Test
    void aFullQueueRefusesAtOnceAndTakesMoreLater() throws Exception {
        oplog.close();
        oplog = open(100);
        List<Appended> taken = new ArrayList<>();
        EblaException refusal = null;
        long index = 1;
        while (refusal == null) {
            try {
                Appended end = new Appended();
                oplog.append(Entries.writes(ONE, index, index + 49, 1), end);
                taken.add(end);
                index += 50;
            } catch (EblaException e) {
                refusal = e;
            }
        }
        assertThat(refusal.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(refusal.outcome()).contains(Outcome.NOT_APPLIED);
        assertThat(refusal.retryAfterMillis()).isPresent();
        taken.forEach(Appended::await);
        append(Entries.writes(ONE, index, index, 1));
        assertThat(read(ONE, 1)).hasSize((int) index);
    }

    @Test
    void closingAnswersWhatIsQueuedAndRefusesTheRest() {
        List<Appended> ends = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            Appended end = new Appended();
            ends.add(end);
            oplog.append(Entries.writes(ONE, i, i, 10), end);
        }
        oplog.close();

        assertThat(ends).allMatch(Appended::isDurable);
        assertThat(oplog.condition()).isEqualTo(Oplog.Condition.CLOSED);
        assertThatThrownBy(() -> append(Entries.writes(ONE, 101, 101, 10)))
                .isInstanceOf(EblaException.class);
        oplog.close();
    }

    @Test
    void manyProducersShareOneLogWithoutLoss() throws Exception {
        List<Thread> producers = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int t = 1; t <= 8; t++) {
            TabletId tablet = new TabletId(t);
            Thread producer = new Thread(() -> produce(tablet, 200));
            producer.setUncaughtExceptionHandler((thread, e) -> failures.add(e));
            producers.add(producer);
            producer.start();
        }
        for (Thread producer : producers) {
            producer.join();
        }
        assertThat(failures).isEmpty();
        for (int t = 1; t <= 8; t++) {
            TabletId tablet = new TabletId(t);
            assertThat(read(tablet, 1)).isEqualTo(Entries.writes(tablet, 1, 200, 20));
        }
    }

    private void produce(TabletId tablet, int count) {
        Appended last = null;
        for (int i = 1; i <= count; i++) {
            last = new Appended();
            oplog.append(Entries.writes(tablet, i, i, 20), last);
            if (i % 20 == 0) {
                last.await();
            }
        }
        last.await();
    }

    void append(List<LogEntry> entries) {
        Appended end = new Appended();
        oplog.append(entries, end);
        end.await();
    }

    void promise(TabletId tablet, long epoch) {
        Appended end = new Appended();
        oplog.promise(tablet, epoch, end);
        end.await();
    }

    private void begin(TabletId tablet) {
        Appended end = new Appended();
        oplog.begin(tablet, end);
        end.await();
    }

    void drop(TabletId tablet) {
        Appended end = new Appended();
        oplog.drop(tablet, end);
        end.await();
    }

    List<LogEntry> read(TabletId tablet, long from) {
        List<LogEntry> entries = new ArrayList<>();
        oplog.replay(tablet, from, entries::add);
        return entries;
    }
}
