package io.ebla.clustertest.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.EblaLauncher;
import io.ebla.clustertest.process.EblaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk whose syncs begin to fail under the running server, by libfiu (rule L3). */
class FailedSyncIT {

    private static final Path LIBRARIES = Path.of("/usr/lib/fiu");
    private static final Path CONTROL = Path.of("/usr/bin/fiu-ctrl");
    private static final int EIO = 5;

    @TempDir private Path directory;

    @Test
    void aFailedSyncEndsTheProcessAndLosesNothingCommitted()
            throws IOException, InterruptedException {
        Path library = LIBRARIES.resolve("fiu_posix_preload.so");
        assumeTrue(Files.exists(library) && Files.exists(CONTROL), "libfiu is not installed");
        String pipes = directory.resolve("fiu").toString();
        EblaLauncher launcher =
                new EblaLauncher(directory)
                        .environment("FIU_CTRL_FIFO", pipes)
                        .environment(
                                "LD_PRELOAD",
                                LIBRARIES.resolve("fiu_run_preload.so") + " " + library);
        List<String> committed = new ArrayList<>();
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            Api api = new Api(server.uri());
            api.createTable("t", "{}");
            for (int i = 0; i < 50; i++) {
                String path = Api.row("t", "row" + i, null);
                assertThat(api.put(path, "\"value-" + i + "\"").committed()).isTrue();
                committed.add(path);
            }
            failSyncs(pipes, server.pid());
            long failedAt = System.nanoTime();
            Answer inFlight = api.put(Api.row("t", "in-flight", null), "1");
            System.out.println("FailedSyncIT: in flight: " + inFlight.status() + inFlight.body());
            assertThat(inFlight.unknown()).as("%s", inFlight).isTrue();
            assertThat(inFlight.body()).contains("\"code\":\"disk_failed\"");
            laterWritesAreRefusedAndReadsGoOn(api, committed);
            Optional<Integer> status = server.awaitExit(Duration.ofSeconds(15));
            Duration took = Duration.ofNanos(System.nanoTime() - failedAt);
            System.out.println("FailedSyncIT: exit " + status + " after " + took);
            assertThat(status).as("exit:\n%s", server.tail()).isPresent();
            assertThat(status.get()).isNotZero();
            assertThat(took).isLessThan(Duration.ofSeconds(10).plusMillis(500));
        }
        launcher.environment("LD_PRELOAD", "");
        try (EblaProcess server = launcher.start()) {
            server.awaitReady();
            Api api = new Api(server.uri());
            for (int i = 0; i < committed.size(); i++) {
                assertThat(api.get(committed.get(i)).body()).isEqualTo("\"value-" + i + "\"");
            }
        }
    }

    private static void laterWritesAreRefusedAndReadsGoOn(Api api, List<String> committed) {
        Answer later = api.put(Api.row("t", "later", null), "1");
        if (!later.lost()) {
            assertThat(later.status()).as("%s", later).isEqualTo(503);
            assertThat(later.body()).contains("\"code\":\"disk_failed\"");
            assertThat(later.outcome()).isEqualTo("not_applied");
        }
        Answer read = api.get(committed.get(0));
        assertThat(read.lost()).as("reads go on until the process ends").isFalse();
        assertThat(read.body()).isEqualTo("\"value-0\"");
    }

    private static void failSyncs(String pipes, long pid) throws IOException, InterruptedException {
        for (String call : List.of("fdatasync", "fsync")) {
            Process control =
                    new ProcessBuilder(
                                    CONTROL.toString(),
                                    "-f",
                                    pipes,
                                    "-c",
                                    "enable name=posix/io/sync/" + call + ",failinfo=" + EIO,
                                    "" + pid)
                            .inheritIO()
                            .start();
            assertThat(control.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(control.exitValue()).isZero();
        }
    }
}
