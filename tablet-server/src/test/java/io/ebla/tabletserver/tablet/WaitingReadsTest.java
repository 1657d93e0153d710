package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.store.CrashableTabletStores;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reads that wait, and what happens meanwhile: writes are taken back (W3, W5), disks fail (W7). */
class WaitingReadsTest {

    /** Each write is a group of its own, and none waits for the sync of another. */
    private static final TabletSettings MANY_GROUPS =
            new TabletSettings(
                    10_000, 64L << 20, 1024, 4L << 20, 16, 10_000, 86_400_000L, 100, 1000, 100);

    private final LocalGroup group = new LocalGroup(67, 3);
    private final GroupNode master = group.serve();
    private final List<GroupNode> slaves =
            group.nodes().stream().filter(node -> node != master).toList();

    private Position written(String pk, String value) {
        WriteResult result = group.await(master.put(pk, value)).result();
        assertThat(result.outcome()).isEqualTo(Outcome.COMMITTED);
        return result.position();
    }

    // ---------------------------------------------------------------- W3, W5

    /** A write that both slaves have and have not synced, and that is to be taken back soon. */
    private Answers<WriteResult> revertable(String pk, String value) {
        slaves.forEach(slave -> slave.syncsHeld = true);
        Answers<WriteResult> write =
                master.write(
                        new WriteRequest(
                                List.of(put(pk, value)),
                                WriteRequest.QUORUM,
                                true,
                                group.deadline(master, 300),
                                "",
                                null,
                                null));
        group.run(20);
        return write;
    }

    /** It is being taken back by an entry that only the master has. */
    private void takesBack(String pk) {
        slaves.forEach(slave -> group.cut(master, slave));
        assertThat(
                        group.runUntil(
                                () ->
                                        master.tablet()
                                                        .parts()
                                                        .overlay()
                                                        .pendingRevert(RowKey.of(pk))
                                                > 0,
                                1_000))
                .isTrue();
    }

    /** The write itself gets its quorum, and is applied. */
    private void isApplied() {
        long before = master.tablet().pipeline().applied().index();
        slaves.forEach(slave -> slave.syncsHeld = false);
        assertThat(
                        group.runUntil(
                                () -> master.tablet().pipeline().applied().index() > before, 1_000))
                .isTrue();
    }

    @Test
    void aGetIsNotShownWhatIsBeingTakenBackUnderALaterWrite() {
        written("a", "old");
        Answers<WriteResult> revertable = revertable("a", "taken back");
        Answers<ReadResult> before = master.get("a");
        takesBack("a");
        Answers<WriteResult> later = master.put("a", "later");
        group.run(10);
        isApplied();
        Answers<ReadResult> after = master.get("a");
        group.run(10);
        assertThat(before.given()).as("answered while the revert is pending").isFalse();
        group.heal();
        assertThat(group.value(before)).get().isIn("old", "later");
        assertThat(group.value(after)).contains("later");
        assertThat(group.await(revertable).failure().outcome()).contains(Outcome.REVERTED);
        assertThat(group.await(later).result().outcome()).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void aRowThatWasAbsentIsNotShownWhileItsWriteIsTakenBackUnderALaterDelete() {
        Answers<WriteResult> revertable = revertable("a", "taken back");
        Answers<ReadResult> before = master.get("a");
        takesBack("a");
        Answers<WriteResult> later =
                master.write(master.request(WriteRequest.QUORUM, SimulatedTablet.delete("a")));
        group.run(10);
        isApplied();
        group.run(10);
        assertThat(before.given()).as("answered while the revert is pending").isFalse();
        group.heal();
        assertThat(group.value(before)).isEmpty();
        assertThat(group.await(revertable).failure().outcome()).contains(Outcome.REVERTED);
        assertThat(group.await(later).result().outcome()).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void onceTheRevertIsAppliedNobodyWaitsForItAgain() {
        written("a", "old");
        Answers<WriteResult> revertable = revertable("a", "taken back");
        takesBack("a");
        master.put("a", "later");
        isApplied();
        group.heal();
        group.await(revertable);
        assertThat(group.value(master.get("a"))).contains("later");
        assertThat(master.tablet().parts().overlay().pendingRevert(RowKey.of("a"))).isZero();
        written("a", "last");
        assertThat(group.value(master.get("a"))).contains("last");
    }

    /** A write to a tablet that is alone, to be taken back if its sync takes longer. */
    private static Answers<WriteResult> revertable(SimulatedTablet alone, String pk, long millis) {
        return alone.write(
                new WriteRequest(
                        List.of(put(pk, "taken back")),
                        WriteRequest.QUORUM,
                        true,
                        alone.clock.monotonicNanos() + millis * Timeline.MILLI,
                        "",
                        null,
                        null));
    }

    private static void syncOne(SimulatedTablet alone) {
        alone.oplog.syncOne();
        alone.settle();
    }

    @Test
    void aScanThatWaitedForOneRevertWaitsForTheNext() {
        SimulatedTablet alone =
                new SimulatedTablet(new CrashableTabletStores(), MANY_GROUPS).open().serve();
        alone.written(put("a", "old"), put("b", "old"));
        alone.write(put("c", "before"));
        Answers<TabletScan> scan = alone.scan();
        Answers<WriteResult> first = revertable(alone, "a", 500);
        Answers<WriteResult> next = revertable(alone, "b", 600);
        alone.pass(500);
        syncOne(alone);
        assertThat(scan.given()).as("answered while the first revert is pending").isFalse();
        alone.pass(100);
        assertThat(alone.oplog.queuedAppends()).as("two writes and their reverts").isEqualTo(4);
        for (int i = 0; i < 3; i++) {
            syncOne(alone);
        }
        assertThat(first.failure().outcome()).contains(Outcome.REVERTED);
        assertThat(scan.given()).as("answered while the next revert is pending").isFalse();
        syncOne(alone);
        assertThat(next.failure().outcome()).contains(Outcome.REVERTED);
        assertThat(SimulatedTablet.rows(scan.result()).stream().map(SimulatedTablet::text))
                .containsExactly("old", "old", "before");
    }

    @Test
    void aScanDoesNotWaitForARevertThatWasNeverWritten() {
        SimulatedTablet alone =
                new SimulatedTablet(new CrashableTabletStores(), MANY_GROUPS).open().serve();
        alone.written(put("a", "old"));
        Answers<WriteResult> write = revertable(alone, "a", 500);
        alone.pass(500);
        assertThat(alone.oplog.queuedAppends()).as("a write and its revert").isEqualTo(2);
        syncOne(alone);
        alone.oplog.failUnwritten(new EblaException(ErrorCode.DISK_FULL, "no room"));
        alone.settle();
        assertThat(write.given()).isTrue();
        Answers<TabletScan> scan = alone.scan();
        alone.settle();
        assertThat(SimulatedTablet.rows(scan.result())).hasSize(1);
    }

    // ---------------------------------------------------------------- W7

    /** A position that this slave has not reached. */
    private Position beyond(GroupNode slave) {
        group.isolate(slave);
        return written("a", "new");
    }

    /** What it is sent next cannot be synced. */
    private void itsDiskFails(GroupNode slave) {
        slave.disk().failForceIn(0);
        group.heal();
        assertThat(group.runUntil(() -> slave.state() == TabletState.DISK_FAILED, 1_000)).isTrue();
    }

    @Test
    void aWaitingSessionIsNotAnsweredBehindItsTokenWhenTheDiskFails() {
        written("a", "old");
        group.run(500);
        GroupNode slave = slaves.get(0);
        Answers<ReadResult> session = slave.get("a", ReadLevel.SESSION, beyond(slave));
        group.run(50);
        assertThat(session.given()).as("it waits for its token").isFalse();
        itsDiskFails(slave);
        assertThat(group.await(session).failure().code()).isEqualTo(ErrorCode.DISK_FAILED);
    }

    @Test
    void aSessionThatComesToAFailedDiskIsToldSoUnlessItsTokenIsReached() {
        Position reached = written("a", "old");
        group.run(500);
        GroupNode slave = slaves.get(0);
        Position beyond = beyond(slave);
        itsDiskFails(slave);
        assertThat(group.await(slave.get("a", ReadLevel.SESSION, beyond)).failure().code())
                .isEqualTo(ErrorCode.DISK_FAILED);
        Position later = written("a", "newer");
        assertThat(group.await(slave.get("a", ReadLevel.SESSION, later)).failure().code())
                .as("it is no master, and others have longer logs")
                .isEqualTo(ErrorCode.DISK_FAILED);
        assertThat(group.value(slave.get("a", ReadLevel.SESSION, reached))).contains("old");
        assertThat(group.value(slave.get("a", ReadLevel.LOCAL, null))).contains("old");
    }

    @Test
    void aStrongReadThatWaitsIsAnsweredWithWhatIsAppliedWhenTheDiskFails() {
        written("a", "old");
        slaves.forEach(slave -> slave.syncsHeld = true);
        Answers<WriteResult> write = master.put("a", "new");
        group.run(20);
        Answers<ReadResult> read = master.get("a");
        master.disk().failForceIn(0);
        master.put("b", "new");
        assertThat(group.runUntil(() -> master.state() == TabletState.DISK_FAILED, 1_000)).isTrue();
        assertThat(group.value(read)).contains("old");
        assertThat(group.await(write).failure().outcome().orElseThrow())
                .isIn(Outcome.UNKNOWN, Outcome.ACCEPTED);
    }

    @Test
    void aMasterWhoseDiskFailsDoesNotShowWhatIsBeingTakenBack() {
        written("a", "old");
        Answers<WriteResult> revertable = revertable("a", "taken back");
        takesBack("a");
        isApplied();
        Answers<ReadResult> before = master.get("a");
        master.disk().failForceIn(0);
        master.put("b", "new");
        assertThat(group.runUntil(master::diskFailed, 1_000)).isTrue();
        assertThat(group.await(before).failure().code()).isEqualTo(ErrorCode.DISK_FAILED);
        assertThat(group.await(master.get("a")).succeeded()).isFalse();
        assertThat(group.await(revertable).failure().outcome()).contains(Outcome.UNKNOWN);
    }
}
