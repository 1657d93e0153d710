package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A cluster under mixed load and one fault after another. It is judged window by window, and at the end all
 * rows are read once more. Ends with a {@link Summary}, whatever happens. One thread.
 */
final class FaultRun {

    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 90));

    private final ClusterProcesses cluster;
    private final ChaosPlan plan;
    private final Topology topology;
    private final Random random;
    private final Summary summary = new Summary();
    private final EarlierRows earlier = new EarlierRows();
    private final long startedNanos = System.nanoTime();
    private boolean steps;
    private int struck;

    FaultRun(ClusterProcesses cluster, ChaosPlan plan, Random random) {
        this.cluster = cluster;
        this.plan = plan;
        this.topology = new Topology(cluster);
        this.random = random;
    }

    /** Starts the cluster, makes the table, goes through the faults under load, and judges. */
    void run() {
        String verdict = "it did not get to the end";
        try {
            begin();
            for (int number = 0; window(number); number++) {
                tell("window %s is as it has to be", number);
            }
            reread();
            verdict = "every answer can be explained, nothing committed is lost";
        } catch (AssertionError failed) {
            String all = failed.getMessage();
            verdict = all.substring(0, Math.min(2_000, all.length()));
            throw failed;
        } finally {
            tell("%n%s", summary.text(verdict));
        }
    }

    private void begin() {
        steps = plan.mayBe(Fault.STEP_CLOCK_OF_MASTER) && SteppedClock.available();
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
                            answer[0] = api.put("/v1/tables/" + Rows.TABLE, Rows.OPTIONS);
                            return answer[0].ok();
                        });
        if (!made) {
            throw new AssertionError("no table: " + answer[0] + "\n" + cluster.tails());
        }
        tell("cluster started, table made");
    }

    /** Some faults and a judgement; false when there were no more. */
    private boolean window(int number) {
        Fault fault = next();
        if (fault == null) {
            return false;
        }
        try (Window window = new Window(number, cluster, plan, random)) {
            awaitService(window.recorder(), "load", System.nanoTime());
            for (int i = 0; fault != null; fault = ++i < plan.windowFaults() ? next() : null) {
                String why = fault.impossible(cluster);
                if (why.isEmpty()) {
                    strike(fault, window.recorder());
                } else {
                    tell("%s is skipped: %s", fault, why);
                    summary.skipped(fault, why);
                }
            }
            long beganNanos = System.nanoTime();
            List<String> wrong = window.judge();
            summary.judged(window.recorder(), (System.nanoTime() - beganNanos) / 1_000_000);
            failIf(wrong);
            earlier.add(window.recorder().history());
        }
        return true;
    }

    private Fault next() {
        return plan.next(struck++, System.nanoTime() - startedNanos, random);
    }

    private void strike(Fault fault, Recorder recorder) {
        long beganNanos = System.nanoTime();
        String victim = fault.strike(cluster, topology, random);
        Eventually.pause(plan.hold().plusMillis(random.nextInt(1_000)));
        if (fault.isBorne()) {
            awaitService(recorder, fault + " of " + victim + ", as it lasts", System.nanoTime());
        }
        long healNanos = System.nanoTime();
        heal(fault + " of " + victim, recorder);
        awaitService(recorder, fault + " of " + victim, System.nanoTime());
        awaitCopies(fault + " of " + victim);
        long endNanos = System.nanoTime();
        tell(
                "%s of %s: longest pause of writes in ms while it lasted %s, then %s",
                fault,
                victim,
                recorder.longestPausesMillis(beganNanos, healNanos),
                recorder.longestPausesMillis(healNanos, endNanos));
        Map<String, Long> pauses = recorder.longestPausesMillis(beganNanos, endNanos);
        summary.struck(fault, pauses.values().stream().mapToLong(each -> each).max().orElse(0));
        Eventually.pause(Duration.ofMillis(500 + random.nextInt(1_000)));
    }

    private void heal(String after, Recorder recorder) {
        cluster.wires().heal();
        if (steps) {
            cluster.tabletServers().forEach(node -> SteppedClock.of(node).set(0));
        }
        cluster.nodes().forEach(ClusterNode::resume);
        for (ClusterNode node : cluster.nodes()) {
            if (node.endedByItself()) {
                recorder.wrong(node.id() + " ended by itself in " + after + ":\n" + node.tail());
            }
        }
        cluster.start();
    }

    /** Waits until every tablet takes writes again. */
    private void awaitService(Recorder recorder, String after, long sinceNanos) {
        boolean serves =
                Eventually.happens(PATIENCE, () -> recorder.everyTabletWroteSince(sinceNanos));
        if (!serves) {
            throw new AssertionError(
                    "no service after "
                            + after
                            + ": "
                            + recorder.ends()
                            + recorder.wrongAnswers()
                            + "\n"
                            + cluster.tails());
        }
    }

    /** Waits until every copy has caught up: one that takes nothing is not noticed by who writes. */
    private void awaitCopies(String after) {
        topology.awaitCopies(Rows.TABLETS.size())
                .ifPresent(
                        behind -> {
                            throw new AssertionError(
                                    "copies are behind after "
                                            + after
                                            + ": "
                                            + behind
                                            + "\n"
                                            + cluster.tails());
                        });
    }

    private void reread() {
        List<Api> nodes =
                cluster.tabletServers().stream().map(each -> new Api(each.uri())).toList();
        failIf(earlier.changed(nodes));
        tell("all %s rows of all windows are as they were left", earlier.size());
    }

    private static void failIf(List<String> wrong) {
        if (!wrong.isEmpty()) {
            throw new AssertionError(
                    wrong.size()
                            + " wrong: "
                            + String.join("\n", wrong.subList(0, Math.min(10, wrong.size()))));
        }
    }

    private void tell(String what, Object... arguments) {
        String line = String.format(what, arguments);
        double seconds = (System.nanoTime() - startedNanos) / 1e9;
        System.out.printf("FaultRun %6.1f s: %s%n", seconds, line);
    }
}
