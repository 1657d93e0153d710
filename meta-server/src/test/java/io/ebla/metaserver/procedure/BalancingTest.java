package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.placement.Balance;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the leader moves of its own accord, and when it moves nothing. */
class BalancingTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65)
                    .with(new BalanceSettings(true, 2, 2_000, 15_000, 0.2, 1_000, 1_000));

    private final SimulatedCluster cluster = new SimulatedCluster(23, 5, SETTINGS);

    private Map<NodeId, Integer> replicas() {
        Map<NodeId, Integer> counts = new TreeMap<>();
        cluster.nodes().forEach(node -> counts.put(node.id, 0));
        cluster.state()
                .tablets()
                .values()
                .forEach(
                        tablet ->
                                tablet.replicas()
                                        .forEach(
                                                each ->
                                                        counts.merge(
                                                                each.node(), 1, Integer::sum)));
        return counts;
    }

    private Map<NodeId, Integer> masters() {
        Map<NodeId, Integer> counts = new TreeMap<>();
        cluster.nodes().forEach(node -> counts.put(node.id, 0));
        for (TabletDescriptor tablet : cluster.state().tablets().values()) {
            if (tablet.master() != null) {
                counts.merge(tablet.master().node(), 1, Integer::sum);
            }
        }
        return counts;
    }

    private static int spread(Map<NodeId, Integer> counts) {
        return Collections.max(counts.values()) - Collections.min(counts.values());
    }

    private List<ClusterTask> rebalances() {
        return cluster.state().administration().tasks().stream()
                .filter(task -> task.kind() == ClusterTask.Kind.REBALANCE)
                .toList();
    }

    private long moves() {
        return cluster.state().replicaOperations().values().stream()
                .filter(each -> each.kind() == ReplicaOperation.Kind.MOVE)
                .count();
    }

    private void balance() {
        cluster.table(3, StoreKind.DISK, 10);
        cluster.runUntil(
                120_000, () -> !rebalances().isEmpty() && rebalances().get(0).phase().ended());
    }

    private void begin(ClusterTask.Kind kind) {
        begin(cluster, kind);
    }

    private static void begin(SimulatedCluster cluster, ClusterTask.Kind kind) {
        ClusterTask task = ClusterTask.begun("by-hand-" + kind, kind, null, 0, 1, "");
        cluster.metadata.apply(new ClusterCommand.BeginTask(task, 1));
    }

    @Test
    void replicasAndMastershipsSpreadAndThenRest() {
        cluster.metadata.watcher =
                (before, after) ->
                        assertThat(
                                        after.replicaOperations().values().stream()
                                                .filter(ReplicaOperation::moves)
                                                .count())
                                .isLessThanOrEqualTo(2);
        balance();
        assertThat(rebalances().get(0).phase()).isEqualTo(ClusterTask.Phase.DONE);
        assertThat(spread(replicas())).as("%s", replicas()).isLessThanOrEqualTo(1);
        assertThat(spread(masters())).as("%s", masters()).isLessThanOrEqualTo(1);
        assertThat(cluster.state().tablets().values())
                .allMatch(tablet -> tablet.members().size() == 3);
        cluster.run(2_000);
        long writes = cluster.metadata.applied().size();
        cluster.run(120_000);
        assertThat(cluster.metadata.applied()).as("at rest").hasSize((int) writes);
    }

    @Test
    void aNodeThatWasAwayForAMomentGetsItsMastershipsBackAndNothingElseMoves() {
        balance();
        long moved = moves();
        cluster.node("t2").kill();
        cluster.run(5_000);
        assertThat(masters().get(NodeId.of("t2"))).isZero();
        cluster.node("t2").restart(false);
        cluster.runUntil(
                60_000,
                () ->
                        spread(masters()) <= 1
                                && rebalances().stream().allMatch(BalancingTest::ended));
        assertThat(moves()).isEqualTo(moved);
    }

    private static boolean ended(ClusterTask task) {
        return task.phase().ended();
    }

    @Test
    void nothingMovesWhilePausedOrTooFewLive() {
        begin(ClusterTask.Kind.PAUSE_BALANCING);
        cluster.table(3, StoreKind.DISK, 10);
        cluster.run(30_000);
        assertThat(rebalances()).isEmpty();
        cluster.node("t4").kill();
        cluster.node("t5").kill();
        begin(ClusterTask.Kind.RESUME_BALANCING);
        cluster.run(60_000);
        assertThat(rebalances()).as("3 of 5 are fewer than 65 %").isEmpty();
        cluster.node("t4").restart(false);
        cluster.node("t5").restart(false);
        cluster.runUntil(120_000, () -> spread(replicas()) <= 1 && spread(masters()) <= 1);
    }

    @Test
    void aPauseEndsWhatIsUnderWay() {
        cluster.table(3, StoreKind.DISK, 10);
        cluster.runUntil(30_000, () -> !rebalances().isEmpty());
        begin(ClusterTask.Kind.PAUSE_BALANCING);
        assertThat(rebalances().get(0).phase()).isEqualTo(ClusterTask.Phase.ABORTED);
        cluster.run(10_000);
        long moved = moves();
        cluster.run(30_000);
        assertThat(moves()).isEqualTo(moved);
    }

    @Test
    void anotherLeaderGoesOnWithIt() {
        cluster.table(3, StoreKind.DISK, 10);
        cluster.runUntil(30_000, () -> moves() > 0);
        cluster.lead("m2");
        cluster.runUntil(
                120_000, () -> rebalances().get(0).phase().ended() && spread(replicas()) <= 1);
        assertThat(rebalances()).hasSize(1);
    }

    /** With one copy, where there is no other node that a mastership could go to. */
    @Test
    void busyTabletsOfOneCopyArePartedAndThenRest() {
        SimulatedCluster two = new SimulatedCluster(29, 2, SETTINGS);
        two.table(1, StoreKind.DISK, 4);
        two.runUntil(60_000, () -> masteredBy(two, "t2").size() == 2);
        List<TabletId> busy = masteredBy(two, "t1");
        for (TabletId tablet : busy) {
            two.nodes().forEach(node -> node.ask(tablet, 20_000));
        }
        two.runUntil(
                120_000,
                () ->
                        masteredBy(two, "t1").size() == 2
                                && masteredBy(two, "t2").size() == 2
                                && !masteredBy(two, "t1").equals(busy)
                                && busy.stream().anyMatch(masteredBy(two, "t1")::contains));
        two.run(30_000);
        long moved = two.state().replicaOperations().size();
        two.run(300_000);
        assertThat(two.state().replicaOperations()).as("at rest").hasSize((int) moved);
    }

    /** A slave went there so that its mastership could follow, which did not, and then another one. */
    @Test
    void noReplicaGoesForLoadWhereMastershipsDoNotFollow() {
        BalanceSettings patient = new BalanceSettings(true, 2, 2_000, 600_000, 0.2, 1_000, 1_000);
        SimulatedCluster four = new SimulatedCluster(37, 4, SETTINGS.with(patient));
        four.table(2, StoreKind.DISK, 24);
        four.runUntil(200_000, () -> masteredBy(four, "t4").size() == 6);
        four.run(60_000);
        four.behind.add(NodeId.of("t4"));
        List<TabletId> idle = masteredBy(four, "t4");
        for (TabletId tablet : four.state().tablets().keySet()) {
            if (!idle.contains(tablet)) {
                four.nodes().forEach(node -> node.ask(tablet, 2_000));
            }
        }
        four.run(600_000);
        assertThat(forLoad(four).filter(each -> each.to().equals(NodeId.of("t4"))))
                .hasSizeLessThanOrEqualTo(2);
        four.behind.clear();
        four.runUntil(700_000, () -> !masteredBy(four, "t4").equals(idle));
    }

    private static Stream<ReplicaOperation> forLoad(SimulatedCluster cluster) {
        return cluster.state().replicaOperations().values().stream()
                .filter(each -> each.kind() == ReplicaOperation.Kind.MOVE)
                .filter(each -> each.detail().endsWith(Balance.LOAD));
    }

    @Test
    void aTabletThatIsNotMeasuredYetStopsNoMovesBetweenOtherNodes() {
        SimulatedCluster three = new SimulatedCluster(43, 3, SETTINGS);
        three.table(1, StoreKind.DISK, 6);
        three.runUntil(60_000, () -> masteredBy(three, "t3").size() == 2);
        three.run(60_000);
        begin(three, ClusterTask.Kind.PAUSE_BALANCING);
        for (TabletId tablet : masteredBy(three, "t1")) {
            three.nodes().forEach(node -> node.ask(tablet, 20_000));
        }
        for (TabletId tablet : masteredBy(three, "t2")) {
            three.nodes().forEach(node -> node.ask(tablet, 100));
        }
        three.run(60_000);
        three.node("t3").kill();
        three.run(15_000);
        three.node("t3").restart(false);
        three.runUntil(5_000, () -> masteredBy(three, "t3").size() == 2);
        begin(three, ClusterTask.Kind.RESUME_BALANCING);
        three.runUntil(8_000, () -> forLoad(three).findAny().isPresent());
        assertThat(masteredBy(three, "t3"))
                .as("what the idlest node masters")
                .noneMatch(tablet -> three.liveness().isLoadKnown(tablet));
        assertThat(forLoad(three).map(ReplicaOperation::to))
                .doesNotContain(NodeId.of("t3"))
                .contains(NodeId.of("t2"));
    }

    private static List<TabletId> masteredBy(SimulatedCluster cluster, String node) {
        return cluster.state().tablets().values().stream()
                .filter(each -> each.master() != null)
                .filter(each -> each.master().node().equals(NodeId.of(node)))
                .map(TabletDescriptor::id)
                .toList();
    }

    @Test
    void bytesThatAreGuessedMoveNothing() {
        SimulatedCluster two = new SimulatedCluster(31, 2, SETTINGS);
        two.table(1, StoreKind.DISK, 4);
        two.runUntil(60_000, () -> masteredBy(two, "t2").size() == 2);
        two.run(20_000);
        for (TabletId tablet : masteredBy(two, "t1")) {
            two.nodes().forEach(node -> node.bytes.put(tablet, 9_000L));
            two.nodes().forEach(node -> node.guesses.add(tablet));
        }
        int moved = two.state().replicaOperations().size();
        two.run(10_000);
        assertThat(two.state().replicaOperations()).hasSize(moved);
        two.nodes().forEach(node -> node.guesses.clear());
        two.runUntil(60_000, () -> two.state().replicaOperations().size() > moved);
    }

    @Test
    void aTabletWithoutAMasterDoesNotMakeItsNodesLookLight() {
        balance();
        for (FakeNode node : cluster.nodes()) {
            for (TabletId tablet : cluster.state().tablets().keySet()) {
                node.bytes.put(tablet, tablet.value() % 2 == 0 ? 9_000L : 1_000L);
            }
        }
        cluster.run(10_000);
        cluster.runUntil(90_000, () -> rebalances().stream().allMatch(BalancingTest::ended));
        cluster.run(10_000);
        int begun = rebalances().size();
        long moved = moves();
        FakeNode master = cluster.node("t1");
        master.refused = true;
        master.started.clear();
        cluster.loss = 1;
        cluster.runUntil(
                20_000,
                () ->
                        cluster.state().tablets().values().stream()
                                .anyMatch(tablet -> tablet.master() == null));
        cluster.run(8_000);
        assertThat(rebalances()).hasSize(begun);
        master.refused = false;
        cluster.loss = 0;
        cluster.run(60_000);
        assertThat(moves()).isEqualTo(moved);
    }

    @Test
    void whatAlwaysFailsIsGivenUpAndSeldomTriedAgain() {
        FakeNode bad = cluster.node("t5");
        cluster.time.every(
                50,
                () ->
                        bad.replicas
                                .keySet()
                                .forEach(
                                        tablet ->
                                                bad.conditions.put(
                                                        tablet, ReplicaCondition.CORRUPTED)));
        balance();
        assertThat(rebalances().get(0).phase()).isEqualTo(ClusterTask.Phase.ABORTED);
        assertThat(rebalances().get(0).detail()).contains("nothing succeeds").contains("t5");
        cluster.run(20_000);
        long moved = moves();
        cluster.run(300_000);
        assertThat(moves()).isEqualTo(moved);
        assertThat(cluster.state().tablets().values())
                .allMatch(tablet -> tablet.members().size() == 3);
    }

    @Test
    void aMoveMayTakeLongerThanThePatience() {
        for (String from : List.of("t1", "t2", "t3")) {
            cluster.cut(from, "t4");
            cluster.cut(from, "t5");
        }
        cluster.table(3, StoreKind.DISK, 2);
        cluster.runUntil(30_000, () -> moves() == 2);
        cluster.run(40_000);
        assertThat(rebalances()).hasSize(1).noneMatch(BalancingTest::ended);
        cluster.cuts.clear();
        cluster.runUntil(60_000, () -> ended(rebalances().get(0)));
        assertThat(rebalances().get(0).phase()).isEqualTo(ClusterTask.Phase.DONE);
    }

    @Test
    void whatIsAskedForEndsWhereBalancingIsSwitchedOff() {
        SimulatedCluster off = new SimulatedCluster(5, 3, SETTINGS.with(BalanceSettings.never()));
        off.run(5_000);
        ClusterTask task = ClusterTask.begun("asked", ClusterTask.Kind.REBALANCE, null, 0, 1, "");
        off.metadata.apply(new ClusterCommand.BeginTask(task, 1));
        off.runUntil(
                5_000,
                () ->
                        off.state().administration().tasks().get(0).phase()
                                == ClusterTask.Phase.ABORTED);
    }
}
