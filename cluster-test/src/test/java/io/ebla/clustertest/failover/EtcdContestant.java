package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Three etcd servers on loopback with their defaults, through their JSON gateway. Puts are thread-safe. */
final class EtcdContestant implements Contestant {

    static final Path ETCD = Path.of("/usr/bin/etcd");

    private static final int SERVERS = 3;
    private static final Pattern MEMBER = Pattern.compile("\"member_id\":\"(\\d+)\"");
    private static final Pattern LEADER = Pattern.compile("\"leader\":\"(\\d+)\"");
    private static final String VALUE = base64("v".repeat(1024));

    private final Path directory;
    private final List<String> clients = new ArrayList<>();
    private final List<String> peers = new ArrayList<>();
    private final List<Api> writers = new ArrayList<>();
    private final List<Api> apis = new ArrayList<>();
    private final Process[] processes = new Process[SERVERS];

    EtcdContestant(Path directory) {
        this.directory = directory;
        for (int i = 0; i < SERVERS; i++) {
            clients.add("http://127.0.0.1:" + freePort());
            peers.add("http://127.0.0.1:" + freePort());
            URI client = URI.create(clients.get(i));
            writers.add(Contestant.client(client));
            apis.add(new Api(client, Duration.ofSeconds(1), Duration.ofSeconds(5)));
        }
        for (int i = 0; i < SERVERS; i++) {
            start(i);
        }
        leader();
    }

    static boolean installed() {
        return Files.isExecutable(ETCD);
    }

    private void start(int server) {
        String cluster =
                IntStream.range(0, SERVERS)
                        .mapToObj(i -> "e" + i + "=" + peers.get(i))
                        .collect(Collectors.joining(","));
        ProcessBuilder builder =
                new ProcessBuilder(
                        ETCD.toString(),
                        "--name=e" + server,
                        "--data-dir=" + directory.resolve("e" + server),
                        "--listen-client-urls=" + clients.get(server),
                        "--advertise-client-urls=" + clients.get(server),
                        "--listen-peer-urls=" + peers.get(server),
                        "--initial-advertise-peer-urls=" + peers.get(server),
                        "--initial-cluster=" + cluster,
                        "--log-level=error");
        builder.redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(
                                directory.resolve("e" + server + ".log").toFile()));
        try {
            processes[server] = builder.start();
        } catch (IOException notStarted) {
            throw new UncheckedIOException(notStarted);
        }
    }

    @Override
    public String name() {
        return "etcd";
    }

    @Override
    public int servers() {
        return SERVERS;
    }

    @Override
    public boolean put(int server, String key) {
        String body = "{\"key\":\"" + base64(key) + "\",\"value\":\"" + VALUE + "\"}";
        Answer answer = writers.get(server).post("/v3/kv/put", "application/json", body);
        return answer.ok();
    }

    @Override
    public int leader() {
        int[] leader = {-1};
        if (!Eventually.happens(Duration.ofSeconds(60), () -> (leader[0] = leaderNow()) >= 0)) {
            throw new AssertionError("no leader");
        }
        return leader[0];
    }

    private int leaderNow() {
        for (int i = 0; i < SERVERS; i++) {
            String status =
                    apis.get(i).post("/v3/maintenance/status", "application/json", "{}").body();
            Matcher member = MEMBER.matcher(status);
            Matcher leader = LEADER.matcher(status);
            if (member.find() && leader.find() && member.group(1).equals(leader.group(1))) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void kill(int server) {
        processes[server].destroyForcibly();
    }

    @Override
    public void bringBack(int server) {
        start(server);
        boolean serves =
                Eventually.happens(Duration.ofSeconds(60), () -> put(server, "are you there"));
        if (!serves) {
            throw new AssertionError("e" + server + " does not serve");
        }
    }

    @Override
    public void close() {
        for (Process process : processes) {
            process.destroyForcibly();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException none) {
            throw new UncheckedIOException(none);
        }
    }
}
