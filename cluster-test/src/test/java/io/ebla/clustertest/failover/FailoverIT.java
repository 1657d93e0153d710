package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.ClusterProcesses;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three meta-servers and three tablet servers as processes, hit by one fault after another under mixed
 * load: no answer may have been false and nothing committed may be lost.
 *
 * <p>{@code -Dchaos.minutes=60} makes the long form, in which faults are drawn by chance; {@code -Dseed=N}
 * repeats the choices of a run, {@code -Dchaos.faults=KILL_MASTER,...} runs those. The logs of a run that
 * fails are kept.
 */
class FailoverIT {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final List<Fault> SHORT =
            List.of(
                    Fault.KILL_MASTER,
                    Fault.CUT_OFF_MASTER,
                    Fault.STEP_CLOCK_OF_MASTER,
                    Fault.KILL_META_LEADER_AND_MASTER,
                    Fault.PAUSE_MASTER,
                    Fault.MASTER_UNHEARD,
                    Fault.CUT_MASTER_FROM_SLAVES,
                    Fault.TERMINATE_MASTER,
                    Fault.CUT_ONE_WAY_AT_RANDOM,
                    Fault.KILL_EVERYONE);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path directory;

    @Test
    void noFaultMakesAnAnswerFalse() {
        System.out.println("FailoverIT: seed " + SEED + ", logs in " + directory);
        try (ClusterProcesses cluster = new ClusterProcesses(directory, 3, 3)) {
            new FaultRun(cluster, ChaosPlan.ofProperties(SHORT), new Random(SEED)).run();
        }
    }
}
