package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Concurrent {@link RecordedClient}s against all tablet servers, until it is closed. */
final class MixedLoad implements AutoCloseable {

    private static final int CLIENTS = 8;
    private static final int THINK_MAX_MILLIS = 24;

    private final Rows rows = new Rows();
    private final Recorder recorder;
    private final List<Api> nodes;
    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    private final List<Future<?>> clients = new ArrayList<>();
    private final AtomicBoolean stop = new AtomicBoolean();

    MixedLoad(ClusterProcesses cluster, Recorder recorder, Random random) {
        this.recorder = recorder;
        nodes =
                cluster.tabletServers().stream()
                        .map(
                                node ->
                                        new Api(
                                                node.uri(),
                                                Duration.ofSeconds(1),
                                                Duration.ofMillis(2_500)))
                        .toList();
        for (int i = 0; i < CLIENTS; i++) {
            Random own = new Random(random.nextLong());
            RecordedClient client = new RecordedClient("c" + i, nodes, rows, recorder, own);
            clients.add(threads.submit(() -> run(client, own)));
        }
    }

    private void run(RecordedClient client, Random random) {
        while (!stop.get()) {
            boolean answered = client.step();
            Eventually.pause(
                    Duration.ofMillis(
                            answered ? random.nextInt(THINK_MAX_MILLIS) : THINK_MAX_MILLIS));
        }
    }

    /** Ends all clients, then reads every row once more into the history. */
    void finish() {
        close();
        for (Future<?> client : clients) {
            join(client);
        }
        RecordedClient last = new RecordedClient("last", nodes, rows, recorder, new Random(1));
        for (String pk : Rows.pks()) {
            for (String sk : Rows.sks()) {
                if (!Eventually.happens(Duration.ofSeconds(30), () -> last.get(pk, sk))) {
                    recorder.wrong("nobody can read " + pk + "/" + sk + " at the end");
                }
            }
        }
    }

    private static void join(Future<?> client) {
        try {
            client.get();
        } catch (ExecutionException failed) {
            throw new AssertionError("a client was told something impossible", failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    @Override
    public void close() {
        stop.set(true);
        threads.shutdown();
    }
}
