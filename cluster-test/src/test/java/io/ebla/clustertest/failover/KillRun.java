package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * One cluster on which cells of the {@link KillMatrix} are tried one after the other, each under a recorded
 * load of its own. A cell is as it has to be if
 *
 * <ul>
 *   <li>its victim came to the moment, and was killed there;
 *   <li>after it was started again no operation runs, the tablets cover the key space once, each is served and has
 *       three copies that are level;
 *   <li>the answers of the load can be explained, and what was committed is there, now and when all cells are done.
 * </ul>
 *
 * One thread.
 */
final class KillRun implements AutoCloseable {

    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 90));
    private static final int DOWN_MAX_MILLIS = 1_500;
    private static final ChaosPlan LOAD =
            new ChaosPlan(List.of(), Duration.ZERO, Duration.ZERO, 1, 4, 60);

    /**
     * What became of a cell.
     *
     * @param heldMillis from the request to the moment of the kill
     * @param pauseMillis the longest time in which a tablet took no write, from then on
     * @param end of the procedure
     */
    record Outcome(KillCell cell, String victim, long heldMillis, long pauseMillis, String end) {}

    private final ClusterProcesses cluster;
    private final ArmedPoints points;
    private final KillStage stage;
    private final ClusterLook look;
    private final Random random;
    private final EarlierRows earlier = new EarlierRows();
    private int cells;

    /** Starts it. */
    KillRun(Path directory, Random random) {
        this.random = random;
        cluster = new ClusterProcesses(directory, 3, 4);
        points = new ArmedPoints(cluster, directory.resolve("failpoints"));
        for (ClusterNode node : cluster.metaServers()) {
            node.property("balancing.automatic", "true").property("balancing.settle", "1s");
        }
        stage = new KillStage(cluster, points, random);
        look = new ClusterLook(cluster);
        try {
            cluster.start();
            stage.found();
        } catch (AssertionError failed) {
            close();
            throw failed;
        }
    }

    /** @throws AssertionError if it is not as it has to be */
    Outcome run(KillCell cell) {
        try {
            stage.awaitRest();
            stage.prepare(cell);
            int number = cells++;
            Rows rows = Rows.ofDividedTablets(number);
            try (Window window = new Window(number, cluster, LOAD, rows, random)) {
                Recorder recorder = window.recorder();
                awaitService(recorder);
                Outcome outcome = kill(cell, recorder);
                List<String> wrong = window.judge();
                earlier.add(recorder.history());
                failIf(wrong);
                return outcome;
            }
        } catch (AssertionError failed) {
            throw new AssertionError(failed.getMessage() + "\n" + cluster.tails(), failed);
        }
    }

    private Outcome kill(KillCell cell, Recorder recorder) {
        Set<String> before = ids();
        points.arm(stage.candidates(cell), cell.point());
        long beganNanos = System.nanoTime();
        stage.begin(cell);
        Eventually.happens(stage.patience(cell), () -> points.heldAt(cell.point()).isPresent());
        ClusterNode victim =
                points.heldAt(cell.point())
                        .orElseThrow(
                                () ->
                                        new AssertionError(
                                                "nobody came to "
                                                        + cell
                                                        + "; "
                                                        + stage.lastRefusal()));
        victim.kill();
        stage.reached();
        long killedNanos = System.nanoTime();
        Eventually.pause(Duration.ofMillis(random.nextInt(DOWN_MAX_MILLIS)));
        stage.release();
        awaitService(recorder);
        stage.awaitRest();
        long endNanos = System.nanoTime();
        long pause =
                recorder.longestPausesMillis(killedNanos, endNanos).values().stream()
                        .mapToLong(each -> each)
                        .max()
                        .orElse(0);
        long held = (killedNanos - beganNanos) / 1_000_000;
        return new Outcome(cell, victim.id(), held, pause, ended(cell, before));
    }

    private Set<String> ids() {
        Set<String> ids = new HashSet<>();
        look.operations()
                .orElseThrow(() -> new AssertionError("nobody knows of operations"))
                .forEach(each -> ids.add(each.get("id").asString()));
        return ids;
    }

    /** How what was begun for the cell has ended. */
    private String ended(KillCell cell, Set<String> before) {
        if (cell.procedure() == Procedure.ELECTION) {
            return "elected";
        }
        Optional<List<JsonNode>> operations = look.operations();
        String ends =
                operations.orElse(List.of()).stream()
                        .filter(each -> !before.contains(each.get("id").asString()))
                        .filter(each -> each.get("kind").asString().equals(cell.procedure().text()))
                        .map(each -> each.get("state").asString())
                        .collect(Collectors.joining(", "));
        if (ends.isEmpty()) {
            throw new AssertionError("nobody knows of the " + cell.procedure().text());
        }
        return ends;
    }

    /** Waits until all takes writes that begin from now on. */
    private void awaitService(Recorder recorder) {
        long sinceNanos = System.nanoTime();
        if (!Eventually.happens(PATIENCE, () -> recorder.everyTabletWroteSince(sinceNanos))) {
            throw new AssertionError("no service: " + recorder.ends() + recorder.wrongAnswers());
        }
    }

    /** Reads once more whatever the loads of all cells have left. */
    void reread() {
        failIf(
                earlier.changed(
                        cluster.tabletServers().stream()
                                .map(each -> new Api(each.uri()))
                                .toList()));
    }

    private static void failIf(List<String> wrong) {
        if (!wrong.isEmpty()) {
            throw new AssertionError(
                    wrong.size()
                            + " wrong: "
                            + String.join("\n", wrong.subList(0, Math.min(10, wrong.size()))));
        }
    }

    @Override
    public void close() {
        stage.close();
        cluster.close();
    }
}
