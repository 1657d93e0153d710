package io.ebla.clustertest.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A table in memory with three copies (L6): one process that ends takes nothing with it, and its replica is
 * rebuilt; two at once take everything, and that is told.
 */
@Tag("long")
class MemoryReplicasIT {

    private static final List<String> ALL = List.of("t1", "t2", "t3");

    @TempDir private Path directory;
    private ClusterProcesses cluster;
    private ReplicatedTable table;

    @BeforeEach
    void make() {
        cluster = new ClusterProcesses(directory, 1, 3);
        cluster.start();
        table = ReplicatedTable.make(cluster, "m", "{\"replicas\":3,\"store\":\"memory\"}");
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    @Test
    void oneLostCopyIsRebuiltAndAQuorumLostAtOnceEmptiesTheTable() {
        table.fill(4 << 20);
        ClusterNode master = table.master();
        ClusterNode slave = other(master);
        String before = MapOfMeta.of(cluster).replica(slave);
        slave.kill();
        table.write(20);
        slave.bringBack();
        awaitAnotherReplica(slave, before);
        table.write(20);
        table.assertSameRows(slave);

        ClusterNode oldMaster = table.master();
        String beforeToo = MapOfMeta.of(cluster).replica(oldMaster);
        oldMaster.kill();
        table.write(20);
        oldMaster.bringBack();
        awaitAnotherReplica(oldMaster, beforeToo);
        table.write(20);
        table.assertSameRows(oldMaster);

        ClusterNode survivor = table.master();
        List<ClusterNode> lost =
                cluster.tabletServers().stream().filter(node -> node != survivor).toList();
        lost.forEach(ClusterNode::kill);
        lost.forEach(ClusterNode::start);
        lost.forEach(ClusterNode::bringBack);
        ClusterNode meta = cluster.metaServers().get(0);
        table.await("it is told", () -> Operations.of(meta).done("empty_tablet"));
        assertThat(Operations.of(meta).detailOf("empty_tablet")).contains("begins again, empty");
        table.empty();
        table.write(20);
        for (ClusterNode node : cluster.tabletServers()) {
            table.assertSameRows(node);
        }
    }

    private void awaitAnotherReplica(ClusterNode node, String before) {
        table.await(
                node.id() + " has a new replica that counts",
                () -> {
                    String now = MapOfMeta.of(cluster).replica(node);
                    return !now.isEmpty() && !now.equals(before) && table.members().equals(ALL);
                });
    }

    private ClusterNode other(ClusterNode master) {
        return cluster.tabletServers().stream()
                .filter(node -> node != master)
                .findFirst()
                .orElseThrow();
    }
}
