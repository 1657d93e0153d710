package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.ClusterProcesses;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three meta-servers and three tablet servers as processes, hit by one fault after another under mixed
 * load: no answer may have been false and nothing committed may be lost.
 *
 * <p>{@code -Dchaos.minutes=60} makes the long form, in which faults are drawn by chance; {@code -Dseed=N}
 * repeats the choices of a run, {@code -Dchaos.faults=KILL_MASTER,...} runs those.
 */
@Tag("long")
class FailoverIT {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final long MINUTES = Long.getLong("chaos.minutes", 0);
    private static final Duration HOLD = Duration.ofSeconds(4);
    private static final List<Fault> SHORT =
            List.of(
                    Fault.KILL_MASTER,
                    Fault.CUT_OFF_MASTER,
                    Fault.KILL_META_LEADER_AND_MASTER,
                    Fault.PAUSE_MASTER,
                    Fault.KILL_SLAVE,
                    Fault.MASTER_UNHEARD,
                    Fault.KILL_ALL_META_SERVERS,
                    Fault.KILL_EVERYONE);

    @TempDir private Path directory;

    @Test
    void noFaultMakesAnAnswerFalse() {
        System.out.println("FailoverIT: seed " + SEED);
        Random random = new Random(SEED);
        try (ClusterProcesses cluster = new ClusterProcesses(directory, 3, 3)) {
            FaultRun run = new FaultRun(cluster, random);
            List<Fault> faults = faults(random);
            run.begin(faults);
            run.run(faults, HOLD);
        }
    }

    private static List<Fault> faults(Random random) {
        String chosen = System.getProperty("chaos.faults", "");
        if (!chosen.isEmpty()) {
            return List.of(chosen.split(",")).stream().map(Fault::valueOf).toList();
        }
        if (MINUTES == 0) {
            return SHORT;
        }
        List<Fault> faults = new ArrayList<>();
        Fault[] all = Fault.values();
        // A fault takes about ten seconds: to strike, to last, and until all is well again.
        for (long i = 0; i < MINUTES * 6; i++) {
            faults.add(all[random.nextInt(all.length)]);
        }
        return faults;
    }
}
