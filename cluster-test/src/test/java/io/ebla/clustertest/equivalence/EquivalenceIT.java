package io.ebla.clustertest.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two tables of three copies on real servers are asked the same at random: the tablets of one are split,
 * merged, moved and handed over all the time, and servers that master one of them are killed and started
 * again, while the other table is left as it is. Both answer alike. There is a fourth server so that replicas
 * can move.
 *
 * <p>{@code -Dequivalence.minutes=30} makes the long form; {@code -Dseed=N} draws the same requests and the
 * same reshapes again, though not at the same moments.
 */
class EquivalenceIT {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int MINUTES = Integer.getInteger("equivalence.minutes", 0);
    private static final int STEPS_LEAST = 300;
    private static final int STEPS_BETWEEN_RESHAPES = 25;
    private static final int STEPS_BETWEEN_KILLS = 140;
    private static final int RUN_OUT_LEAST = 3;
    private static final Duration SHORT_MAX = Duration.ofMinutes(5);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path directory;

    @Test
    void aTableThatIsReshapedAndFailsOverAnswersAsOneThatIsNot() {
        System.out.println("EquivalenceIT: seed " + SEED + ", logs in " + directory);
        try (ClusterProcesses cluster = new ClusterProcesses(directory, 1, 4)) {
            cluster.node("m1").property("procedure.grace", "1s");
            cluster.start();
            List<URI> servers = cluster.tabletServers().stream().map(ClusterNode::uri).toList();
            for (String table : List.of("whole", "parts")) {
                create(new Api(servers.get(0)), table, cluster);
            }
            run(cluster, servers);
        } catch (RuntimeException | AssertionError failed) {
            throw new AssertionError("seed " + SEED, failed);
        }
    }

    private static void create(Api api, String table, ClusterProcesses cluster) {
        boolean made =
                Eventually.happens(
                        Duration.ofMinutes(1),
                        () -> api.put("/v1/tables/" + table, "{\"replicas\":3}").ok());
        assertThat(made).as(cluster::tails).isTrue();
    }

    private static void run(ClusterProcesses cluster, List<URI> servers) {
        TwoTables tables =
                new TwoTables(
                        new SteadfastClient(servers),
                        List.of("whole", "parts"),
                        new Requests(new Random(SEED)));
        long begunNanos = System.nanoTime();
        try (Upheaval upheaval =
                new Upheaval(cluster, "parts", Requests.PKS, new Random(SEED + 1))) {
            while (!isOver(tables, upheaval, System.nanoTime() - begunNanos)) {
                tables.step();
                if (tables.steps() % STEPS_BETWEEN_RESHAPES == 0) {
                    upheaval.wantReshape();
                }
                if (tables.steps() % STEPS_BETWEEN_KILLS == 0) {
                    upheaval.wantKill();
                }
                upheaval.check();
            }
            System.out.println("EquivalenceIT: " + tables + "; " + upheaval);
        }
        tables.all();
    }

    private static boolean isOver(TwoTables tables, Upheaval upheaval, long nanos) {
        if (MINUTES > 0) {
            return nanos >= Duration.ofMinutes(MINUTES).toNanos();
        }
        boolean over =
                tables.steps() >= STEPS_LEAST
                        && tables.ranOut() >= RUN_OUT_LEAST
                        && upheaval.enough();
        if (!over && nanos > SHORT_MAX.toNanos()) {
            throw new AssertionError("not enough in time: " + tables + "; " + upheaval);
        }
        return over;
    }
}
