package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.SimulatedTablet.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.ReplicaMessage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bad luck with disks and logs in a group: nothing committed is lost, and the others go on. */
class GroupDiskTest {

    /** What is read for those behind has to fit into the small segments of these journals. */
    private static final ReplicationSettings SMALL_READS =
            new ReplicationSettings(
                    500, 100, 10, 10, 2_000, 10_000, 16L << 20, 64 << 10, 64L << 20, 200, 1_000,
                    2_000);

    private final LocalGroup group = new LocalGroup(41, 3, TabletSettings.DEFAULTS, SMALL_READS);
    private final GroupNode master = group.serve();
    private final List<GroupNode> slaves =
            group.nodes().stream().filter(node -> node != master).toList();

    private WriteResult written(GroupNode node, String pk) {
        WriteResult result = group.await(node.put(pk, "v")).result();
        assertThat(result.outcome()).isEqualTo(Outcome.COMMITTED);
        return result;
    }

    private GroupNode elected(GroupNode... electors) {
        GroupNode next = group.elect(electors);
        assertThat(next).isNotNull();
        assertThat(
                        group.runUntil(
                                () -> next.state() == TabletState.SERVING && next.leaseHolds(),
                                2_000))
                .isTrue();
        return next;
    }

    // ---------------------------------------------------------------- truncation

    /** What an unheard-of master sends: another entry in the place of a committed one. */
    private ReplicaMessage.Append conflicting(
            GroupNode target, long epoch, long index, long commitIndex) {
        LogEntry entry =
                new LogEntry(
                        LocalGroup.TABLET,
                        epoch,
                        index,
                        1,
                        0,
                        target.clock.wallMillis(),
                        EntryKind.EPOCH_START,
                        "",
                        List.of());
        return new ReplicaMessage.Append(
                LocalGroup.TABLET,
                epoch,
                target.replica(),
                target.tablet().parts().history().epochAt(index - 1),
                index - 1,
                LogBatch.of(List.of(entry)),
                commitIndex,
                target.clock.wallMillis());
    }

    @Test
    void aSlaveToldToCutCommittedEntriesStopsAndReportsAndCutsNothing() {
        for (int i = 0; i < 5; i++) {
            written(master, "k" + i);
        }
        group.run(500);
        GroupNode slave = slaves.get(0);
        long committed = slave.tablet().pipeline().committedIndex();
        long epoch = group.descriptor().epoch() + 1;
        slave.tablet()
                .pipeline()
                .receive(new NodeId("t9"), conflicting(slave, epoch, committed - 1, committed));
        assertThat(group.runUntil(() -> slave.state() == TabletState.CORRUPTED, 1_000)).isTrue();
        assertThat(slave.tablet().pipeline().appendedIndex()).isEqualTo(committed);
        assertThat(slave.oplog().tail(LocalGroup.TABLET).orElseThrow().lastIndex())
                .isEqualTo(committed);
        assertThat(slave.rows()).hasSize(5);
        assertThat(group.await(slave.get("k1", ReadLevel.LOCAL, null)).failure().code())
                .isEqualTo(ErrorCode.CORRUPTED);
        assertThat(group.await(() -> slave.tablet().pipeline().fence(epoch + 1)).result())
                .isEqualTo(NodeApi.FenceResult.NOT_NOW);
        assertThat(status(slave).condition()).isEqualTo(MetaApi.ReplicaCondition.CORRUPTED);
        written(master, "after");
        group.run(1_000);
        assertThat(slave.tablet().pipeline().appendedIndex())
                .as("it takes nothing any more")
                .isEqualTo(committed);
    }

    @Test
    void anUncommittedEndIsCutAsItsMasterSays() {
        written(master, "a");
        group.run(500);
        GroupNode slave = slaves.get(0);
        group.isolate(slave);
        long committed = slave.tablet().pipeline().committedIndex();
        long epoch = group.descriptor().epoch() + 1;
        for (long each = epoch; each <= epoch + 1; each++) {
            slave.tablet()
                    .pipeline()
                    .receive(new NodeId("t9"), conflicting(slave, each, committed + 1, committed));
            group.run(50);
            assertThat(slave.state()).isEqualTo(TabletState.FOLLOWER);
            assertThat(slave.tablet().pipeline().epoch()).isEqualTo(each);
            assertThat(slave.tablet().pipeline().appendedIndex()).isEqualTo(committed + 1);
        }
        assertThat(slave.tablet().parts().counters().cuts()).isEqualTo(1);
    }

    private MetaApi.TabletStatus status(GroupNode node) {
        LocalReplica replica =
                LocalReplica.open(
                        ReplicaFiles.Replica.of(group.descriptor(), node.replica()),
                        StoreKind.DISK,
                        node.tablet());
        boolean room = node.oplog().condition() != Oplog.Condition.DISK_FULL;
        return replica.status(room, node.clock.monotonicNanos());
    }

    // ---------------------------------------------------------------- stalled syncs

    @Test
    void aMasterWhoseSyncStallsLosesItsLeaseAndAnotherIsElected() {
        written(master, "a");
        master.syncsHeld = true;
        Answers<WriteResult> stuck = master.put("b", "1");
        group.run(1_500);
        assertThat(master.leaseHolds()).as("a slow sync is none that stalls").isTrue();
        assertThat(group.value(master.get("a"))).contains("v");
        group.run(1_600);
        assertThat(master.leaseHolds()).isFalse();
        assertThat(group.await(master.get("a")).failure().code()).isEqualTo(ErrorCode.NO_QUORUM);
        assertThat(status(master).condition())
                .as("so that meta hands over")
                .isEqualTo(MetaApi.ReplicaCondition.DISK_FULL);
        GroupNode next = elected(slaves.get(0), slaves.get(1));
        written(next, "c");
        group.await(stuck);
        assertThat(stuck.succeeded()).isFalse();
        assertThat(stuck.failure().outcome().orElseThrow()).isNotEqualTo(Outcome.NOT_APPLIED);
        master.syncsHeld = false;
        assertThat(group.runUntil(() -> master.rows().equals(next.rows()), 5_000)).isTrue();
        assertThat(master.state()).isEqualTo(TabletState.FOLLOWER);
    }

    @Test
    void aSlaveWhoseSyncStallsGrantsNothingAndHoldsNobodyUp() {
        written(master, "a");
        GroupNode stalled = slaves.get(0);
        stalled.syncsHeld = true;
        written(master, "b");
        group.run(2_500);
        for (int i = 0; i < 20; i++) {
            written(master, "k" + i);
        }
        assertThat(stalled.tablet().pipeline().stalled(stalled.clock.monotonicNanos())).isTrue();
        // The other slave's grants are the only ones now.
        group.cut(slaves.get(1), master);
        group.run(600);
        assertThat(master.leaseHolds()).isFalse();
        group.heal();
        group.run(300);
        assertThat(master.leaseHolds()).isTrue();
        stalled.syncsHeld = false;
        assertThat(group.runUntil(() -> stalled.rows().size() == 22, 5_000)).isTrue();
    }

    // ---------------------------------------------------------------- full disks

    private Answers<WriteResult> fillUntilRefused(GroupNode node) {
        node.disk().capacity(node.disk().usedBytes());
        for (int i = 0; i < 2_000; i++) {
            Answers<WriteResult> answer = group.await(node.put("f" + i, "x".repeat(4_000)));
            if (!answer.succeeded()) {
                return answer;
            }
        }
        throw new AssertionError("the disk is never full");
    }

    @Test
    void aMasterWithAFullDiskRefusesAndItsGroupGoesOnUnderAnother() {
        written(master, "a");
        Answers<WriteResult> refused = fillUntilRefused(master);
        assertThat(refused.failure().code())
                .isIn(ErrorCode.DISK_FULL, ErrorCode.NO_MASTER, ErrorCode.ACK_TIMEOUT);
        group.run(200);
        List<String> committed = new ArrayList<>();
        slaves.get(0).rows().forEach(row -> committed.add(row.key().toString()));
        GroupNode next;
        if (master.state().masters()) {
            assertThat(status(master).condition()).isEqualTo(MetaApi.ReplicaCondition.DISK_FULL);
            assertThat(group.value(master.get("a"))).as("reads go on").contains("v");
            long epoch = group.descriptor().epoch();
            var done =
                    group.await(() -> master.tablet().pipeline().handOver(epoch, slaves.get(0).id));
            assertThat(done.done()).as(done.detail()).isTrue();
        }
        next = elected(slaves.get(0), slaves.get(1));
        written(next, "after");
        List<String> there = new ArrayList<>();
        next.rows().forEach(row -> there.add(row.key().toString()));
        assertThat(there).containsAll(committed);
        master.disk().capacity(64L << 20);
        assertThat(group.runUntil(() -> master.rows().equals(next.rows()), 10_000)).isTrue();
    }

    @Test
    void aSlaveWithAFullDiskIsLeftBehindAndComesBackWhenThereIsRoom() {
        written(master, "a");
        GroupNode full = slaves.get(0);
        full.disk().capacity(full.disk().usedBytes());
        for (int i = 0; i < 150; i++) {
            Answers<WriteResult> answer = group.await(master.put("k" + i, "x".repeat(4_000)));
            assertThat(answer.result().outcome()).isEqualTo(Outcome.COMMITTED);
        }
        assertThat(full.tablet().pipeline().appendedIndex())
                .isLessThan(master.tablet().pipeline().appendedIndex());
        assertThat(full.state()).isEqualTo(TabletState.FOLLOWER);
        full.disk().capacity(64L << 20);
        assertThat(group.runUntil(() -> full.rows().size() == 151, 20_000)).isTrue();
        assertThat(
                        group.await(master.write(master.request(WriteRequest.ALL, put("z", "1"))))
                                .result()
                                .replicas())
                .hasSize(3);
    }
}
