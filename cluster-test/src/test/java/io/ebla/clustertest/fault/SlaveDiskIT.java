package io.ebla.clustertest.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Command;
import io.ebla.clustertest.rebuild.MapOfMeta;
import io.ebla.clustertest.rebuild.Metric;
import io.ebla.clustertest.rebuild.Operations;
import io.ebla.clustertest.rebuild.ReplicatedTable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad luck on the disk of one slave of three: the group goes on without it, its trouble is told, it never
 * serves what is wrong, and it is whole again afterwards without hands.
 */
class SlaveDiskIT {

    private static final Path LIBRARIES = Path.of("/usr/lib/fiu");
    private static final Path CONTROL = Path.of("/usr/bin/fiu-ctrl");
    private static final String THREE = "{\"replicas\":3}";

    /** What a process ends with whose disk has failed. */
    private static final int DISK_FAILED = 70;

    @TempDir private Path directory;
    private ClusterProcesses cluster;
    private ClusterNode slave;
    private Path disk;

    @BeforeEach
    void make() throws IOException {
        cluster = new ClusterProcesses(directory, 1, 3);
        slave = cluster.node("t3");
        disk = Files.createDirectory(directory.resolve("disk"));
    }

    @AfterEach
    void end() {
        cluster.close();
        Command.works("umount", "-l", disk.toString());
    }

    /** It is full for so long that the others have no log for it any more. */
    @Test
    void aSlaveWithAFullDiskIsRebuiltOnceThereIsRoom() throws IOException {
        assumeTrue(
                Command.works("mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", disk.toString()),
                "a small file system cannot be mounted (not root?)");
        slave.data(disk.resolve("t3"));
        for (ClusterNode node : cluster.tabletServers()) {
            node.property("oplog.segment-size", "4MB")
                    .property("oplog.retention", "4MB")
                    .property("oplog.flush-above", "6MB")
                    .property("tablet.idle-flush", "500ms")
                    .property("oplog.minimum-free", "24MB");
        }
        cluster.start();
        ReplicatedTable table = ReplicatedTable.notMasteredBy(slave, cluster, THREE);
        table.write(20);
        Path ballast = disk.resolve("ballast");
        fill(ballast);
        Metric open = new Metric("ebla_journal_open");
        table.await("the full disk is told", () -> open.of(slave) == 0);
        table.fill(16 << 20);
        Metric journal = new Metric("ebla_journal_size_bytes");
        ClusterNode master = table.master();
        table.await("the log is freed", () -> journal.of(master) < 14 << 20);
        assertThat(slave.process().isAlive()).isTrue();
        Files.delete(ballast);
        table.await("there is room", () -> open.of(slave) == 1);
        table.await(
                "it is rebuilt",
                () -> slave.process().output().contains("was rebuilt from a snapshot"));
        table.write(5);
        table.assertSameRows(slave);
    }

    @Test
    void aSlaveWhoseSyncsFailEndsAndCatchesUpWhenItIsStartedAgain() {
        Path library = LIBRARIES.resolve("fiu_posix_preload.so");
        assumeTrue(Files.exists(library) && Files.exists(CONTROL), "libfiu is not installed");
        String pipes = directory.resolve("fiu").toString();
        slave.environment("FIU_CTRL_FIFO", pipes)
                .environment("LD_PRELOAD", LIBRARIES.resolve("fiu_run_preload.so") + " " + library);
        cluster.start();
        ReplicatedTable table = ReplicatedTable.notMasteredBy(slave, cluster, THREE);
        table.write(20);
        for (String call : List.of("fdatasync", "fsync")) {
            String fault = "enable name=posix/io/sync/" + call + ",failinfo=5";
            Command.run(
                    CONTROL.toString(), "-f", pipes, "-c", fault, "" + slave.process().javaPid());
        }
        table.write(20);
        Optional<Integer> status = slave.process().awaitExit(Duration.ofSeconds(60));
        assertThat(status).as("exit:\n%s", slave.process().tail()).contains(DISK_FAILED);
        assertThat(slave.process().output()).contains("failed to sync");
        table.write(20);
        slave.environment("LD_PRELOAD", "");
        slave.bringBack();
        table.assertSameRows(slave);
        table.write(5);
        table.assertSameRows(slave);
    }

    @Test
    void aSlaveWithAFlippedBitIsRebuiltFromAnother() throws IOException {
        slave.property("tablet.idle-flush", "1h");
        cluster.start();
        ReplicatedTable table = ReplicatedTable.notMasteredBy(slave, cluster, THREE);
        table.write(20);
        table.awaitCaughtUp(slave);
        Metric synced = new Metric("ebla_journal_sync_seconds_count");
        double before = synced.of(slave);
        // Of what a later frame calls durable, damage is no torn tail.
        table.write(5);
        table.awaitCaughtUp(slave);
        table.await("another frame is there", () -> synced.of(slave) > before);
        slave.kill();
        String replica = MapOfMeta.of(cluster).replica(slave);
        assertThat(new JournalFiles(slave.data()).flipIn("row0000007")).isPositive();
        table.write(20);
        slave.bringBack();
        ClusterNode meta = cluster.metaServers().get(0);
        table.await("it is rebuilt", () -> Operations.of(meta).done("rebuild"));
        assertThat(slave.process().output()).contains("is damaged; it is not served");
        assertThat(MapOfMeta.of(cluster).replica(slave)).isNotEqualTo(replica);
        table.write(20);
        table.assertSameRows(slave);
    }

    /** Takes all room there is. */
    private static void fill(Path ballast) throws IOException {
        byte[] block = new byte[1 << 16];
        try (OutputStream out =
                Files.newOutputStream(
                        ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("space");
        }
    }
}
