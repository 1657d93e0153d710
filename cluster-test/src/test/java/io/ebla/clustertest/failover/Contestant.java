package io.ebla.clustertest.failover;

import io.ebla.clustertest.bench.EblaCluster;
import io.ebla.clustertest.bench.EtcdCluster;
import io.ebla.clustertest.bench.ReplicatedServers;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/**
 * A replicated store whose leader is to be killed: what the benchmark needs of it. All are written through
 * clients that are made alike, and the benchmark itself goes to the next server when one fails. Puts are
 * thread-safe, the rest belongs to one thread.
 */
abstract class Contestant implements AutoCloseable {

    /** How long a client waits for an answer, and a server that can be told so for its copies. */
    static final int PATIENCE_MILLIS = Integer.getInteger("patienceMillis", 500);

    static final int CONNECT_MILLIS = 500;

    /** As those with which {@code ebla} starts quickly. */
    private static final List<String> JVM =
            List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private static final Duration BACK = Duration.ofSeconds(60);

    private final String name;
    private final ReplicatedServers cluster;
    private final List<String> ids;
    private final List<Api> writers;

    private Contestant(String name, ReplicatedServers cluster) {
        this.name = name;
        this.cluster = cluster;
        ids = cluster.writable();
        writers =
                ids.stream()
                        .map(
                                id ->
                                        new Api(
                                                cluster.uri(id),
                                                Duration.ofMillis(CONNECT_MILLIS),
                                                Duration.ofMillis(PATIENCE_MILLIS)))
                        .toList();
    }

    /** Three meta-servers and three tablet servers with one tablet of three replicas. */
    static Contestant ebla(Path directory) throws IOException, InterruptedException {
        String value = "\"" + "v".repeat(1022) + "\"";
        return new Contestant("ebla", EblaCluster.of(directory, JVM)) {
            @Override
            boolean put(Api writer, String key) {
                String path = Api.row(EblaCluster.TABLE, key, null);
                Answer answer = writer.put(path + "?timeout=" + PATIENCE_MILLIS + "ms", value);
                return answer.ok() && answer.committed();
            }
        };
    }

    /** Three etcd servers with their defaults. */
    static Contestant etcd(Path directory) throws IOException, InterruptedException {
        String value = base64("v".repeat(1024));
        return new Contestant("etcd", new EtcdCluster(directory)) {
            @Override
            boolean put(Api writer, String key) {
                String body = "{\"key\":\"" + base64(key) + "\",\"value\":\"" + value + "\"}";
                return writer.post("/v3/kv/put", "application/json", body).ok();
            }
        };
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    final String name() {
        return name;
    }

    /** How many servers take writes. */
    final int servers() {
        return ids.size();
    }

    /**
     * Writes 1 KB under a key through one server.
     *
     * @return whether it was answered as durable on a quorum
     */
    final boolean put(int server, String key) {
        return put(writers.get(server), key);
    }

    abstract boolean put(Api writer, String key);

    /** Which server leads now; waits until one does. */
    final int leader() throws IOException, InterruptedException {
        return ids.indexOf(cluster.leaderId());
    }

    /** Ends it as a crash does. */
    final void kill(int server) throws InterruptedException {
        cluster.kill(ids.get(server));
    }

    /** Starts it again and waits until it has caught up; the load goes on meanwhile. */
    final void bringBack(int server) throws IOException, InterruptedException {
        cluster.start(ids.get(server));
        if (!Eventually.happens(BACK, () -> put(server, "are you there"))) {
            throw new AssertionError(ids.get(server) + " does not serve");
        }
        for (String id : ids) {
            cluster.awaitLevel(id);
        }
    }

    @Override
    public final void close() {
        cluster.close();
    }
}
