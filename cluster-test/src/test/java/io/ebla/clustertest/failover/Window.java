package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.LinearizabilityChecker;
import io.ebla.clustertest.history.Verdict;
import io.ebla.clustertest.process.ClusterProcesses;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A part of a run that is judged by itself: it has its own rows, which begin absent, so that nothing of
 * another part bears on it. What is kept of it afterwards is small ({@link EarlierRows}), so that a run of
 * any length fits into memory. One thread.
 */
final class Window implements AutoCloseable {

    private final Recorder recorder = new Recorder();
    private final MixedLoad load;
    private final int number;

    /** Begins the load. */
    Window(int number, ClusterProcesses cluster, ChaosPlan plan, Random random) {
        this(number, cluster, plan, new Rows(number), random);
    }

    Window(int number, ClusterProcesses cluster, ChaosPlan plan, Rows rows, Random random) {
        this.number = number;
        load = new MixedLoad(cluster, plan, rows, recorder, random);
    }

    Recorder recorder() {
        return recorder;
    }

    /** Ends the load and judges what was answered; what is wrong with it. */
    List<String> judge() {
        load.finish();
        List<String> wrong = new ArrayList<>(recorder.wrongAnswers());
        Verdict verdict = new LinearizabilityChecker().judge(recorder.history());
        if (!(verdict instanceof Verdict.Linearizable)) {
            wrong.add("window " + number + ": " + verdict);
        }
        new FinalRows(recorder.history()).lost().forEach(lost -> wrong.add("lost: " + lost));
        wrong.addAll(recorder.sessions().wrong(recorder.history()));
        return wrong;
    }

    @Override
    public void close() {
        load.close();
    }
}
