package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.cluster.ReplicaOperation;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each of those who take part in a move or a drain dies in each phase of it, and the leader of the metadata
 * is another: it ends, the tablet is whole, and nothing committed is lost. The phases are those that the
 * state knows, so that a new one is killed in as well, or the test says that it was never seen.
 */
class MoveKillsTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65)
                    .with(new BalanceSettings(false, 4, 1_000, 60_000, 0.2, 1_000, 1_000));

    private static final String LEADER = "the leader";

    static Stream<Arguments> deaths() {
        List<Enum<?>> phases =
                Stream.of(
                                ReplicaOperation.Phase.values(),
                                HandOver.Phase.values(),
                                ClusterTask.Phase.values())
                        .flatMap(Arrays::stream)
                        .<Enum<?>>map(each -> each)
                        .filter(each -> !List.of("DONE", "ABORTED").contains(each.name()))
                        .toList();
        return phases.stream()
                .flatMap(
                        phase ->
                                Stream.of("t1", "t2", "t4", LEADER)
                                        .flatMap(
                                                victim ->
                                                        Stream.of(1, 3)
                                                                .map(
                                                                        copies ->
                                                                                Arguments.of(
                                                                                        phase,
                                                                                        victim,
                                                                                        copies))));
    }

    @ParameterizedTest
    @MethodSource("deaths")
    void whoeverDiesInWhicheverPhaseItEnds(Enum<?> phase, String victim, int copies) {
        SimulatedCluster cluster = new SimulatedCluster(31, 4, SETTINGS);
        TabletId tablet = cluster.table(copies, StoreKind.DISK);
        cluster.run(4_000);
        boolean[] died = new boolean[1];
        cluster.metadata.watcher =
                (before, after) -> {
                    if (!died[0] && in(after, phase)) {
                        died[0] = true;
                        cluster.time.after(0, () -> die(cluster, victim));
                    }
                };
        int written = cluster.committedEntries(tablet);
        boolean drains = phase instanceof ClusterTask.Phase;
        if (drains) {
            ClusterTask drain =
                    ClusterTask.begun("drain", ClusterTask.Kind.DRAIN, NodeId.of("t1"), 1, 1, "");
            cluster.metadata.apply(new ClusterCommand.BeginTask(drain, 1));
        } else {
            move(cluster, tablet);
        }
        cluster.runUntil(120_000, () -> ended(cluster.state()) && whole(cluster, tablet, copies));
        assertThat(died[0]).as("%s was never seen", phase).isTrue();
        cluster.runUntil(20_000, () -> cluster.committedEntries(tablet) > written);
        if (drains) {
            assertThat(cluster.tablet(tablet).replicaOn(NodeId.of("t1"))).isEmpty();
        }
    }

    private static void move(SimulatedCluster cluster, TabletId tablet) {
        NewLearner learner =
                NewLearner.move(
                        tablet,
                        cluster.tablet(tablet).epoch(),
                        NodeId.of("t1"),
                        NodeId.of("t4"),
                        ReplicaId.of("moved"),
                        "");
        cluster.metadata.apply(new ClusterCommand.AddLearners(List.of(learner), 1));
    }

    private static boolean in(ClusterState state, Enum<?> phase) {
        Predicate<Enum<?>> same = each -> each == phase;
        return state.replicaOperations().values().stream().anyMatch(each -> same.test(each.phase()))
                || state.handOvers().values().stream().anyMatch(each -> same.test(each.phase()))
                || state.administration().tasks().stream()
                        .anyMatch(each -> same.test(each.phase()));
    }

    private static void die(SimulatedCluster cluster, String victim) {
        if (victim.equals(LEADER)) {
            cluster.lead("m2");
            return;
        }
        cluster.node(victim).kill();
        cluster.time.after(4_000, () -> cluster.node(victim).restart(false));
    }

    private static boolean ended(ClusterState state) {
        return state.replicaOperations().values().stream().allMatch(each -> each.phase().ended())
                && state.handOvers().values().stream().allMatch(each -> each.phase().ended())
                && state.administration().tasks().stream()
                        .allMatch(each -> each.phase() == ClusterTask.Phase.DONE);
    }

    private static boolean whole(SimulatedCluster cluster, TabletId tablet, int copies) {
        List<ReplicaDescriptor> replicas = cluster.tablet(tablet).replicas();
        return replicas.size() == copies
                && replicas.stream().noneMatch(each -> each.lost() || each.learner())
                && cluster.master(tablet) != null;
    }
}
