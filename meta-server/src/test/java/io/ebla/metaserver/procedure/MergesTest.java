package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.MergeOperation.Phase;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.cluster.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Merges, and what else the leader has to do with their tablets and nodes. */
class MergesTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65)
                    .with(new BalanceSettings(false, 2, 1_000, 15_000, 0.2, 1_000, 10));

    private SimulatedCluster cluster;

    /** The tablets of one table, in the order of their keys. */
    private List<TabletId> tablets(int nodes, int number) {
        cluster = new SimulatedCluster(23, nodes, SETTINGS);
        cluster.table(3, StoreKind.DISK, number);
        cluster.run(4_000);
        return List.copyOf(cluster.state().tablets().keySet());
    }

    private Verdict begin(String id, TabletId left) {
        return cluster.metadata.apply(new MergeCommand.Begin(id, left, cluster.time.wallMillis()));
    }

    private MergeOperation merge(String id) {
        return cluster.state().merges().get(id);
    }

    private void step(String id, Phase next) {
        Phase now = merge(id).phase();
        cluster.metadata.apply(new MergeCommand.Step(id, now, next, "", cluster.time.wallMillis()));
    }

    private Verdict drain(NodeId node) {
        ClusterTask task = ClusterTask.begun("drain", ClusterTask.Kind.DRAIN, node, 0, 1, "");
        return cluster.metadata.apply(new ClusterCommand.BeginTask(task, 1));
    }

    private ClusterTask.Phase drainPhase() {
        return cluster.state().administration().tasks().get(0).phase();
    }

    @Test
    void aNodeMakesOneAtATime() {
        List<TabletId> tablets = tablets(3, 4);
        begin("m1", tablets.get(0));
        begin("m2", tablets.get(2));
        cluster.run(5_000);
        assertThat(merge("m1").phase()).isEqualTo(Phase.COPYING);
        assertThat(merge("m2").phase()).isEqualTo(Phase.ALIGNING);
        step("m1", Phase.ABORTED);
        cluster.runUntil(5_000, () -> merge("m2").phase() == Phase.COPYING);
    }

    @Test
    void whatANodeHasNoRoomForIsGivenUpAndSaysWhy() {
        List<TabletId> tablets = tablets(3, 2);
        cluster.joined = new NodeApi.Joined(false, true, "there is no room");
        begin("m", tablets.get(0));
        cluster.runUntil(5_000, () -> merge("m").phase() == Phase.ABORTED);
        assertThat(merge("m").detail()).startsWith("node t").endsWith("there is no room");
    }

    @Test
    void aMergeDoesNotKeepANodeFromBeingDrained() {
        List<TabletId> tablets = tablets(5, 2);
        begin("m", tablets.get(0));
        cluster.run(1_000);
        assertThat(merge("m").phase().ended()).isFalse();
        NodeId drained = cluster.tablet(tablets.get(0)).members().get(0).node();
        drain(drained);
        cluster.runUntil(60_000, () -> drainPhase() != ClusterTask.Phase.MOVING);
        assertThat(drainPhase()).as("all is moved away").isEqualTo(ClusterTask.Phase.CLEARING);
        assertThat(cluster.state().replicasOn(drained)).isZero();
        assertThat(merge("m").phase()).isEqualTo(Phase.ABORTED);
        assertThat(merge("m").detail()).isEqualTo("node " + drained + " is drained");
    }

    @Test
    void noneIsBegunWhereANodeIsDrained() {
        List<TabletId> tablets = tablets(4, 2);
        drain(cluster.tablet(tablets.get(0)).members().get(0).node());
        assertThat(begin("m", tablets.get(0)))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused ->
                                assertThat(refused.code())
                                        .isEqualTo(ErrorCode.OPERATION_IN_PROGRESS));
    }

    @Test
    void whileBothAreSealedNoMastershipIsHandedOver() {
        TabletId left = tablets(3, 2).get(0);
        begin("m", left);
        cluster.run(1_000);
        step("m", Phase.SEALING);
        assertThat(merge("m").phase()).isEqualTo(Phase.SEALING);
        var tablet = cluster.tablet(left);
        NodeId to =
                tablet.members().stream()
                        .map(each -> each.node())
                        .filter(node -> !node.equals(tablet.master().node()))
                        .findFirst()
                        .orElseThrow();
        HandOver handOver =
                new HandOver(
                        "h",
                        left,
                        tablet.epoch(),
                        tablet.master().node(),
                        to,
                        HandOver.Phase.ASKING,
                        1,
                        0,
                        "");
        ClusterCommand command = new ClusterCommand.BeginHandOvers(List.of(handOver), 1);
        assertThat(cluster.metadata.apply(command)).isInstanceOf(Verdict.Refused.class);
        step("m", Phase.UNSEALING);
        assertThat(cluster.metadata.apply(command)).isInstanceOf(Verdict.Changed.class);
    }

    private MergeOperation sealing(int nodes) {
        TabletId left = tablets(nodes, 2).get(0);
        begin("m", left);
        cluster.run(1_000);
        step("m", Phase.SEALING);
        assertThat(merge("m").phase()).isEqualTo(Phase.SEALING);
        return merge("m");
    }

    private void move(TabletId tablet, String from, String to) {
        NewLearner learner =
                NewLearner.move(
                        tablet,
                        cluster.tablet(tablet).epoch(),
                        NodeId.of(from),
                        NodeId.of(to),
                        ReplicaId.of("moved"),
                        "");
        cluster.metadata.apply(new ClusterCommand.AddLearners(List.of(learner), 1));
        cluster.runUntil(
                20_000,
                () ->
                        cluster.tablet(tablet).members().stream()
                                .anyMatch(each -> each.node().equals(NodeId.of(to))));
    }

    /** Nodes say that they have nothing of the merged tablet. */
    private void dropped(String... nodes) {
        TabletId into = merge("m").into();
        for (NodeId node : nodes(nodes)) {
            cluster.metadata.apply(
                    new ClusterCommand.TabletsDropped(node, List.of(into), List.of(), 1));
        }
    }

    private Set<NodeId> droppedFrom() {
        return cluster.state().dropped().get(merge("m").into());
    }

    private static Set<NodeId> nodes(String... ids) {
        return Arrays.stream(ids).map(NodeId::of).collect(Collectors.toSet());
    }

    /** A SEAL may be on its way to who has nothing of the merged tablet yet. */
    @Test
    void whatIsMadeOfAMergeThatIsGivenUpIsListedUntilBothLogsSayThatItNeverComes() {
        sealing(3);
        step("m", Phase.UNSEALING);
        assertThat(droppedFrom()).isEqualTo(nodes("t1", "t2", "t3"));
        dropped("t1");
        assertThat(droppedFrom()).as("while it is unsealed").contains(NodeId.of("t1"));
        cluster.sealed = NodeApi.SealResult.CANCELLED;
        cluster.runUntil(5_000, () -> merge("m").phase() == Phase.ABORTED);
        assertThat(droppedFrom()).isEqualTo(nodes("t1", "t2", "t3"));
        dropped("t1");
        assertThat(droppedFrom()).isEqualTo(nodes("t2", "t3"));
    }

    @Test
    void replicasMoveOnceAMergeIsGivenUpAndBothPlacesAreToldToRemoveIt() {
        MergeOperation merge = sealing(4);
        step("m", Phase.UNSEALING);
        move(merge.left(), "t3", "t4");
        assertThat(merge("m").phase()).isEqualTo(Phase.UNSEALING);
        cluster.sealed = NodeApi.SealResult.CANCELLED;
        cluster.runUntil(5_000, () -> merge("m").phase() == Phase.ABORTED);
        assertThat(droppedFrom()).isEqualTo(nodes("t1", "t2", "t3", "t4"));
    }

    /**
     * A replica that lags behind makes the merged tablet by the seals, and goes before it reads of their end.
     */
    @Test
    void whoHasNothingOfAMergeThatIsGivenUpIsAskedAgainWhenItsReplicaHasGone() {
        MergeOperation merge = sealing(4);
        step("m", Phase.UNSEALING);
        cluster.sealed = NodeApi.SealResult.CANCELLED;
        cluster.runUntil(5_000, () -> merge("m").phase() == Phase.ABORTED);
        dropped("t1", "t2", "t3");
        assertThat(droppedFrom()).isNull();
        move(merge.left(), "t3", "t4");
        cluster.runUntil(5_000, () -> droppedFrom() != null);
        assertThat(droppedFrom()).isEqualTo(nodes("t3"));
        dropped("t3");
        assertThat(droppedFrom()).isNull();
    }

    @Test
    void aMasterThatDoesNotUnsealIsFollowedByAnother() {
        MergeOperation merge = sealing(3);
        long epoch = cluster.tablet(merge.right()).epoch();
        step("m", Phase.UNSEALING);
        cluster.runUntil(6_000, () -> cluster.tablet(merge.right()).epoch() > epoch);
        cluster.sealed = NodeApi.SealResult.CANCELLED;
        cluster.runUntil(10_000, () -> merge("m").phase() == Phase.ABORTED);
    }

    @Test
    void noOtherClockKeepsTabletsSealedForLonger() {
        TabletId left = tablets(3, 2).get(0);
        begin("m", left);
        cluster.run(1_000);
        long later = cluster.time.wallMillis() + 3_600_000;
        cluster.metadata.apply(new MergeCommand.Step("m", Phase.COPYING, Phase.SEALING, "", later));
        cluster.run(9_000);
        assertThat(merge("m").phase()).isEqualTo(Phase.SEALING);
        cluster.runUntil(2_000, () -> merge("m").phase() == Phase.UNSEALING);
    }

    @Test
    void aLogThatForbidsAMergeEndsItAtOnce() {
        sealing(3);
        cluster.sealed = NodeApi.SealResult.CANCELLED;
        cluster.runUntil(2_000, () -> merge("m").phase() == Phase.ABORTED);
        assertThat(merge("m").detail()).endsWith("forbids it");
    }

    @Test
    void theLastIsWaitedForAnewWhenTheOthersWereNotReadyMeanwhile() {
        NodeApi.Joined ready = new NodeApi.Joined(true, false, "");
        NodeApi.Joined copying = new NodeApi.Joined(false, false, "copying");
        TabletId left = tablets(3, 2).get(0);
        cluster.joined = ready;
        cluster.joinedOn.put(NodeId.of("t3"), copying);
        begin("m", left);
        cluster.run(6_000);
        cluster.joinedOn.put(NodeId.of("t2"), copying);
        cluster.run(6_000);
        cluster.joinedOn.remove(NodeId.of("t2"));
        cluster.run(5_000);
        assertThat(merge("m").phase()).isEqualTo(Phase.COPYING);
        cluster.runUntil(8_000, () -> merge("m").phase() == Phase.SEALING);
    }

    private void sealing() {
        List<TabletId> tablets = tablets(3, 2);
        begin("m", tablets.get(0));
        step("m", Phase.SEALING);
        cluster.run(500);
    }

    /** Both ranges may be refused until it goes on, and what it does rests on nobody having been heard. */
    @Test
    void theNextLeaderAsksForSealsWithoutWaiting() {
        sealing();
        cluster.lead("m2");
        cluster.sealsAsked.clear();
        cluster.run(400);
        assertThat(cluster.sealsAsked).extracting(NodeApi.Seal::tablet).contains(merge("m").left());
        assertThat(cluster.sealsAsked)
                .extracting(NodeApi.Seal::tablet)
                .contains(merge("m").right());
    }

    @Test
    void theNextLeaderUnsealsWithoutWaiting() {
        sealing();
        step("m", Phase.UNSEALING);
        cluster.sealed = NodeApi.SealResult.CANCELLED;
        cluster.lead("m2");
        cluster.runUntil(400, () -> merge("m").phase() == Phase.ABORTED);
    }

    @Test
    void theNextLeaderReplacesNoMasterBeforeItHasHeardOfTheNodes() {
        sealing();
        step("m", Phase.UNSEALING);
        cluster.lead("m2");
        cluster.run(2_900);
        assertThat(cluster.state().handOvers()).isEmpty();
        cluster.runUntil(2_000, () -> !cluster.state().handOvers().isEmpty());
    }

    @Test
    void theNextLeaderBeginsNoPauseBeforeItHasHeardOfTheNodes() {
        List<TabletId> tablets = tablets(3, 2);
        begin("m", tablets.get(0));
        cluster.joined = new NodeApi.Joined(true, false, "");
        cluster.lead("m2");
        cluster.run(2_900);
        assertThat(merge("m").phase()).isEqualTo(Phase.COPYING);
        cluster.runUntil(2_000, () -> merge("m").phase() == Phase.SEALING);
    }
}
