package io.ebla.clustertest.failover;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three meta-servers and four tablet servers as processes under a recorded load, one of them killed ({@code
 * kill -9}) in a moment of a procedure; see {@link KillRun} for what has to be so then, {@link KillMatrix}
 * for the kills.
 *
 * <p>One kill of each procedure, drawn from a seed: {@code -Dseed=N} draws others, {@code -Dkills=all} makes
 * all, {@code -Dkills=TEXT} those whose name has that in it. What became of them is printed and in {@code
 * target/kill-matrix.md}. After a cell that fails the others go on with another cluster; its logs are kept.
 */
class KillMatrixIT {

    private static final long SEED = Long.getLong("seed", 1);
    private static final String KILLS = System.getProperty("kills", "");
    private static final Path RESULT = Path.of("target", "kill-matrix.md");

    /** So many clusters are enough to see that something is wrong. */
    private static final int FAILURES_MAX = 8;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path directory;

    private final List<String> lines = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private final long startedNanos = System.nanoTime();
    private int clusters;

    @Test
    void whoeverIsKilledWheneverNothingIsLostAndEverythingEnds() throws IOException {
        Random random = new Random(SEED);
        List<KillCell> left = new ArrayList<>(chosen(random));
        System.out.printf(
                "KillMatrixIT: seed %s, %s kills, logs in %s%n", SEED, left.size(), directory);
        tell(
                "| procedure | moment | killed | ms until the kill | longest pause of writes, ms | end |");
        tell("|---|---|---|---|---|---|");
        while (!left.isEmpty() && failures.size() < FAILURES_MAX) {
            onOneCluster(left, random);
        }
        Files.write(RESULT, lines);
        System.out.println(String.join("\n", lines));
        assertThat(failures).isEmpty();
    }

    /** Until all are done, or one fails. */
    private void onOneCluster(List<KillCell> left, Random random) {
        String what = "the start";
        try (KillRun run = new KillRun(directory.resolve("" + clusters++), random)) {
            while (!left.isEmpty()) {
                what = left.get(0).toString();
                tell(run.run(left.remove(0)));
            }
            what = "the last look";
            run.reread();
        } catch (AssertionError | RuntimeException failed) {
            failures.add(what + ": " + failed.getMessage());
            tell("| FAILED: " + what + ": " + failed.toString().lines().findFirst().get() + " |");
        }
    }

    private static List<KillCell> chosen(Random random) {
        if (KILLS.isEmpty()) {
            return KillMatrix.drawn(random);
        }
        List<KillCell> chosen =
                new ArrayList<>(
                        KillMatrix.all().stream()
                                .filter(
                                        each ->
                                                KILLS.equals("all")
                                                        || each.toString().contains(KILLS))
                                .toList());
        Collections.shuffle(chosen, random);
        return chosen;
    }

    private void tell(KillRun.Outcome outcome) {
        KillCell cell = outcome.cell();
        tell(
                "| %s | %s | %s, %s | %s | %s | %s |"
                        .formatted(
                                cell.procedure().text(),
                                cell.point(),
                                cell.victim(),
                                outcome.victim(),
                                outcome.heldMillis(),
                                outcome.pauseMillis(),
                                outcome.end()));
    }

    private void tell(String line) {
        lines.add(line);
        System.out.printf("%5.1f s %s%n", (System.nanoTime() - startedNanos) / 1e9, line);
    }
}
