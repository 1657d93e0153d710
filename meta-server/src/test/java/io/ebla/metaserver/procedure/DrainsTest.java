package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.cluster.Verdict;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drains of nodes, whatever dies meanwhile and however many are drained together. */
class DrainsTest {

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

    private String task(ClusterTask.Kind kind, String node) {
        String id = "task-" + ids++;
        ClusterTask task =
                ClusterTask.begun(id, kind, node == null ? null : NodeId.of(node), 0, 1, "");
        Verdict verdict = cluster.metadata.apply(new ClusterCommand.BeginTask(task, 1));
        assertThat(verdict).isInstanceOf(Verdict.Changed.class);
        return id;
    }

    private ClusterTask.Phase taskPhase(String id) {
        return cluster.state()
                .administration()
                .last(task -> task.id().equals(id))
                .orElseThrow()
                .phase();
    }

    private List<String> members(TabletId tablet) {
        return cluster.tablet(tablet).members().stream()
                .map(each -> each.node().value())
                .sorted()
                .toList();
    }

    @Test
    void aDrainedNodeHoldsNothingInTheEndAndGetsNothing() {
        cluster.table(3, StoreKind.DISK, 6);
        cluster.run(4_000);
        String drain = task(ClusterTask.Kind.DRAIN, "t1");
        cluster.runUntil(
                90_000,
                () -> {
                    long moving =
                            cluster.state().replicaOperations().values().stream()
                                    .filter(ReplicaOperation::moves)
                                    .count();
                    assertThat(moving).as("bounded").isLessThanOrEqualTo(2);
                    return taskPhase(drain) == ClusterTask.Phase.DONE;
                });
        assertThat(cluster.node("t1").replicas).isEmpty();
        assertThat(cluster.state().tablets().values())
                .allMatch(each -> each.members().size() == 3)
                .allMatch(each -> each.replicaOn(NodeId.of("t1")).isEmpty());
        cluster.node("t1").kill();
        cluster.run(40_000);
        assertThat(cluster.state().tablets().values())
                .as("nobody noticed")
                .allMatch(each -> each.members().size() == 3 && each.master() != null);
        cluster.node("t1").restart(false);
        cluster.node("t2").kill();
        cluster.run(60_000);
        assertThat(cluster.node("t1").replicas).as("it is still drained").isEmpty();
    }

    @Test
    void aDrainForWhichThereIsNoRoomIsGivenUp() {
        TabletId tablet = settledTable(3);
        cluster.node("t4").kill();
        cluster.node("t5").kill();
        cluster.run(3_000);
        String drain = task(ClusterTask.Kind.DRAIN, "t2");
        cluster.runUntil(40_000, () -> taskPhase(drain) == ClusterTask.Phase.ABORTED);
        assertThat(cluster.state().administration().drained()).isEmpty();
        assertThat(members(tablet)).containsExactly("t1", "t2", "t3");
    }

    @Test
    void aDrainIsTakenBack() {
        TabletId tablet = settledTable(3);
        String drain = task(ClusterTask.Kind.DRAIN, "t2");
        task(ClusterTask.Kind.UNDRAIN, "t2");
        assertThat(taskPhase(drain)).isEqualTo(ClusterTask.Phase.ABORTED);
        cluster.run(20_000);
        assertThat(members(tablet)).hasSize(3);
        assertThat(cluster.state().administration().drained()).isEmpty();
    }

    @Test
    void theOnlyCopiesOfADrainedNodeMoveToo() {
        TabletId tablet = settledTable(1);
        String drain = task(ClusterTask.Kind.DRAIN, "t1");
        cluster.runUntil(60_000, () -> taskPhase(drain) == ClusterTask.Phase.DONE);
        assertThat(members(tablet)).hasSize(1).doesNotContain("t1");
        assertThat(cluster.master(tablet)).isNotNull();
    }

    @Test
    void anElectionMayChooseADrainedNodeAndItIsHandedOver() {
        TabletId tablet = settledTable(3);
        task(ClusterTask.Kind.DRAIN, "t2");
        cluster.node("t1").kill();
        cluster.runUntil(
                60_000,
                () ->
                        cluster.master(tablet) != null
                                && !members(tablet).contains("t2")
                                && cluster.tablet(tablet).previousReplicas().isEmpty());
        TabletDescriptor now = cluster.tablet(tablet);
        assertThat(now.replicas()).extracting(ReplicaDescriptor::learner).doesNotContain(true);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void allNodesOfATableAreDrainedTogether(int copies) {
        cluster =
                new SimulatedCluster(
                        5,
                        2 * copies,
                        SETTINGS.with(
                                new BalanceSettings(false, 4, 1_000, 60_000, 0.2, 1_000, 10)));
        cluster.table(copies, StoreKind.DISK, 6);
        cluster.run(4_000);
        List<String> drains =
                IntStream.rangeClosed(1, copies)
                        .mapToObj(i -> task(ClusterTask.Kind.DRAIN, "t" + i))
                        .toList();
        cluster.runUntil(
                120_000,
                () -> drains.stream().allMatch(each -> taskPhase(each) == ClusterTask.Phase.DONE));
        assertThat(cluster.state().tablets().values())
                .allMatch(each -> each.members().size() == copies && each.master() != null);
    }

    @Test
    void anElectionPrefersANodeThatIsNotDrained() {
        TabletId tablet = settledTable(3);
        Stream.of("t4", "t5").forEach(each -> cluster.node(each).kill()); // nothing moves
        cluster.run(3_000);
        task(ClusterTask.Kind.DRAIN, "t2");
        cluster.node("t1").kill();
        cluster.runUntil(10_000, () -> cluster.master(tablet) != null);
        assertThat(cluster.master(tablet).id).isEqualTo(NodeId.of("t3"));
        assertThat(cluster.state().handOvers()).isEmpty();
    }

    @Test
    void aDrainEndsWhenItsNodeIsGoneBeforeItsFilesAre() {
        settledTable(3);
        String drain = task(ClusterTask.Kind.DRAIN, "t2");
        cluster.node("t2").kill();
        cluster.runUntil(30_000, () -> taskPhase(drain) == ClusterTask.Phase.CLEARING);
        cluster.runUntil(40_000, () -> taskPhase(drain) == ClusterTask.Phase.DONE);
        assertThat(detail(drain)).contains("not confirmed");
    }

    @Test
    void aDrainedNodeThatIsRemovedIsForgottenAndStaysDrained() {
        settledTable(3);
        String drain = task(ClusterTask.Kind.DRAIN, "t2");
        cluster.runUntil(60_000, () -> taskPhase(drain) == ClusterTask.Phase.DONE);
        cluster.run(30_000);
        assertThat(cluster.state().nodes()).as("while it lives").containsKey(NodeId.of("t2"));
        cluster.node("t2").kill();
        cluster.run(15_000);
        assertThat(cluster.state().nodes()).as("soon after").containsKey(NodeId.of("t2"));
        cluster.runUntil(15_000, () -> !cluster.state().nodes().containsKey(NodeId.of("t2")));
        cluster.node("t2").restart(false);
        cluster.run(1_000);
        assertThat(cluster.state().nodes()).containsKey(NodeId.of("t2"));
        assertThat(cluster.state().administration().isDrained(NodeId.of("t2"))).isTrue();
    }

    @Test
    void aNodeThatIsForgottenMayStillBeUndrained() {
        settledTable(3);
        String drain = task(ClusterTask.Kind.DRAIN, "t2");
        cluster.runUntil(60_000, () -> taskPhase(drain) == ClusterTask.Phase.DONE);
        cluster.node("t2").kill();
        cluster.runUntil(60_000, () -> !cluster.state().nodes().containsKey(NodeId.of("t2")));
        task(ClusterTask.Kind.UNDRAIN, "t2");
        assertThat(cluster.state().administration().drained()).isEmpty();
    }

    @Test
    void aDrainWhoseNewReplicasNeverCatchUpIsGivenUp() {
        settledTable(3);
        cluster.cut("t4", "t1");
        cluster.cut("t5", "t1");
        String drain = task(ClusterTask.Kind.DRAIN, "t2");
        cluster.runUntil(40_000, () -> taskPhase(drain) == ClusterTask.Phase.ABORTED);
        assertThat(detail(drain)).contains("no replica has left it");
        assertThat(cluster.state().administration().drained()).isEmpty();
    }

    @Test
    void drainsDecidedFromOneStateLeaveRoomForAllCopies() {
        settledTable(3);
        task(ClusterTask.Kind.DRAIN, "t4");
        task(ClusterTask.Kind.DRAIN, "t1");
        ClusterTask third =
                ClusterTask.begun("third", ClusterTask.Kind.DRAIN, NodeId.of("t2"), 1, 1, "");
        Verdict verdict = cluster.metadata.apply(new ClusterCommand.BeginTask(third, 1));
        assertThat(verdict).isInstanceOf(Verdict.Refused.class);
        assertThat(cluster.state().administration().isDrained(NodeId.of("t2"))).isFalse();
    }

    private String detail(String id) {
        return cluster.state()
                .administration()
                .last(task -> task.id().equals(id))
                .orElseThrow()
                .detail();
    }
}
