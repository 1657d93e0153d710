package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.time.SystemClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The oplog with its threads on a simulated disk: held and failed syncs, one sync for many. */
class SegmentOplogSimulatedTest extends OplogReadContract {

    private final CountDownLatch failed = new CountDownLatch(1);
    private SimulatedDisk disk;

    @Override
    Oplog open(int queueEntries) throws Exception {
        return open(queueEntries, OplogSettings.defaults().idleMarkerMillis());
    }

    private Oplog open(int queueEntries, long idleMarkerMillis) throws Exception {
        disk = new SimulatedDisk(7, 64 << 20);
        return SegmentOplog.open(
                disk,
                OplogSettings.defaults()
                        .withSegmentBytes(1 << 20)
                        .withQueue(queueEntries, 1 << 20)
                        .withFreeSpace(0, 10)
                        .withIdleMarkerMillis(idleMarkerMillis),
                new SystemClock(),
                OplogObserver.NONE,
                failed::countDown);
    }

    @Test
    void nothingIsDurableWhileTheSyncIsHeldAndTheNextGroupGathers() throws Exception {
        append(Entries.writes(ONE, 1, 1, 10));
        disk.hold();
        Appended first = new Appended();
        oplog.append(Entries.writes(ONE, 2, 2, 10), first);
        disk.awaitHeld();
        List<Appended> others = new ArrayList<>();
        for (int i = 3; i <= 50; i++) {
            Appended end = new Appended();
            others.add(end);
            oplog.append(Entries.writes(ONE, i, i, 10), end);
        }
        assertThat(first.isOver()).isFalse();
        assertThat(oplog.tail(ONE).orElseThrow().lastIndex()).isEqualTo(1);
        assertThat(read(ONE, 1)).hasSize(1);
        disk.clearTrace();
        disk.letGo();
        others.forEach(Appended::await);

        long forces =
                disk.trace().stream()
                        .filter(event -> event.kind() == SimulatedDisk.Event.Kind.FORCE)
                        .count();
        assertThat(forces).as("the rest shared one sync, but for a marker").isBetween(1L, 2L);
        assertThat(read(ONE, 1)).hasSize(50);
    }

    @Test
    void aFailedSyncIsFinalAndReadsGoOn() throws Exception {
        oplog.close();
        oplog = open(1_000, TimeUnit.HOURS.toMillis(1)); // or a marker's sync may be the one held
        append(Entries.writes(ONE, 1, 5, 10));
        disk.hold();
        Appended inFlight = new Appended();
        oplog.append(Entries.writes(ONE, 6, 6, 10), inFlight);
        disk.awaitHeld();
        Appended queued = new Appended();
        oplog.append(Entries.writes(ONE, 7, 7, 10), queued);
        disk.failForceIn(0);
        disk.letGo();

        assertFailed(inFlight::await, Outcome.UNKNOWN);
        assertFailed(queued::await, Outcome.NOT_APPLIED);
        assertThat(failed.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(oplog.condition()).isEqualTo(Oplog.Condition.FAILED);
        assertFailed(() -> append(Entries.writes(ONE, 6, 6, 10)), Outcome.NOT_APPLIED);
        assertFailed(() -> promise(ONE, 4), Outcome.NOT_APPLIED);
        assertThat(oplog.tail(ONE).orElseThrow().lastIndex()).isEqualTo(5);
        assertThat(read(ONE, 1)).hasSize(5);
    }

    private static void assertFailed(Runnable call, Outcome outcome) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        EblaException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.DISK_FAILED);
                            assertThat(e.outcome()).contains(outcome);
                        });
    }
}
