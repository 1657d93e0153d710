package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import io.ebla.metaserver.cluster.Verdict;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a split whose tablet nobody can speak for. */
class SplitDriverTest {

    private final SimulatedCluster cluster =
            new SimulatedCluster(
                    41,
                    3,
                    new ProcedureSettings(
                            3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65));

    private TabletId tablet() {
        TabletId tablet = cluster.table(3, StoreKind.DISK);
        cluster.run(4_000);
        return tablet;
    }

    private void begin(TabletId tablet, String atHex) {
        Verdict begun =
                cluster.metadata.apply(
                        new SplitCommand.Begin("split", tablet, atHex, cluster.time.wallMillis()));
        assertThat(begun).isInstanceOf(Verdict.Changed.class);
    }

    private SplitOperation split() {
        return cluster.state().splits().get("split");
    }

    /** Its master is back as another run, and the others, who would have to elect it, are gone. */
    private void loseMaster(TabletId tablet) {
        FakeNode master = cluster.master(tablet);
        cluster.nodes().forEach(FakeNode::kill);
        master.restart(false);
        cluster.run(10_000);
        assertThat(cluster.tablet(tablet).master()).isNull();
    }

    @Test
    void theMiddleOfATabletWithoutAMasterIsNotWaitedForForEver() {
        TabletId tablet = tablet();
        loseMaster(tablet);
        begin(tablet, "");
        cluster.run(50_000);
        assertThat(split().phase()).isEqualTo(Phase.CHOOSING);
        cluster.run(12_000);
        assertThat(split().phase()).isEqualTo(Phase.ABORTED);
    }

    /** SPLIT may stand in its log: only that can say that it does not. */
    @Test
    void aSplitWithoutAMasterIsCancelledOnlyByTheLog() {
        TabletId tablet = tablet();
        loseMaster(tablet);
        begin(tablet, "00");
        cluster.run(115_000);
        assertThat(split().phase()).isEqualTo(Phase.SPLITTING);
        cluster.run(120_000);
        assertThat(split().phase()).isEqualTo(Phase.CANCELLING);
    }

    @Test
    void allReplicasMakeReadyBeforeTheMasterEndsTheLog() {
        TabletId tablet = tablet();
        begin(tablet, "00");
        cluster.runUntil(1_000, () -> cluster.splitsAsked.size() == 3);
        assertThat(cluster.splitsAsked)
                .extracting(NodeApi.Split::epoch)
                .containsOnly(NodeApi.NO_EPOCH);
        cluster.run(1_000);
        assertThat(cluster.splitsAsked).as("while they have not answered").hasSize(3);
        cluster.run(2_000);
        assertThat(cluster.splitsAsked).as("one that does not answer is not waited for").hasSize(4);
        assertThat(cluster.splitsAsked.get(3))
                .extracting(NodeApi.Split::epoch)
                .isEqualTo(cluster.tablet(tablet).epoch());
    }

    @Test
    void fewSplitsMakeReadyAtATime() {
        cluster.table(3, StoreKind.DISK, 12);
        cluster.run(4_000);
        cluster.state()
                .tablets()
                .values()
                .forEach(
                        each ->
                                cluster.metadata.apply(
                                        new SplitCommand.Begin(
                                                "split-" + each.id(),
                                                each.id(),
                                                each.fromHex() + "00",
                                                cluster.time.wallMillis())));
        cluster.run(1_000);
        assertThat(cluster.splitsAsked).hasSize(8 * 3);
        cluster.run(1_500);
        assertThat(readied()).as("those before have had their time").isEqualTo(12 * 3);
    }

    private long readied() {
        return cluster.splitsAsked.stream()
                .filter(each -> each.epoch() == NodeApi.NO_EPOCH)
                .count();
    }

    @Test
    void aReplicaThatIsLostMakesNothingReady() {
        TabletId tablet = tablet();
        cluster.node("t3").restart(true);
        assertThat(cluster.tablet(tablet).members()).anyMatch(each -> each.lost());
        begin(tablet, "00");
        cluster.run(1_000);
        assertThat(cluster.splitsAsked)
                .extracting(each -> each.node().value())
                .containsExactlyInAnyOrder("t1", "t2");
    }

    private void next(Phase phase) {
        cluster.metadata.apply(
                new SplitCommand.Step(
                        "split", split().phase(), phase, "00", "", cluster.time.wallMillis()));
        assertThat(split().phase()).isEqualTo(phase);
    }

    /** Nobody writes to the range until it goes on. */
    @ParameterizedTest
    @EnumSource(names = {"SPLIT", "CANCELLING"})
    void theNextLeaderGoesOnAtOnceWithASplitThatMayHaveCome(Phase phase) {
        TabletId tablet = tablet();
        begin(tablet, "00");
        next(phase);
        cluster.lead("m2");
        cluster.splitsAsked.clear();
        cluster.run(400);
        assertThat(cluster.splitsAsked)
                .isNotEmpty()
                .allMatch(each -> each.cancel() == (phase == Phase.CANCELLING))
                .extracting(NodeApi.Split::epoch)
                .containsOnly(cluster.tablet(tablet).epoch());
    }

    @Test
    void theNextLeaderEndsNoLogBeforeItHasHeardOfTheNodes() {
        begin(tablet(), "00");
        cluster.lead("m2");
        cluster.splitsAsked.clear();
        cluster.run(2_900);
        assertThat(cluster.splitsAsked).isEmpty();
        cluster.runUntil(2_000, () -> !cluster.splitsAsked.isEmpty());
    }

    /** The reports were there before the next master was: only the leader puts the children in place then. */
    @Test
    void theNextLeaderPutsTheChildrenInPlaceAsSoonAsThereIsAMaster() {
        TabletId tablet = tablet();
        begin(tablet, "00");
        next(Phase.SPLIT);
        long epoch = cluster.tablet(tablet).epoch();
        cluster.metadata.apply(
                new ClusterCommand.BeginElections(
                        List.of(new ClusterCommand.NewEpoch(tablet, epoch, epoch + 1)),
                        cluster.time.wallMillis()));
        assertThat(cluster.tablet(tablet).master()).isNull();
        for (ReplicaDescriptor each : cluster.tablet(tablet).members()) {
            List<Holding> children =
                    Stream.of(split().low(), split().high())
                            .map(child -> new Holding(child, each.id().ofChild(child)))
                            .toList();
            Incarnation run = cluster.state().nodes().get(each.node()).incarnation();
            cluster.metadata.apply(
                    new ClusterCommand.ReplicasOpened(
                            each.node(), run, children, cluster.time.wallMillis()));
        }
        assertThat(split().phase()).isEqualTo(Phase.SPLIT);
        cluster.lead("m2");
        cluster.runUntil(2_500, () -> split().phase() == Phase.DONE);
    }
}
