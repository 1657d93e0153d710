package io.ebla.clustertest.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Command;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Bad luck on the disk of one slave of three: the group goes on without it, it never serves what is wrong,
 * and it is whole again afterwards without hands.
 */
@Tag("long")
class SlaveDiskIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Path LIBRARIES = Path.of("/usr/lib/fiu");
    private static final Path CONTROL = Path.of("/usr/bin/fiu-ctrl");
    private static final Duration REBUILT = Duration.ofSeconds(60);

    @TempDir private Path directory;
    private ClusterProcesses cluster;
    private Path disk;
    private String table;
    private final List<String> committed = new ArrayList<>();

    @BeforeEach
    void make() throws IOException {
        cluster = new ClusterProcesses(directory, 1, 3);
        disk = Files.createDirectory(directory.resolve("disk"));
    }

    @AfterEach
    void end() {
        cluster.close();
        Command.works("umount", "-l", disk.toString());
    }

    @Test
    void aSlaveWithAFullDiskIsLeftBehindAndCatchesUp() throws IOException {
        ClusterNode slave = cluster.node("t3");
        assumeTrue(
                Command.works("mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", disk.toString()),
                "a small file system cannot be mounted (not root?)");
        slave.data(disk.resolve("t3"))
                .property("oplog.segment-size", "4MB")
                .property("oplog.flush-above", "16MB")
                .property("oplog.minimum-free", "24MB");
        begin(slave);
        write(20);
        Path ballast = disk.resolve("ballast");
        fill(ballast);
        write(40);
        assertThat(slave.process().isAlive()).isTrue();
        Files.delete(ballast);
        write(5);
        isWholeAgain(slave);
    }

    @Test
    void aSlaveWhoseSyncsFailEndsAndComesBack() {
        Path library = LIBRARIES.resolve("fiu_posix_preload.so");
        assumeTrue(Files.exists(library) && Files.exists(CONTROL), "libfiu is not installed");
        ClusterNode slave = cluster.node("t3");
        String pipes = directory.resolve("fiu").toString();
        slave.environment("FIU_CTRL_FIFO", pipes)
                .environment("LD_PRELOAD", LIBRARIES.resolve("fiu_run_preload.so") + " " + library);
        begin(slave);
        write(20);
        for (String call : List.of("fdatasync", "fsync")) {
            String fault = "enable name=posix/io/sync/" + call + ",failinfo=5";
            Command.run(
                    CONTROL.toString(), "-f", pipes, "-c", fault, "" + slave.process().javaPid());
        }
        write(20);
        Optional<Integer> status = slave.process().awaitExit(Duration.ofSeconds(20));
        assertThat(status).as("exit:\n%s", slave.process().tail()).isPresent();
        assertThat(status.get()).isNotZero();
        write(20);
        slave.environment("LD_PRELOAD", "");
        slave.bringBack();
        isWholeAgain(slave);
    }

    @Test
    void aSlaveWithAFlippedBitIsRebuilt() throws IOException {
        ClusterNode slave = cluster.node("t3");
        slave.property("tablet.idle-flush", "1h");
        begin(slave);
        write(20);
        caughtUp(slave);
        // The closing marker of the idle journal makes what was written "durable below it".
        Eventually.pause(Duration.ofMillis(500));
        slave.kill();
        assertThat(new JournalFiles(slave.data()).flipIn("row7-vvvv")).isPositive();
        write(20);
        slave.bringBack();
        write(20);
        isWholeAgain(slave);
    }

    /** Starts all and makes a table whose master is not the slave to be. */
    private void begin(ClusterNode slave) {
        cluster.start();
        for (int i = 0; ; i++) {
            table = "t" + i;
            String path = "/v1/tables/" + table;
            Answer[] made = new Answer[1];
            boolean ok =
                    Eventually.happens(
                            Duration.ofSeconds(60),
                            () -> {
                                made[0] = api(0).put(path, "{\"replicas\":3}");
                                return made[0].ok();
                            });
            assertThat(ok).as(() -> made[0] + "\n" + cluster.tails()).isTrue();
            if (!master().equals(slave.id())) {
                return;
            }
        }
    }

    private Api api(int node) {
        return new Api(
                cluster.tabletServers().get(node).uri(),
                Duration.ofSeconds(2),
                Duration.ofSeconds(20));
    }

    private JsonNode tablet() {
        return tablet(api(0));
    }

    private JsonNode tablet(Api api) {
        Answer answer = api.get("/v1/tables/" + table + "/tablets");
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return JSON.readTree(answer.body()).get("tablets").get(0);
    }

    private String master() {
        return tablet().path("master").asString("");
    }

    /** Writes through a node that is well; each write is committed though a slave is not. */
    private void write(int count) {
        for (int i = 0; i < count; i++) {
            String pk = "row" + committed.size();
            Answer answer =
                    api(0).put(Api.row(table, pk, null) + "?timeout=10s", "\"" + value(pk) + "\"");
            assertThat(answer.committed()).as(() -> answer + "\n" + cluster.tails()).isTrue();
            committed.add(pk);
        }
    }

    private static String value(String pk) {
        return pk + "-" + "v".repeat(2_000);
    }

    private void isWholeAgain(ClusterNode slave) {
        caughtUp(slave);
        Api api = new Api(slave.uri());
        for (String pk : committed) {
            Answer answer = api.get(Api.row(table, pk, null) + "?read=local");
            assertThat(answer.body()).as("%s at the slave", pk).isEqualTo("\"" + value(pk) + "\"");
        }
    }

    /** Waits until the slave has applied what the master has. */
    private void caughtUp(ClusterNode slave) {
        boolean whole =
                Eventually.happens(
                        REBUILT,
                        () -> {
                            long master = applied(master());
                            return master > 0 && applied(slave.id()) >= master;
                        });
        assertThat(whole).as(() -> tablet() + "\n" + cluster.tails()).isTrue();
    }

    /** What a node has applied, as it says itself; -1 when it does not say. */
    private long applied(String node) {
        for (JsonNode replica : tablet(new Api(cluster.node(node).uri())).get("replicas")) {
            if (replica.get("node").asString().equals(node)) {
                return replica.path("appliedIndex").asLong(-1);
            }
        }
        return -1;
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
