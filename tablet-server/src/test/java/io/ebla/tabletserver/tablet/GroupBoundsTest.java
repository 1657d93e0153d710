package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.tabletserver.tablet.ReplicationFigures.FollowerFigures;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every queue of a replicated tablet has its bound, and past it the answer is {@code overloaded}. */
class GroupBoundsTest {

    private static final int BOUND = 40;

    private static final TabletSettings SMALL =
            new TabletSettings(BOUND, 1 << 20, 8, 1 << 20, 2, 5, 86_400_000L, 100, 1000, 100);

    private static final ReplicationSettings NARROW =
            new ReplicationSettings(
                    500, 100, 10, 10, 60_000, 20, 4 << 10, 1 << 10, 64L << 20, 200, 1_000, 2_000);

    private LocalGroup group;
    private GroupNode master;
    private List<GroupNode> slaves;

    private void serving(TabletSettings settings, ReplicationSettings replication) {
        group = new LocalGroup(31, 3, settings, replication);
        master = group.serve();
        slaves = group.nodes().stream().filter(node -> node != master).toList();
    }

    private WriteResult written(String pk, String value) {
        WriteResult result = group.await(master.put(pk, value)).result();
        assertThat(result.outcome()).isEqualTo(Outcome.COMMITTED);
        return result;
    }

    private static List<Answers<?>> overloaded(List<? extends Answers<?>> answers) {
        List<Answers<?>> refused = new ArrayList<>();
        for (Answers<?> answer : answers) {
            if (answer.given()
                    && !answer.succeeded()
                    && answer.failure().code() == ErrorCode.OVERLOADED) {
                refused.add(answer);
            }
        }
        return refused;
    }

    private long commitsIn(long millis, String prefix) {
        long until = group.nowNanos() + millis * 1_000_000;
        long written = 0;
        while (group.nowNanos() < until) {
            written(prefix + written % 50, "v");
            written++;
        }
        return written;
    }

    // ---------------------------------------------------------------- writes

    @Test
    void writesWithoutAQuorumFillTheOverlayAndThenTheMailboxAndNoMore() {
        serving(SMALL, NARROW);
        slaves.forEach(slave -> slave.syncsHeld = true);
        List<Answers<WriteResult>> answers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            answers.add(master.put("k" + i, "v"));
            group.run(1);
        }
        int entries = 4 * SMALL.groupOperations() + SMALL.groupOperations();
        assertThat(master.tablet().parts().overlay().size()).isLessThanOrEqualTo(entries);
        assertThat(master.tablet().parts().mailbox().operations()).isLessThanOrEqualTo(BOUND);
        assertThat(overloaded(answers)).hasSizeGreaterThanOrEqualTo(300 - entries - BOUND);
        for (Answers<?> refused : overloaded(answers)) {
            assertThat(refused.failure().outcome()).contains(Outcome.NOT_APPLIED);
            assertThat(refused.failure().retryAfterMillis()).isPresent();
        }
        slaves.forEach(slave -> slave.syncsHeld = false);
        answers.forEach(group::await);
        assertThat(written("after", "v").outcome()).isEqualTo(Outcome.COMMITTED);
    }

    @Test
    void writesThatWaitForAllCopiesAreBounded() {
        serving(SMALL, NARROW);
        GroupNode dead = slaves.get(0);
        group.isolate(dead);
        List<Answers<WriteResult>> answers = new ArrayList<>();
        for (int i = 0; i < 3 * BOUND; i++) {
            answers.add(
                    master.write(
                            new WriteRequest(
                                    List.of(put("k" + i, "v")),
                                    WriteRequest.ALL,
                                    group.deadline(master, 60_000),
                                    "",
                                    null,
                                    null)));
            group.run(5);
        }
        List<Answers<?>> refused = overloaded(answers);
        assertThat(refused).hasSizeBetween(BOUND, 2 * BOUND);
        assertThat(refused.get(0).failure().outcome()).contains(Outcome.NOT_APPLIED);
        group.heal();
        group.run(2_000);
        for (Answers<WriteResult> answer : answers) {
            if (!refused.contains(answer)) {
                assertThat(answer.result().replicas()).hasSize(3);
            }
        }
        assertThat(dead.rows()).hasSize(3 * BOUND - refused.size());
    }

    /** A repetition leaves the mailbox as soon as it has joined the first, and appends nothing. */
    @Test
    void repetitionsThatWaitForTheFirstAreBounded() {
        serving(SMALL, NARROW);
        slaves.forEach(slave -> slave.syncsHeld = true);
        List<Answers<WriteResult>> answers = new ArrayList<>();
        for (int i = 0; i < 3 * BOUND; i++) {
            answers.add(master.write(keyed("k", "once")));
            group.run(3);
        }
        List<Answers<?>> refused = overloaded(answers);
        assertThat(refused).hasSize(3 * BOUND - 1 - BOUND);
        assertThat(refused.get(0).failure().outcome())
                .as("the first may be applied yet")
                .contains(Outcome.UNKNOWN);
        slaves.forEach(slave -> slave.syncsHeld = false);
        answers.forEach(group::await);
        List<Answers<WriteResult>> joined = answers.stream().filter(Answers::succeeded).toList();
        assertThat(joined).hasSize(BOUND + 1);
        assertThat(joined.stream().map(each -> each.result().position()).distinct()).hasSize(1);
        // What they held is free again.
        Answers<WriteResult> again = group.await(master.write(keyed("k", "once")));
        assertThat(again.result().replayed()).isTrue();
        slaves.forEach(slave -> slave.syncsHeld = true);
        master.write(keyed("m", "twice"));
        group.run(3);
        Answers<WriteResult> second = master.write(keyed("m", "twice"));
        group.run(3);
        assertThat(second.given()).isFalse();
        slaves.forEach(slave -> slave.syncsHeld = false);
        assertThat(group.await(second).succeeded()).isTrue();
    }

    @Test
    void failedConditionsThatWaitForWhatTheySawAreBounded() {
        serving(SMALL, NARROW);
        slaves.forEach(slave -> slave.syncsHeld = true);
        Answers<WriteResult> first = master.put("a", "1");
        group.run(3);
        List<Answers<WriteResult>> answers = new ArrayList<>();
        for (int i = 0; i < 2 * BOUND; i++) {
            answers.add(
                    master.write(
                            master.request(
                                    WriteRequest.QUORUM,
                                    put("a", "2", 0, (key, row) -> row.isEmpty()))));
            group.run(3);
        }
        assertThat(overloaded(answers)).hasSize(BOUND);
        slaves.forEach(slave -> slave.syncsHeld = false);
        group.await(first);
        answers.forEach(group::await);
        assertThat(answers.get(0).failure().code()).isEqualTo(ErrorCode.CONDITION_FAILED);
    }

    private WriteRequest keyed(String pk, String key) {
        Bytes print = Bytes.wrap(new byte[16]);
        Bytes pkBytes = put(pk, "v").key().pk();
        return new WriteRequest(
                List.of(put(pk, "v")),
                WriteRequest.QUORUM,
                group.deadline(master, 30_000),
                "",
                new IdempotencyId(pkBytes, "", key),
                print);
    }

    // ---------------------------------------------------------------- reads

    @Test
    void strongReadsThatWaitForAWriteAreBounded() {
        serving(SMALL, NARROW);
        slaves.forEach(slave -> slave.syncsHeld = true);
        master.put("a", "1");
        group.run(3);
        List<Answers<ReadResult>> reads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            reads.add(master.get("a"));
        }
        group.run(3);
        assertThat(overloaded(reads)).hasSize(20 - SMALL.readWaits());
        slaves.forEach(slave -> slave.syncsHeld = false);
        reads.forEach(group::await);
        assertThat(reads.stream().filter(Answers::succeeded)).hasSize(SMALL.readWaits());
        assertThat(master.tablet().parts().waits().admitted()).isZero();
    }

    @Test
    void sessionReadsThatWaitAtASlaveAreBounded() {
        serving(SMALL, NARROW);
        GroupNode behind = slaves.get(0);
        group.isolate(behind);
        Position position = written("a", "1").position();
        List<Answers<ReadResult>> reads = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            reads.add(behind.get("a", ReadLevel.SESSION, position));
        }
        group.run(3);
        assertThat(overloaded(reads)).hasSize(20 - SMALL.readWaits());
        group.heal();
        reads.forEach(group::await);
        assertThat(reads.stream().filter(Answers::succeeded)).hasSize(SMALL.readWaits());
        assertThat(behind.tablet().parts().waits().admitted()).isZero();
    }

    // ---------------------------------------------------------------- slaves

    private FollowerFigures figures(GroupNode slave) {
        return master.tablet().pipeline().followerFigures().stream()
                .filter(each -> each.node().equals(slave.id))
                .findFirst()
                .orElseThrow();
    }

    /** It listens and its disk says nothing: what is under way to it stays within its window. */
    @Test
    void aSlaveThatTakesNoMoreIsFedFromTheLogAfterwards() {
        serving(TabletSettings.DEFAULTS, NARROW);
        GroupNode stalled = slaves.get(0);
        group.run(200);
        stalled.syncsHeld = true;
        long caughtUp = master.tablet().parts().counters().catchUpBytes();
        long widest = 0;
        for (int i = 0; i < 300; i++) {
            written("k" + i, "v".repeat(100));
            widest = Math.max(widest, figures(stalled).windowBytes());
        }
        assertThat(widest).isBetween(1L, NARROW.windowBytes() + 1_024);
        assertThat(figures(stalled).lagEntries()).isEqualTo(300);
        assertThat(stalled.tablet().pipeline().appendedIndex())
                .as("it was not sent more than its window")
                .isLessThanOrEqualTo(NARROW.windowEntries() + 10);
        stalled.syncsHeld = false;
        assertThat(group.runUntil(() -> figures(stalled).lagEntries() == 0, 20_000)).isTrue();
        assertThat(master.tablet().parts().counters().catchUpBytes() - caughtUp)
                .isGreaterThan(200 * 100);
        group.run(500);
        assertThat(stalled.rows()).hasSize(300);
    }

    /** What it acknowledged in an earlier epoch is not known: its window begins where it is asked first. */
    @Test
    void aSlaveThatLacksMoreThanItsWindowWhenAMastershipBeginsCatchesUp() {
        serving(TabletSettings.DEFAULTS, NARROW);
        group.run(200);
        for (int i = 0; i < 3 * NARROW.windowEntries(); i++) {
            written("k" + i, "v");
        }
        GroupNode behind = slaves.get(0);
        group.run(500);
        long known = behind.tablet().pipeline().appendedIndex();
        Answers<WriteResult> last = master.put("last", "v");
        group.runUntil(() -> behind.tablet().pipeline().durableIndex() > known, 1_000);
        group.isolate(behind);
        assertThat(group.await(last).result().outcome()).isEqualTo(Outcome.COMMITTED);
        for (int i = 0; i < 2 * NARROW.windowEntries(); i++) {
            written("l" + i, "v");
        }
        group.run(500);
        group.nodes().forEach(GroupNode::flush);
        group.nodes().forEach(GroupNode::crash);
        group.heal();
        group.nodes().forEach(GroupNode::restart);
        master = group.serve();
        assertThat(master).isNotSameAs(behind);
        assertThat(group.runUntil(() -> figures(behind).lagEntries() == 0, 5_000)).isTrue();
        group.run(500);
        assertThat(behind.rows()).hasSize(5 * NARROW.windowEntries() + 1);
    }

    @Test
    void aSlaveThatStoppedCostsTheOthersNothingAndHoldsNothing() {
        serving(TabletSettings.DEFAULTS, ReplicationSettings.DEFAULTS);
        long before = commitsIn(1_000, "a");
        GroupNode stopped = slaves.get(0);
        group.isolate(stopped);
        group.run(700);
        long during = commitsIn(1_000, "b");
        // A write waited for the quicker one of two disks, and now there is one.
        assertThat(during).isGreaterThan(before * 7 / 10);
        assertThat(figures(stopped).windowBytes())
                .isLessThanOrEqualTo(ReplicationSettings.DEFAULTS.windowBytes());
        assertThat(master.tablet().parts().overlay().size()).isZero();
        assertThat(master.tablet().parts().mailbox().operations()).isZero();
    }

    @Test
    void aSlaveThatStoppedStopsNoOtherMasterFromBeingElected() {
        serving(TabletSettings.DEFAULTS, ReplicationSettings.DEFAULTS);
        written("a", "1");
        group.isolate(slaves.get(0));
        GroupNode next = group.elect(master, slaves.get(1));
        assertThat(next).isNotNull();
        assertThat(
                        group.runUntil(
                                () -> next.state() == TabletState.SERVING && next.leaseHolds(),
                                1_000))
                .isTrue();
        master = next;
        written("b", "1");
    }
}
