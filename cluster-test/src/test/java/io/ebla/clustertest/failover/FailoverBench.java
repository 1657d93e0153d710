package io.ebla.clustertest.failover;

import io.ebla.clustertest.bench.EtcdCluster;
import io.ebla.clustertest.bench.Figures;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long writes stop when the leader is killed: {@code kill -9} of a loaded leader, again and again, and
 * each time the longest gap between two successful writes of one client. Ebla, and etcd in the same session
 * where it is installed. The clients of both are the same: they wait as long for a connection and for an
 * answer, send nothing twice, and after a failure or no answer go on with the next write at the next server.
 *
 * <p>Not a test; {@code src/bench/failover.sh} runs it.
 */
public final class FailoverBench {

    private static final int KILLS = Integer.getInteger("kills", 8);
    private static final int WRITERS = Integer.getInteger("writers", 8);
    private static final Duration BEFORE_NEXT = Duration.ofMillis(10);
    private static final Duration BEFORE = Duration.ofSeconds(3);
    private static final Duration AFTER = Duration.ofSeconds(6);

    private final Contestant contestant;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong longestGapNanos = new AtomicLong();
    private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong successes = new AtomicLong();

    private FailoverBench(Contestant contestant) {
        this.contestant = contestant;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("ebla-failover");
        System.out.printf(
                "every client waits %s ms for a connection, %s ms for an answer, then %s ms, and goes to"
                        + " the next server; %s of them write%n",
                Contestant.CONNECT_MILLIS,
                Contestant.PATIENCE_MILLIS,
                BEFORE_NEXT.toMillis(),
                WRITERS + 1);
        List<String> which = List.of(arguments);
        if (which.isEmpty() || which.contains("ebla")) {
            try (Contestant ebla = Contestant.ebla(directory)) {
                new FailoverBench(ebla).run();
            }
        }
        if ((which.isEmpty() || which.contains("etcd")) && EtcdCluster.installed()) {
            try (Contestant etcd = Contestant.etcd(directory)) {
                new FailoverBench(etcd).run();
            }
        }
    }

    private void run() throws IOException, InterruptedException {
        ExecutorService threads = Executors.newCachedThreadPool();
        for (int i = 0; i < WRITERS; i++) {
            int own = i;
            threads.submit(() -> load(own));
        }
        threads.submit(this::measure);
        List<Long> gaps = new ArrayList<>();
        try {
            for (int kill = 0; kill < KILLS; kill++) {
                int leader = contestant.leader();
                Eventually.pause(BEFORE);
                long writes = successes.get();
                longestGapNanos.set(0);
                contestant.kill(leader);
                Eventually.pause(AFTER);
                gap(System.nanoTime()); // one that has not ended yet counts as long as it is
                gaps.add(longestGapNanos.get() / 1_000_000);
                System.out.printf(
                        "%s: kill %s of %s: writes stopped for %s ms (%s writes in %s s around it)%n",
                        contestant.name(),
                        kill + 1,
                        KILLS,
                        gaps.get(kill),
                        successes.get() - writes,
                        AFTER.toSeconds());
                contestant.bringBack(leader);
            }
        } finally {
            stop.set(true);
            threads.shutdown();
        }
        Figures all = new Figures(gaps);
        System.out.printf(
                "%s: writes stopped for %.0f ms (median), %.0f ms (worst) of %s kills%n",
                contestant.name(), all.median(), all.worst(), all.count());
    }

    private void load(int own) {
        int server = own % contestant.servers();
        for (long i = 0; !stop.get(); i++) {
            if (contestant.put(server, "load-" + own + "-" + i % 10_000)) {
                successes.incrementAndGet();
            } else {
                server = next(server);
            }
        }
    }

    private void measure() {
        int server = 0;
        for (long i = 0; !stop.get(); i++) {
            if (contestant.put(server, "measured-" + i % 1_000)) {
                long now = System.nanoTime();
                gap(now);
                lastNanos.set(now);
            } else {
                server = next(server);
            }
        }
    }

    private void gap(long untilNanos) {
        longestGapNanos.accumulateAndGet(untilNanos - lastNanos.get(), Math::max);
    }

    private int next(int server) {
        Eventually.pause(BEFORE_NEXT);
        return (server + 1) % contestant.servers();
    }
}
