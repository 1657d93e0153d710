package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.election.ElectionObserver;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The leader's procedures on virtual time, against nodes that die, come back, and are cut off. */
class LeaderProceduresTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65);

    private final SimulatedCluster cluster = new SimulatedCluster(7, 4, SETTINGS);

    private TabletId settledTable(int copies) {
        TabletId tablet = cluster.table(copies, StoreKind.DISK);
        cluster.run(4_000);
        assertThat(cluster.master(tablet)).isNotNull();
        return tablet;
    }

    private long writes() {
        return cluster.metadata.applied().size();
    }

    @Test
    void nothingIsWrittenWhileNothingChanges() {
        settledTable(3);
        long before = writes();
        cluster.run(60_000);
        assertThat(writes()).isEqualTo(before);
    }

    @Test
    void aKilledMasterIsReplacedWithinASecond() {
        TabletId tablet = settledTable(3);
        cluster.node("t1").kill();
        long millis = cluster.runUntil(5_000, () -> cluster.master(tablet) != null);
        assertThat(millis).isLessThan(900);
        assertThat(cluster.master(tablet).id).isNotEqualTo(NodeId.of("t1"));
        assertThat(cluster.tablet(tablet).epoch()).isEqualTo(2);
    }

    @Test
    void electionsAreTold() {
        TabletId tablet = settledTable(3);
        List<String> told = new ArrayList<>();
        cluster.procedures()
                .observe(
                        new ElectionObserver() {
                            @Override
                            public void begun(int tablets) {
                                told.add("begun " + tablets);
                            }

                            @Override
                            public void won(long millis) {
                                told.add(millis > 0 ? "won" : "won at once");
                            }

                            @Override
                            public void failed() {
                                told.add("failed");
                            }
                        });
        cluster.node("t1").kill();
        cluster.runUntil(5_000, () -> cluster.master(tablet) != null);
        cluster.run(100);
        assertThat(told).containsExactly("begun 1", "won");
    }

    @Test
    void aMasterThatIsCutOffFromAllIsReplacedAfterItsSilence() {
        TabletId tablet = settledTable(3);
        cluster.cut("t1", "meta");
        cluster.cut("t1", "t2");
        cluster.cut("t1", "t3");
        long millis = cluster.runUntil(5_000, () -> serving(tablet) != 1);
        assertThat(millis).isBetween(1_900L, 3_000L);
        cluster.cuts.clear();
        cluster.run(2_000);
        assertThat(cluster.node("t1").serves(tablet)).isFalse();
    }

    /** Which node serves as the metadata says, or 0. */
    private int serving(TabletId tablet) {
        FakeNode master = cluster.master(tablet);
        return master == null ? 0 : Integer.parseInt(master.id.value().substring(1));
    }

    @Test
    void aMasterThatIsCutOffFromItsFollowersOnlyIsReplaced() {
        TabletId tablet = settledTable(3);
        FakeNode master = cluster.node("t1");
        cluster.cut("t1", "t2");
        cluster.cut("t1", "t3");
        master.handedOver.put(tablet, cluster.tablet(tablet).epoch());
        cluster.runUntil(8_000, () -> serving(tablet) > 1);
    }

    /** With the first majority of promises the longest log is that of the master that does not serve. */
    @Test
    void aMasterThatDoesNotServeIsNotElectedAgainWhileAnotherHasYetToPromise() {
        TabletId tablet = settledTable(3);
        FakeNode master = cluster.node("t1");
        cluster.node("t3").slowMillis = 400;
        cluster.cut("t1", "t2");
        cluster.cut("t1", "t3");
        cluster.run(300);
        master.handedOver.put(tablet, cluster.tablet(tablet).epoch());
        cluster.runUntil(8_000, () -> serving(tablet) > 1);
        assertThat(cluster.tablet(tablet).epoch()).isEqualTo(2);
    }

    /** One that has yet to begin is waited for much longer, and looks the same but for what it says. */
    @Test
    void aMasterThatSaysThatItHasGivenUpIsReplacedAtOnce() {
        TabletId tablet = settledTable(3);
        cluster.node("t1").giveUp(tablet);
        long millis = cluster.runUntil(8_000, () -> serving(tablet) > 1);
        assertThat(millis).isLessThan(1_500);
        assertThat(cluster.tablet(tablet).epoch()).isEqualTo(2);
    }

    /** There is no majority without it, and it has stopped in any case. */
    @Test
    void aMasterThatHasGivenUpIsReplacedAlsoWhereItsPromiseIsNeeded() {
        TabletId tablet = settledTable(3);
        cluster.node("t3").kill();
        cluster.run(3_000);
        cluster.node("t1").giveUp(tablet);
        long millis = cluster.runUntil(8_000, () -> serving(tablet) == 2);
        assertThat(millis).isLessThan(3_000);
    }

    @Test
    void aMasterIsNotTakenAwayWhereNoMajorityIsLeft() {
        TabletId tablet = settledTable(3);
        cluster.node("t2").kill();
        cluster.run(5_000);
        cluster.cut("t1", "meta");
        long before = writes();
        cluster.run(30_000);
        assertThat(writes()).isEqualTo(before);
        assertThat(cluster.tablet(tablet).master().node()).isEqualTo(NodeId.of("t1"));
    }

    @Test
    void aNodeThatIsBusyForASecondKeepsItsMasterships() {
        TabletId tablet = settledTable(3);
        cluster.cut("t1", "meta");
        cluster.run(1_500);
        cluster.cuts.clear();
        cluster.run(5_000);
        assertThat(cluster.tablet(tablet).epoch()).isEqualTo(1);
    }

    @Test
    void aNewLeaderMovesNothingForAWhileButElectsWhereNobodyMasters() {
        TabletId tablet = settledTable(3);
        cluster.lead("m2");
        cluster.cut("t1", "meta");
        cluster.run(2_900);
        assertThat(cluster.tablet(tablet).epoch()).as("in the time of grace").isEqualTo(1);
        cluster.runUntil(3_000, () -> serving(tablet) > 1);
        cluster.cuts.clear();
        cluster.run(3_000);

        cluster.lead("m1");
        cluster.nodes().forEach(FakeNode::kill);
        cluster.nodes().forEach(node -> node.restart(false));
        long millis = cluster.runUntil(3_000, () -> cluster.master(tablet) != null);
        assertThat(millis).as("after the restart of everything").isLessThan(1_500);
    }

    @Test
    void anElectionIsBegunAgainWithANewEpochByTheNextLeader() {
        TabletId tablet = settledTable(3);
        cluster.node("t1").kill();
        cluster.runUntil(2_000, () -> cluster.state().elections().containsKey(tablet));
        long given = cluster.tablet(tablet).epoch();
        cluster.lead("m2");
        cluster.runUntil(3_000, () -> cluster.master(tablet) != null);
        assertThat(cluster.tablet(tablet).epoch()).isGreaterThan(given);
        assertThat(cluster.state().elections()).isEmpty();
    }

    @Test
    void aRestartedMasterIsReplacedAtOnce() {
        TabletId tablet = settledTable(3);
        cluster.node("t1").kill();
        cluster.node("t1").restart(false);
        assertThat(cluster.tablet(tablet).master()).as("E1").isNull();
        long millis = cluster.runUntil(2_000, () -> cluster.master(tablet) != null);
        assertThat(millis).isLessThan(500);
    }

    @Test
    void aWipedReplicaIsRebuiltOnItsNodeUnderANewId() {
        TabletId tablet = settledTable(3);
        cluster.node("t3").kill();
        cluster.node("t3").restart(true);
        cluster.runUntil(10_000, () -> whole(tablet, 3));
        assertThat(cluster.tablet(tablet).replicaOn(NodeId.of("t3")).orElseThrow().id().value())
                .isNotEqualTo("first-3");
        assertThat(cluster.tablet(tablet).epoch()).isEqualTo(2);
        cluster.runUntil(3_000, () -> cluster.state().retired().isEmpty());
    }

    /** That many living members, nothing under way. */
    private boolean whole(TabletId tablet, int copies) {
        List<ReplicaDescriptor> replicas = cluster.tablet(tablet).replicas();
        return replicas.size() == copies
                && cluster.tablet(tablet).previousReplicas().isEmpty()
                && replicas.stream().allMatch(each -> each.opened() && !each.lost())
                && replicas.stream().noneMatch(ReplicaDescriptor::learner)
                && cluster.master(tablet) != null;
    }

    @Test
    void aCorruptedReplicaIsRebuiltAndACorruptedMasterReplacedFirst() {
        TabletId tablet = settledTable(3);
        cluster.node("t1").conditions.put(tablet, ReplicaCondition.CORRUPTED);
        cluster.runUntil(5_000, () -> serving(tablet) > 1);
        cluster.runUntil(
                10_000,
                () ->
                        cluster.tablet(tablet).replicas().stream()
                                .noneMatch(each -> each.id().value().equals("first-1")));
        cluster.runUntil(10_000, () -> whole(tablet, 3));
    }

    @Test
    void theReplicasOfANodeThatStaysAwayAreRebuiltElsewhere() {
        TabletId tablet = settledTable(3);
        cluster.node("t3").kill();
        cluster.run(15_000);
        assertThat(cluster.tablet(tablet).replicas()).hasSize(3);
        cluster.runUntil(
                20_000,
                () ->
                        whole(tablet, 3)
                                && cluster.tablet(tablet).replicaOn(NodeId.of("t4")).isPresent());
        assertThat(cluster.tablet(tablet).replicaOn(NodeId.of("t3"))).isEmpty();
        cluster.node("t3").restart(false);
        cluster.runUntil(3_000, () -> cluster.node("t3").replicas.isEmpty());
    }

    @Test
    void nothingIsRebuiltWhileFewNodesLive() {
        TabletId tablet = settledTable(3);
        cluster.node("t3").kill();
        cluster.node("t4").kill();
        cluster.run(60_000);
        assertThat(cluster.tablet(tablet).replicas())
                .extracting(ReplicaDescriptor::learner)
                .containsOnly(false);
    }

    @Test
    void theNumberOfCopiesFollowsTheTable() {
        TabletId tablet = settledTable(1);
        cluster.copies(3);
        cluster.runUntil(10_000, () -> whole(tablet, 3));
        assertThat(cluster.tablet(tablet).epoch()).as("all copies in one change").isEqualTo(2);
        cluster.copies(1);
        cluster.runUntil(10_000, () -> whole(tablet, 1));
        cluster.runUntil(3_000, () -> cluster.state().retired().isEmpty());
        assertThat(cluster.nodes().stream().filter(node -> node.replicas.containsKey(tablet)))
                .hasSize(1);
    }

    @Test
    void aReplicaChangeWhoseMasterDiesIsEndedByItsSuccessorUnderBothSets() {
        TabletId tablet = settledTable(3);
        cluster.copies(1);
        cluster.runUntil(3_000, () -> !cluster.tablet(tablet).previousReplicas().isEmpty());
        cluster.node("t1").kill();
        cluster.run(10_000);
        assertThat(cluster.master(tablet)).as("the only new member is dead").isNull();
        cluster.node("t1").restart(false);
        cluster.runUntil(10_000, () -> whole(tablet, 1));
    }

    @Test
    void aMasterIsHandedOverOnRequest() {
        TabletId tablet = settledTable(3);
        cluster.metadata.apply(handOver(tablet, "t3"));
        long millis = cluster.runUntil(2_000, () -> serving(tablet) == 3);
        assertThat(millis).isLessThan(300);
        assertThat(cluster.state().handOvers().get("h").phase()).isEqualTo(HandOver.Phase.DONE);
    }

    @Test
    void aMasterIsHandedOverWhileTheThirdReplicaIsDead() {
        TabletId tablet = settledTable(3);
        cluster.node("t3").kill();
        cluster.run(1_000);
        cluster.metadata.apply(handOver(tablet, "t2"));
        long millis = cluster.runUntil(2_000, () -> serving(tablet) == 2);
        assertThat(millis).isLessThan(300);
    }

    private static ClusterCommand handOver(TabletId tablet, String to) {
        return new ClusterCommand.BeginHandOvers(
                List.of(
                        new HandOver(
                                "h",
                                tablet,
                                1,
                                NodeId.of("t1"),
                                NodeId.of(to),
                                HandOver.Phase.ASKING,
                                1,
                                0,
                                "")),
                1);
    }

    @Test
    void aHandOverToANodeThatCannotFollowIsAborted() {
        TabletId tablet = settledTable(3);
        cluster.cut("t1", "t3");
        cluster.run(500);
        cluster.metadata.apply(handOver(tablet, "t3"));
        cluster.run(2_000);
        assertThat(cluster.state().handOvers().get("h").phase()).isEqualTo(HandOver.Phase.ABORTED);
        assertThat(serving(tablet)).isEqualTo(1);
        assertThat(cluster.tablet(tablet).epoch()).isEqualTo(1);
    }

    @Test
    void theNextLeaderGoesOnWithAHandOver() {
        TabletId tablet = settledTable(3);
        cluster.metadata.apply(handOver(tablet, "t2"));
        cluster.lead("m2");
        cluster.runUntil(6_000, () -> serving(tablet) == 2);
        assertThat(cluster.state().handOvers().get("h").phase()).isEqualTo(HandOver.Phase.DONE);
    }

    @Test
    void aNodeThatLeavesAndOneWhoseClockIsOffHandOver() {
        TabletId tablet = settledTable(3);
        cluster.liveness().leaving(cluster.node("t1").descriptor());
        cluster.runUntil(2_000, () -> serving(tablet) > 1);
        FakeNode master = cluster.master(tablet);
        master.clockOffsetMillis = 5_000;
        cluster.runUntil(6_000, () -> serving(tablet) > 1 && cluster.master(tablet) != master);
        long before = writes();
        cluster.run(10_000);
        assertThat(writes()).isEqualTo(before);
    }

    @Test
    void aMasterThatCannotHandOverForItsClockIsReplaced() {
        TabletId tablet = settledTable(3);
        FakeNode master = cluster.master(tablet);
        master.clockOffsetMillis = 5_000;
        master.refused = true;
        cluster.runUntil(10_000, () -> serving(tablet) > 1 && cluster.master(tablet) != master);
    }

    @Test
    void aMasterWhoseClockIsOffStaysWhereNobodyElseMayLead() {
        TabletId tablet = settledTable(3);
        cluster.nodes().forEach(node -> node.conditions.put(tablet, ReplicaCondition.DISK_FULL));
        FakeNode master = cluster.master(tablet);
        master.conditions.clear();
        master.clockOffsetMillis = 5_000;
        cluster.run(10_000);
        assertThat(serving(tablet)).isEqualTo(1);
        assertThat(cluster.master(tablet)).isSameAs(master);
    }

    @Test
    void aMasterWithAFullDiskHandsOver() {
        TabletId tablet = settledTable(3);
        cluster.node("t1").conditions.put(tablet, ReplicaCondition.DISK_FULL);
        cluster.runUntil(3_000, () -> serving(tablet) > 1);
        cluster.runUntil(
                20_000,
                () ->
                        whole(tablet, 3)
                                && cluster.tablet(tablet).replicaOn(NodeId.of("t4")).isPresent());
    }

    @Test
    void aMemoryTableThatLosesAQuorumAtOnceBeginsAgainEmpty() {
        TabletId tablet = cluster.table(3, StoreKind.MEMORY);
        cluster.run(4_000);
        for (String id : List.of("t1", "t2")) {
            cluster.node(id).kill();
            cluster.node(id).replicas.clear();
            cluster.node(id).restart(false);
        }
        cluster.forgetCommitted(tablet);
        cluster.runUntil(10_000, () -> whole(tablet, 3));
        assertThat(cluster.tablet(tablet).replicas())
                .noneMatch(each -> each.id().value().startsWith("first"));
    }
}
