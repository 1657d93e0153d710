package io.ebla.clustertest.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A replicated store as several processes on this machine, measured as one: its CPU time and its syncs of
 * the log are those of all processes that run. One of them leads, and any may be killed and started again.
 */
public abstract class ReplicatedServers implements Measured, AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final Map<String, MeasuredServer> servers = new LinkedHashMap<>();
    private final Set<String> paused = new HashSet<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Those that take writes. */
    public abstract List<String> writable();

    /** The one that leads the loaded data, or null. */
    abstract String leaderNow() throws IOException;

    /** Starts a process that was killed, and returns when it serves; it catches up from then on. */
    public abstract void start(String id) throws IOException, InterruptedException;

    /** Whether it has all that the leader had when the question began. */
    public abstract boolean level(String id) throws IOException;

    /** Where a process shows its metrics, and the one that counts syncs; null of one without a log. */
    abstract String syncsPath(String id);

    abstract String syncsMetric();

    /** Which one leads; waits until one does. */
    public final String leaderId() throws IOException, InterruptedException {
        String[] leader = new String[1];
        await("a leader", () -> (leader[0] = leaderNow()) != null);
        return leader[0];
    }

    final MeasuredServer leader() throws IOException, InterruptedException {
        return server(leaderId());
    }

    /** Where a process takes requests. */
    public final URI uri(String id) {
        return URI.create("http://127.0.0.1:" + server(id).port());
    }

    /** kill -9. */
    public final void kill(String id) throws InterruptedException {
        server(id).kill();
        servers.remove(id);
    }

    /** SIGSTOP until {@link #resume}; its syncs are counted neither before nor after. */
    final void pause(String id) throws IOException, InterruptedException {
        server(id).signal("STOP");
        paused.add(id);
    }

    final void resume(String id) throws IOException, InterruptedException {
        server(id).signal("CONT");
        paused.remove(id);
    }

    /** Returns when it has caught up. */
    public final void awaitLevel(String id) throws IOException, InterruptedException {
        await(id + " has caught up", () -> level(id));
    }

    final void put(String id, MeasuredServer server) {
        servers.put(id, server);
    }

    final MeasuredServer server(String id) {
        return servers.get(id);
    }

    final List<String> ids() {
        return List.copyOf(servers.keySet());
    }

    @Override
    public final double cpuSeconds() throws IOException {
        double sum = 0;
        for (MeasuredServer server : servers.values()) {
            sum += server.cpuSeconds();
        }
        return sum;
    }

    @Override
    public final long syncs() throws IOException {
        long sum = 0;
        for (Map.Entry<String, MeasuredServer> each : servers.entrySet()) {
            String path = syncsPath(each.getKey());
            if (path != null && !paused.contains(each.getKey())) {
                sum +=
                        ask(each.getValue(), "GET", path, null)
                                .lines()
                                .filter(line -> line.startsWith(syncsMetric()))
                                .mapToLong(line -> (long) Double.parseDouble(lastWord(line)))
                                .sum();
            }
        }
        return sum;
    }

    private static String lastWord(String line) {
        return line.substring(line.lastIndexOf(' ') + 1);
    }

    /** The body of an answer, whatever its status. */
    final String ask(MeasuredServer server, String method, String path, String json)
            throws IOException {
        return send(server, method, path, json).body();
    }

    final HttpResponse<String> send(MeasuredServer server, String method, String path, String json)
            throws IOException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                        .timeout(Duration.ofSeconds(10))
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                json == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(json))
                        .build();
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }

    /** A condition that comes about sooner or later. */
    interface Condition {
        boolean holds() throws IOException;
    }

    static void await(String what, Condition condition) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds(condition)) {
            if (System.nanoTime() > end) {
                throw new IOException("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private static boolean holds(Condition condition) {
        try {
            return condition.holds();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public final void close() {
        servers.values().forEach(MeasuredServer::close);
    }
}
