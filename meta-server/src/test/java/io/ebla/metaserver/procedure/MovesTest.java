package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.cluster.ReplicaOperation.Phase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Moves of replicas, whoever dies or leads meanwhile. */
class MovesTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65)
                    .with(new BalanceSettings(false, 2, 1_000, 15_000, 0.2, 1_000, 10));

    private SimulatedCluster cluster = new SimulatedCluster(17, 5, SETTINGS);
    private int ids;

    private TabletId settledTable(int copies) {
        TabletId tablet = cluster.table(copies, StoreKind.DISK);
        cluster.run(4_000);
        return tablet;
    }

    private ReplicaOperation move(TabletId tablet, String from, String to) {
        ReplicaId replica = ReplicaId.of("moved-" + ids++);
        NewLearner learner =
                NewLearner.move(
                        tablet,
                        cluster.tablet(tablet).epoch(),
                        NodeId.of(from),
                        NodeId.of(to),
                        replica,
                        "");
        cluster.metadata.apply(new ClusterCommand.AddLearners(List.of(learner), 1));
        return cluster.state().replicaOperations().get(replica.value());
    }

    private Phase phase(ReplicaOperation move) {
        return cluster.state().replicaOperations().get(move.id()).phase();
    }

    private List<String> members(TabletId tablet) {
        return cluster.tablet(tablet).members().stream()
                .map(each -> each.node().value())
                .sorted()
                .toList();
    }

    @Test
    void aReplicaThatIsNoMasterMoves() {
        TabletId tablet = settledTable(3);
        ReplicaOperation move = move(tablet, "t2", "t4");
        assertThat(move.kind()).isEqualTo(ReplicaOperation.Kind.MOVE);
        cluster.runUntil(20_000, () -> phase(move) == Phase.DONE);
        assertThat(members(tablet)).containsExactly("t1", "t3", "t4");
        assertThat(cluster.state().handOvers()).isEmpty();
        cluster.run(2_000);
        assertThat(cluster.node("t2").replicas).as("removed there").isEmpty();
        assertThat(move(tablet, "t2", "t5")).as("there is none any more").isNull();
    }

    @Test
    void aMasterHandsOverBeforeItsReplicaGoes() {
        TabletId tablet = settledTable(3);
        assertThat(cluster.master(tablet).id).isEqualTo(NodeId.of("t1"));
        ReplicaOperation move = move(tablet, "t1", "t5");
        cluster.runUntil(20_000, () -> phase(move) == Phase.DONE);
        assertThat(members(tablet)).containsExactly("t2", "t3", "t5");
        assertThat(cluster.state().handOvers().values())
                .hasSize(1)
                .allMatch(each -> each.phase() == HandOver.Phase.DONE);
    }

    /**
     * Two masters that are both to go handed over to each other, over and over, while the table wanted more
     * copies.
     */
    @Test
    void aMasterHandsOverToOneThatStays() {
        TabletId tablet = settledTable(3);
        ReplicaOperation first = move(tablet, "t1", "t4");
        ReplicaOperation second = move(tablet, "t2", "t5");
        cluster.runUntil(30_000, () -> phase(first) == Phase.DONE && phase(second) == Phase.DONE);
        assertThat(members(tablet)).containsExactly("t3", "t4", "t5");
        assertThat(cluster.state().handOvers().values())
                .extracting(each -> each.to().value())
                .containsExactly("t3");
    }

    /** It would be asked in turn, and they would hand over to each other until others have a copy. */
    @Test
    void aMasterDoesNotHandOverToOneThatGoesToo() {
        cluster = new SimulatedCluster(17, 6, SETTINGS);
        TabletId tablet = settledTable(3);
        for (String late : List.of("t5", "t6")) {
            List.of("t1", "t2", "t3").forEach(member -> cluster.cut(late, member));
        }
        cluster.copies(5);
        move(tablet, "t1", "t4");
        move(tablet, "t2", "t5");
        move(tablet, "t3", "t6");
        cluster.run(5_000);
        assertThat(cluster.tablet(tablet).replicas()).hasSize(6);
        assertThat(cluster.state().handOvers()).isEmpty();
        cluster.cuts.clear();
        cluster.runUntil(30_000, () -> members(tablet).size() == 5);
    }

    @Test
    void theOnlyCopyMovesAndNothingIsLost() {
        TabletId tablet = settledTable(1);
        int written = cluster.committedEntries(tablet);
        ReplicaOperation move = move(tablet, "t1", "t3");
        cluster.runUntil(30_000, () -> phase(move) == Phase.DONE);
        assertThat(members(tablet)).containsExactly("t3");
        cluster.runUntil(5_000, () -> cluster.committedEntries(tablet) > written);
        cluster.runUntil(5_000, () -> cluster.node("t1").replicas.isEmpty());
        assertThat(cluster.master(tablet).id).isEqualTo(NodeId.of("t3"));
    }

    @Test
    void aMoveGoesOnUnderTheNextLeader() {
        TabletId tablet = settledTable(3);
        ReplicaOperation move = move(tablet, "t1", "t4");
        for (int i = 0; i < 6; i++) {
            cluster.run(1_200);
            cluster.lead(i % 2 == 0 ? "m2" : "m1");
        }
        cluster.runUntil(30_000, () -> phase(move) == Phase.DONE);
        assertThat(members(tablet)).containsExactly("t2", "t3", "t4");
    }

    @Test
    void aMoveWhoseTargetStaysAwayIsAborted() {
        TabletId tablet = settledTable(3);
        cluster.cut("t4", "t1");
        ReplicaOperation move = move(tablet, "t2", "t4");
        cluster.run(2_000);
        cluster.node("t4").kill();
        cluster.runUntil(40_000, () -> phase(move) == Phase.ABORTED);
        assertThat(members(tablet)).containsExactly("t1", "t2", "t3");
    }

    @Test
    void aReplicaThatIsLostWhileItMovesIsReplacedByTheSameLearner() {
        TabletId tablet = settledTable(3);
        cluster.cut("t4", "t1");
        ReplicaOperation move = move(tablet, "t2", "t4");
        cluster.run(1_000);
        cluster.node("t2").restart(true);
        cluster.cuts.clear();
        cluster.runUntil(60_000, () -> phase(move).ended() && members(tablet).contains("t4"));
        cluster.runUntil(
                30_000,
                () ->
                        cluster.tablet(tablet).replicas().stream()
                                .allMatch(each -> each.opened() && !each.lost()));
        assertThat(members(tablet)).hasSize(3);
    }

    @Test
    void manyMovesThatStandStillLeaveRoomForRepairs() {
        cluster.table(3, StoreKind.DISK, 9);
        cluster.run(4_000);
        cluster.cut("t4", "t1");
        List<TabletId> tablets = List.copyOf(cluster.state().tablets().keySet());
        tablets.forEach(tablet -> move(tablet, "t2", "t4"));
        cluster.node("t3").kill();
        cluster.runUntil(
                60_000, () -> tablets.stream().noneMatch(each -> members(each).contains("t3")));
        assertThat(tablets).allMatch(each -> cluster.tablet(each).members().size() == 3);
    }
}
