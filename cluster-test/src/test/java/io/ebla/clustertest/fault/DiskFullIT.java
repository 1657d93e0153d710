package io.ebla.clustertest.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.EblaLauncher;
import io.ebla.clustertest.process.EblaProcess;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real file system that fills up under the server, and gets room again. */
class DiskFullIT {

    @TempDir private Path directory;
    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        disk = Files.createDirectory(directory.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", disk.toString());
        assumeTrue(mounted, "a small file system cannot be mounted (not root?)");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (mounted) {
            run("umount", "-l", disk.toString());
        }
    }

    @Test
    void writesAreRefusedWhileReadsGoOnAndItRecoversByItself() throws IOException {
        EblaLauncher launcher =
                new EblaLauncher(directory)
                        .data(disk.resolve("data"))
                        .property("oplog.segment-size", "4MB")
                        .property("oplog.flush-above", "16MB")
                        .property("oplog.minimum-free", "24MB");
        List<String> committed = new ArrayList<>();
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            Api api = new Api(server.uri());
            api.createTable("t", "{}");
            write(api, committed, "before", 20);
            Path ballast = disk.resolve("ballast");
            fill(ballast, 8 << 20);
            Answer refused = untilRefused(api, committed);
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("\"code\":\"disk_full\"");
            assertThat(refused.outcome()).isEqualTo("not_applied");
            assertThat(refused.header("Retry-After")).isNotEmpty();
            everythingIsThere(api, committed);
            fill(ballast, 0);
            assertThat(untilRefused(api, committed).body()).contains("\"code\":\"disk_full\"");
            everythingIsThere(api, committed);
            assertThat(server.isAlive()).isTrue();
            Files.delete(ballast);
            boolean recovered =
                    Eventually.happens(
                            Duration.ofSeconds(30),
                            () -> api.put(Api.row("t", "recovered", null), "1").committed());
            assertThat(recovered).as("writes are taken again:\n%s", server.tail()).isTrue();
            write(api, committed, "after", 20);
            everythingIsThere(api, committed);
            server.kill();
        }
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            everythingIsThere(new Api(server.uri()), committed);
            System.out.println("DiskFullIT: " + committed.size() + " committed rows, all there");
        }
    }

    private static void write(Api api, List<String> committed, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            String pk = prefix + i;
            Answer answer = api.put(Api.row("t", pk, null), value(pk));
            assertThat(answer.committed()).as("%s", answer).isTrue();
            committed.add(pk);
        }
    }

    /** Writes until the server says no, which it must do before the file system does. */
    private static Answer untilRefused(Api api, List<String> committed) {
        for (int i = 0; i < 20_000; i++) {
            String pk = "row" + committed.size();
            Answer answer = api.put(Api.row("t", pk, null), value(pk));
            if (!answer.committed()) {
                return answer;
            }
            committed.add(pk);
        }
        throw new AssertionError("the disk never was full");
    }

    private static void everythingIsThere(Api api, List<String> committed) {
        for (String pk : committed) {
            assertThat(api.get(Api.row("t", pk, null)).body()).isEqualTo(value(pk));
        }
    }

    private static String value(String pk) {
        return "\"" + pk + "-" + "v".repeat(2_000) + "\"";
    }

    /** Takes room until so much is left. */
    private static void fill(Path ballast, long leave) throws IOException {
        byte[] block = new byte[1 << 16];
        try (OutputStream out =
                Files.newOutputStream(
                        ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (Files.getFileStore(ballast).getUsableSpace() > leave) {
                out.write(block);
            }
        } catch (IOException full) {
            if (leave > 0) {
                throw full;
            }
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException absent) {
            System.out.println(absent.getMessage());
            return false;
        }
    }
}
