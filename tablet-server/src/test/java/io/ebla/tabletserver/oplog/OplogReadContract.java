package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** How every oplog is read by those that replicate it, and takes what they were sent. */
abstract class OplogReadContract extends OplogCutContract {

    @Test
    void batchesAreTakenWithTheirBytes() {
        List<LogEntry> entries = Entries.writes(ONE, 1, 6, 100);
        LogBatch encoded = LogBatch.of(entries.subList(0, 3));
        encoded.encoded();
        appendBatch(encoded);
        appendBatch(LogBatch.decode(LogBatch.of(entries.subList(3, 5)).encoded().duplicate()));
        appendBatch(LogBatch.of(entries.subList(5, 6)));

        assertThat(read(ONE, 1)).isEqualTo(entries);
    }

    @Test
    void aReadGivesAsManyEntriesAsFitAndAtLeastOne() {
        List<LogEntry> entries = Entries.writes(ONE, 1, 9, 100);
        append(entries.subList(0, 4));
        append(Entries.writes(TWO, 1, 3, 100));
        append(entries.subList(4, 9));
        int three = entries.subList(2, 5).stream().mapToInt(EntryCodec::encodedSize).sum();

        assertThat(oplog.read(ONE, 3, three).entries()).isEqualTo(entries.subList(2, 5));
        assertThat(oplog.read(ONE, 3, three - 1).entries()).isEqualTo(entries.subList(2, 4));
        assertThat(oplog.read(ONE, 3, 1).entries()).isEqualTo(entries.subList(2, 3));
        assertThat(oplog.read(ONE, 1, 1 << 20).entries()).isEqualTo(entries);
        assertThat(oplog.read(ONE, 10, 1 << 20).isEmpty()).isTrue();
        assertThat(oplog.read(new TabletId(77), 1, 1).isEmpty()).isTrue();
        assertThat(oplog.read(ONE, 1, 1 << 20).encoded()).isEqualTo(LogBatch.of(entries).encoded());
    }

    @Test
    void aReadBelowTheFirstIndexTellsThatTheLogIsNotThere() {
        append(Entries.writes(ONE, 1, 5, 10));
        restart(1, 3);
        assertPositionLost(() -> oplog.read(ONE, 3, 100));
        assertThat(oplog.read(ONE, 4, 1 << 20).entries()).hasSize(2);
    }

    @Test
    void readsNeverGiveWhatWasTruncated() {
        append(unhinted(1, 5));
        append(List.of(unhinted(1, 6, 1), unhinted(1, 7, 1)));
        truncate(6);
        append(List.of(unhinted(2, 7, 1)));
        truncate(3);
        append(List.of(unhinted(3, 4, 1), unhinted(3, 5, 3), unhinted(3, 6, 3)));

        List<LogEntry> now = new ArrayList<>(unhinted(1, 3));
        now.addAll(List.of(unhinted(3, 4, 1), unhinted(3, 5, 3), unhinted(3, 6, 3)));
        assertThat(oplog.read(ONE, 1, 1 << 20).entries()).isEqualTo(now);
        assertThat(read(ONE, 1)).isEqualTo(now);
        assertThat(read(ONE, 5)).isEqualTo(now.subList(4, 6));
    }

    /** Truncated entries are of odd epochs, so that a reader knows one when it sees it. */
    @Test
    void whoReadsWhileALogIsCutAndFreedGetsItWholeOrIsTold() throws Exception {
        append(unhinted(1, 1));
        AtomicBoolean over = new AtomicBoolean();
        List<Throwable> failures = new ArrayList<>();
        Thread reader = new Thread(() -> readUntil(over));
        reader.setUncaughtExceptionHandler((thread, e) -> failures.add(e));
        reader.start();
        long index = 1;
        long epoch = 1;
        for (int round = 0; round < 300; round++) {
            long kept = index;
            append(
                    List.of(
                            unhinted(
                                    ++epoch,
                                    index + 1,
                                    oplog.tail(ONE).orElseThrow().lastEpoch())));
            append(List.of(unhinted(epoch, index + 2, epoch)));
            if (round % 3 == 0) {
                truncate(kept);
            } else {
                index += 2;
            }
            if (round % 20 == 19) {
                oplog.release(ONE, index - 10);
            }
        }
        over.set(true);
        reader.join();
        assertThat(failures).isEmpty();
        assertThat(oplog.corrupted()).isEmpty();
    }

    private void readUntil(AtomicBoolean over) {
        while (!over.get()) {
            long from = oplog.tail(ONE).orElseThrow().firstIndex();
            try {
                List<LogEntry> entries = oplog.read(ONE, from, 1 << 20).entries();
                for (int i = 0; i < entries.size(); i++) {
                    assertThat(entries.get(i).index()).isEqualTo(from + i);
                    if (i > 0) {
                        assertThat(entries.get(i).previousEpoch())
                                .isEqualTo(entries.get(i - 1).epoch());
                    }
                }
            } catch (EblaException told) {
                assertThat(told.code()).isIn(ErrorCode.NO_MASTER, ErrorCode.POSITION_LOST);
            }
        }
    }

    void appendBatch(LogBatch batch) {
        Appended end = new Appended();
        oplog.append(batch, end);
        end.await();
    }

    static void assertPositionLost(Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.POSITION_LOST));
    }
}
