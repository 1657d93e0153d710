package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.EblaLauncher;
import io.ebla.clustertest.process.EblaProcess;
import io.ebla.clustertest.process.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the real process at random moments, in the midst of writes and of its own start, and holds what
 * is there afterwards against everything it had answered.
 *
 * <p>{@code -Dkills=300} makes the long form, {@code -Dseed=N} repeats the choices of a run; what the
 * threads make of them differs from run to run. A long run tells how far it is, for whoever ends it early.
 */
class KillIT {

    private static final String TABLE = "kills";
    private static final int KILLS = Integer.getInteger("kills", 30);
    private static final int TOLD_EVERY = 25;
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final Random random = new Random(SEED);
    private final Tally tally = new Tally();
    private final List<Workload> workloads =
            List.of(
                    new SingleRows(TABLE, "a-single", tally),
                    new SingleRows(TABLE, "e-single", tally),
                    new Batches(TABLE, "b-batch", tally),
                    new Batches(TABLE, "f-batch", tally),
                    new Counter(TABLE, "c-counter", tally),
                    new Retries(TABLE, "g-retry", tally),
                    new BulkWrites(TABLE, List.of("a-bulk", "c-bulk", "e-bulk", "g-bulk"), tally));

    @TempDir private Path directory;

    @Test
    void whatWasAnsweredCommittedIsThereAfterEveryKill() {
        System.out.println("KillIT: " + KILLS + " kills, seed " + SEED);
        EblaLauncher launcher = new EblaLauncher(directory);
        List<Duration> starts = new ArrayList<>();
        int killedInStart = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            if (kill > 0 && kill % TOLD_EVERY == 0) {
                System.out.println("KillIT: " + kill + " kills, " + tally);
            }
            if (kill > 0 && random.nextInt(4) == 0) {
                killedInStart++;
                try (EblaProcess server = launcher.start()) {
                    Eventually.pause(Duration.ofMillis(random.nextInt(2_500)));
                    server.kill();
                }
                continue;
            }
            try (EblaProcess server = launcher.start()) {
                starts.add(server.awaitReady());
                Api api = new Api(server.uri());
                if (kill == 0) {
                    api.createTable(TABLE, "{\"splitAt\":[\"c\",\"e\",\"g\"]}");
                }
                check(api);
                writeUntilKilled(server, api);
            }
        }
        try (EblaProcess server = launcher.start()) {
            starts.add(server.awaitReady());
            check(new Api(server.uri()));
            assertThat(server.terminate()).as("exit status after SIGTERM").isIn(0, 143);
        }
        report(starts, killedInStart);
        assertThat(tally.committedCount()).isGreaterThan(10L * KILLS);
        assertThat(tally.unknownCount()).as("writes cut off by a kill").isPositive();
    }

    private void check(Api api) {
        Snapshot snapshot = Snapshot.of(api, TABLE);
        workloads.forEach(workload -> workload.check(snapshot, api));
        assertThat(snapshot.values()).doesNotContain("never");
    }

    private void writeUntilKilled(EblaProcess server, Api api) {
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<?>> writers = new ArrayList<>();
        for (Workload workload : workloads) {
            int sharers = workload instanceof Counter ? 2 : 1;
            for (int i = 0; i < sharers; i++) {
                Random own = new Random(random.nextLong());
                writers.add(threads.submit(() -> workload.write(api, own, stop::get)));
            }
        }
        Eventually.pause(Duration.ofMillis(200 + random.nextInt(1_200)));
        server.kill();
        stop.set(true);
        writers.forEach(KillIT::join);
        threads.shutdown();
    }

    private static void join(Future<?> writer) {
        try {
            writer.get();
        } catch (ExecutionException failed) {
            throw new AssertionError("a writer was told something impossible", failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    private void report(List<Duration> starts, int killedInStart) {
        List<Duration> sorted = starts.stream().sorted().toList();
        System.out.printf(
                "KillIT: %s kills (%s of them in the start), %s; start to ready: median %s ms, worst %s ms%n",
                KILLS,
                killedInStart,
                tally,
                sorted.get(sorted.size() / 2).toMillis(),
                sorted.get(sorted.size() - 1).toMillis());
    }
}
