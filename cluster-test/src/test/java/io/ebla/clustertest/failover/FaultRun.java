package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.LinearizabilityChecker;
import io.ebla.clustertest.history.Verdict;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * A cluster under mixed load and one fault after another; then everything that was answered is judged. One
 * thread.
 */
final class FaultRun {

    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 90));

    private final ClusterProcesses cluster;
    private final Topology topology;
    private final Random random;
    private final Recorder recorder = new Recorder();
    private final long startedNanos = System.nanoTime();
    private boolean steps;

    FaultRun(ClusterProcesses cluster, Random random) {
        this.cluster = cluster;
        this.topology = new Topology(cluster);
        this.random = random;
    }

    /** Starts the cluster, ready for those faults, and makes the table. */
    void begin(List<Fault> faults) {
        steps = faults.contains(Fault.STEP_CLOCK_OF_MASTER) && SteppedClock.available();
        if (steps) {
            cluster.tabletServers().forEach(SteppedClock::install);
        }
        cluster.start();
        Api api = new Api(cluster.tabletServers().get(0).uri());
        Answer[] answer = new Answer[1];
        boolean made =
                Eventually.happens(
                        PATIENCE,
                        () -> {
                            answer[0] =
                                    api.put(
                                            "/v1/tables/" + Rows.TABLE,
                                            Rows.OPTIONS,
                                            "Content-Type",
                                            "application/json");
                            return answer[0].ok();
                        });
        if (!made) {
            throw new AssertionError("no table: " + answer[0] + "\n" + cluster.tails());
        }
        tell("cluster started, table made");
    }

    /** Goes through the faults under load, then judges. */
    void run(List<Fault> faults, Duration hold) {
        try (MixedLoad load = new MixedLoad(cluster, recorder, random)) {
            awaitService("load", System.nanoTime());
            for (Fault fault : faults) {
                if (fault.possible(cluster)) {
                    strike(fault, hold);
                } else {
                    tell(fault + " skipped: it cannot be made to happen here");
                }
            }
            load.finish();
        }
        judge();
    }

    private void strike(Fault fault, Duration hold) {
        long beganNanos = System.nanoTime();
        String victim = fault.strike(cluster, topology, random);
        Eventually.pause(hold.plusMillis(random.nextInt(1_000)));
        long healNanos = System.nanoTime();
        heal();
        awaitService(fault + " of " + victim, System.nanoTime());
        tell(
                "%s of %s: longest pause of writes in ms while it lasted %s, then %s",
                fault,
                victim,
                recorder.longestPausesMillis(beganNanos, healNanos),
                recorder.longestPausesMillis(healNanos, System.nanoTime()));
        Eventually.pause(Duration.ofMillis(500 + random.nextInt(1_000)));
    }

    private void heal() {
        cluster.wires().heal();
        if (steps) {
            cluster.tabletServers().forEach(node -> SteppedClock.of(node).set(0));
        }
        cluster.nodes().forEach(ClusterNode::resume);
        cluster.start();
    }

    /** Waits until every tablet takes writes again. */
    private void awaitService(String after, long sinceNanos) {
        boolean serves =
                Eventually.happens(
                        PATIENCE, () -> recorder.everyTabletWroteSince(sinceNanos, Rows.TABLETS));
        if (!serves) {
            throw new AssertionError(
                    "no service after " + after + ": " + recorder + "\n" + cluster.tails());
        }
    }

    private void judge() {
        long beganNanos = System.nanoTime();
        Verdict verdict = new LinearizabilityChecker().judge(recorder.history());
        tell(
                "%s operations: %s; %.2f %% of the writes unknown; judged in %s ms",
                recorder.history().size(),
                recorder,
                recorder.unknownPercent(),
                (System.nanoTime() - beganNanos) / 1_000_000);
        List<String> lost = new FinalRows(recorder.history()).lost();
        if (!lost.isEmpty()) {
            throw new AssertionError("committed and lost: " + lost);
        }
        verdict.orThrow();
        if (!recorder.wrongAnswers().isEmpty()) {
            throw new AssertionError("answers that are never right: " + recorder.wrongAnswers());
        }
    }

    private void tell(String what, Object... arguments) {
        String line = String.format(what, arguments);
        double seconds = (System.nanoTime() - startedNanos) / 1e9;
        System.out.printf("FaultRun %6.1f s: %s%n", seconds, line);
    }
}
