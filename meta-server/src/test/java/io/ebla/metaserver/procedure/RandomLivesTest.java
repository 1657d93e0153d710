package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random lives of a cluster: nodes are killed, restarted, wiped and cut off, leaders change, calls are
 * lost, copies are added and removed, replicas move, masterships are handed over, nodes are drained. {@link
 * SimulatedCluster} checks at each commit that nothing committed is lost and that an epoch has one master; at
 * the end, when all is well again, the tablet is whole. Each life is named by its seed, which repeats it.
 */
class RandomLivesTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 8_000, 5_000, 8, 3, 32, 0.5);
    private static final int EVENTS = 60;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 600);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nothingCommittedIsLostAndTheTabletIsWholeInTheEnd(long seed) {
        live(seed, LeaderProcedures::new);
    }

    /** @param made makes the procedures of each member; gives the cluster at the end of its life */
    static SimulatedCluster live(
            long seed,
            BiFunction<LeaderProcedures.Parts, ProcedureSettings, LeaderProcedures> made) {
        Random random = new Random(seed);
        int copies = random.nextBoolean() ? 3 : 5;
        SimulatedCluster cluster = new SimulatedCluster(seed, copies + 1, SETTINGS, made);
        TabletId tablet = cluster.table(copies, StoreKind.DISK);
        cluster.loss = random.nextInt(3) * 0.1;
        cluster.metadata.lostProposalsAreWritten = random.nextBoolean();
        cluster.metadata.watcher = RandomLivesTest::check;
        RandomOrders orders = new RandomOrders(cluster, random);
        int wiped = 0;
        for (int i = 0; i < EVENTS; i++) {
            cluster.run(random.nextInt(3_000));
            FakeNode node = cluster.nodes().get(random.nextInt(cluster.nodes().size()));
            switch (random.nextInt(13)) {
                case 0, 1 -> node.kill();
                case 2 -> cluster.cut(node.id.value(), "meta");
                case 3 -> {
                    FakeNode other = cluster.nodes().get(random.nextInt(cluster.nodes().size()));
                    cluster.cut(node.id.value(), other.id.value());
                }
                case 4 -> cluster.lead(random.nextBoolean() ? "m1" : "m2");
                case 5 -> cluster.copies(random.nextInt(2) * 2 + 3 - 2 * random.nextInt(2));
                case 6 -> {
                    boolean mayWipe =
                            whole(cluster, tablet)
                                    && cluster.reachesMeta(node)
                                    && cluster.tablet(tablet).replicas().size() >= 3
                                    && wiped < 3;
                    if (mayWipe) {
                        wiped++;
                        node.restart(true);
                    }
                }
                case 7 -> cluster.cuts.clear();
                case 8 -> orders.move(tablet);
                case 9 -> orders.handOver(tablet);
                case 10 -> orders.drainOrNot(node.id);
                default ->
                        cluster.nodes().stream()
                                .filter(each -> !each.up)
                                .forEach(each -> each.restart(false));
            }
        }
        heal(cluster);
        orders.undrainAll();
        cluster.copies(3);
        int before = cluster.committedEntries(tablet);
        cluster.runUntil(60_000, () -> whole(cluster, tablet));
        cluster.run(2_000);
        assertThat(cluster.committedEntries(tablet)).as("it goes on").isGreaterThan(before);
        assertThat(cluster.state().replicaOperations().values())
                .as("what was begun has ended")
                .allMatch(each -> each.phase().ended());
        return cluster;
    }

    /** Copies are never fewer nor more than they were or are to be, and a drained node gets none. */
    private static void check(ClusterState before, ClusterState after) {
        for (TabletDescriptor tablet : after.tablets().values()) {
            TabletDescriptor was = before.tablets().get(tablet.id());
            int wanted = after.tables().get(tablet.table()).replicas();
            if (was != null) {
                int had = was.members().size();
                assertThat(tablet.members().size())
                        .isBetween(Math.min(had, wanted), Math.max(had, wanted));
                assertThat(tablet.replicas())
                        .noneMatch(
                                each ->
                                        before.administration().isDrained(each.node())
                                                && was.replicas().stream()
                                                        .noneMatch(
                                                                one -> one.id().equals(each.id())));
            }
        }
    }

    private static void heal(SimulatedCluster cluster) {
        cluster.cuts.clear();
        cluster.loss = 0;
        cluster.nodes().stream().filter(each -> !each.up).forEach(each -> each.restart(false));
        cluster.nodes()
                .forEach(each -> each.conditions.replaceAll((id, was) -> ReplicaCondition.HEALTHY));
    }

    /** Whether no more than what is asked for is there, all of it of use, and nothing is under way. */
    private static boolean whole(SimulatedCluster cluster, TabletId tablet) {
        int wanted = cluster.state().tables().values().iterator().next().replicas();
        return cluster.tablet(tablet).replicas().size() == wanted
                && cluster.tablet(tablet).previousReplicas().isEmpty()
                && cluster.tablet(tablet).replicas().stream()
                        .allMatch(each -> each.opened() && !each.lost() && !each.learner())
                && cluster.tablet(tablet).replicas().stream()
                        .allMatch(each -> holds(cluster.node(each.node()), tablet, each))
                && cluster.master(tablet) != null;
    }

    private static boolean holds(FakeNode node, TabletId tablet, ReplicaDescriptor replica) {
        return node.up
                && node.replicas.containsKey(tablet)
                && node.replicas.get(tablet).id.equals(replica.id());
    }
}
