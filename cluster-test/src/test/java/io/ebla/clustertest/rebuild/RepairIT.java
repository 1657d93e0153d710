package io.ebla.clustertest.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes that stay dead: what they had is rebuilt on others, but not while so many are dead that they are
 * rather coming back.
 */
@Tag("long")
class RepairIT {

    private static final Duration AFTER = Duration.ofSeconds(2);

    @TempDir private Path directory;
    private ClusterProcesses cluster;

    @BeforeEach
    void make() {
        cluster = new ClusterProcesses(directory, 1, 5);
        for (ClusterNode meta : cluster.metaServers()) {
            meta.property("repair.after", AFTER.toMillis() + "ms")
                    .property("procedure.grace", "1s");
        }
        cluster.start();
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    @Test
    void aDeadNodesReplicaIsRebuiltElsewhereOnceEnoughNodesLive() {
        ReplicatedTable table = ReplicatedTable.make(cluster, "t", "{\"replicas\":3}");
        table.write(50);
        List<String> members = table.members();
        ClusterNode master = table.master();
        ClusterNode dead = first(node -> members.contains(node.id()) && node != master);
        ClusterNode spare = first(node -> !members.contains(node.id()));
        dead.kill();
        spare.kill();
        ClusterNode meta = cluster.metaServers().get(0);
        table.await(
                "it is told that too few live",
                () -> meta.process().output().contains("event=repairs_wait live=3 known=5"));
        table.write(50);
        boolean rebuilt =
                Eventually.happens(AFTER.multipliedBy(3), () -> Operations.of(meta).has("rebuild"));
        assertThat(rebuilt).as(() -> Operations.of(meta) + "\n" + cluster.tails()).isFalse();
        assertThat(table.members()).isEqualTo(members);

        spare.bringBack();
        table.await("a rebuild is done", () -> Operations.of(meta).done("rebuild"));
        assertThat(Operations.of(meta).detailOf("rebuild")).contains(dead.id() + " to ");
        table.await("the dead one is no member", () -> !table.members().contains(dead.id()));
        assertThat(table.members()).hasSize(3);
        ClusterNode fresh =
                first(node -> table.members().contains(node.id()) && !members.contains(node.id()));
        table.write(50);
        table.assertSameRows(fresh);

        dead.bringBack();
        Path files = dead.data().resolve("tablets").resolve("1");
        table.await("it removes what it had", () -> !Files.exists(files));
    }

    private ClusterNode first(Predicate<ClusterNode> which) {
        return cluster.tabletServers().stream().filter(which).findFirst().orElseThrow();
    }
}
