package io.ebla.clustertest.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cluster of processes itself: it starts whole, and its faults do what they say. */
class ClusterProcessesIT {

    @TempDir private Path directory;

    @Test
    void membersFindEachOtherAndAgainAfterAllWereKilled() {
        try (ClusterProcesses cluster = new ClusterProcesses(directory, 3, 3)) {
            cluster.start();
            everyNodeIsUp(cluster);
            cluster.nodes().forEach(ClusterNode::kill);
            assertThat(cluster.nodes()).noneMatch(ClusterNode::runs);
            cluster.start();
            everyNodeIsUp(cluster);
        }
    }

    private static void everyNodeIsUp(ClusterProcesses cluster) {
        for (ClusterNode node : cluster.tabletServers()) {
            Api api = new Api(node.uri());
            boolean up =
                    Eventually.happens(
                            Duration.ofSeconds(90),
                            () -> {
                                String body = api.get("/v1/cluster").body();
                                return body.contains("\"leader\":\"m")
                                        && body.split("\"state\":\"up\"", -1).length == 4;
                            });
            assertThat(up).as(() -> api.get("/v1/cluster") + "\n" + cluster.tails()).isTrue();
        }
    }

    @Test
    void aCutStopsThoseTwoAndNobodyElse() {
        List<String> nodes = List.of("a", "b", "c");
        try (Wires wires = Wires.best(nodes)) {
            assumeTrue(wires.canCut(), "nothing can be cut here");
            for (String node : nodes) {
                assertThat(hears(wires, node, "a")).isTrue();
            }
            wires.cut("b", "a");
            assertThat(hears(wires, "b", "a")).as("from b to a").isFalse();
            assertThat(hears(wires, "c", "a")).as("from c to a").isTrue();
            assertThat(hears(wires, "b", "c")).as("from b to c").isTrue();
            wires.heal();
            assertThat(hears(wires, "b", "a")).as("from b to a, healed").isTrue();
        }
    }

    /** Whether packets get there: a refused connection is an answer too, silence is none. */
    private static boolean hears(Wires wires, String from, String to) {
        List<String> command = new ArrayList<>(wires.under(from));
        String connect = "timeout 5 bash -c 'exec 3<>/dev/tcp/" + wires.address(to) + "/9'";
        command.addAll(List.of("bash", "-c", connect + "; test $? -ne 124"));
        return Command.works(command.toArray(String[]::new));
    }
}
