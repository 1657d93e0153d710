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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Concurrent {@link RecordedClient}s against all tablet servers, until it is closed. Beside those that do a
 * mix of everything, each tablet has one that only writes and is impatient: by it one sees for how long the
 * tablet takes no writes.
 */
final class MixedLoad implements AutoCloseable {

    private static final int UNANSWERED_MILLIS = 30;
    private static final Duration FINAL_READ_MAX = Duration.ofSeconds(60);
    private static final Duration CLIENT_ENDS_MAX = Duration.ofSeconds(60);

    private final Rows rows;
    private final Recorder recorder;
    private final List<Api> nodes;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> clients = new ArrayList<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final int thinkMaxMillis;

    MixedLoad(
            ClusterProcesses cluster, ChaosPlan plan, Rows rows, Recorder recorder, Random random) {
        this.rows = rows;
        this.recorder = recorder;
        this.thinkMaxMillis = plan.thinkMaxMillis();
        this.nodes = apis(cluster, Duration.ofMillis(2_500));
        for (int i = 0; i < plan.clients(); i++) {
            Random own = new Random(random.nextLong());
            RecordedClient client = new RecordedClient("c" + i, nodes, rows, recorder, own);
            clients.add(threads.submit(() -> run(client::step, own)));
        }
        List<Api> impatient = apis(cluster, Duration.ofSeconds(1));
        for (String tablet : Rows.TABLETS) {
            Random own = new Random(random.nextLong());
            String pk = rows.probed(tablet);
            RecordedClient client = new RecordedClient(pk, impatient, rows, recorder, own);
            BooleanSupplier put = () -> client.put(pk, Rows.sks().get(0));
            clients.add(threads.submit(() -> run(put, own)));
        }
    }

    private static List<Api> apis(ClusterProcesses cluster, Duration patience) {
        return cluster.tabletServers().stream()
                .map(node -> new Api(node.uri(), Duration.ofSeconds(1), patience))
                .toList();
    }

    private void run(BooleanSupplier step, Random random) {
        while (!stop.get()) {
            boolean answered = step.getAsBoolean();
            int pause = random.nextInt(thinkMaxMillis);
            Eventually.pause(Duration.ofMillis(answered ? pause : pause + UNANSWERED_MILLIS));
        }
    }

    /** Ends all clients, then reads every row once more into the history. */
    void finish() {
        close();
        clients.forEach(MixedLoad::join);
        RecordedClient last = new RecordedClient("last", nodes, rows, recorder, new Random(1));
        for (String pk : rows.pks()) {
            for (String sk : Rows.sks()) {
                if (!Eventually.happens(FINAL_READ_MAX, () -> last.get(pk, sk))) {
                    recorder.wrong("nobody can read " + pk + "/" + sk + " at the end");
                }
            }
        }
    }

    private static void join(Future<?> client) {
        try {
            client.get(CLIENT_ENDS_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            throw new AssertionError("a client was told something impossible", failed.getCause());
        } catch (TimeoutException hangs) {
            throw new AssertionError("a client hangs", hangs);
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
