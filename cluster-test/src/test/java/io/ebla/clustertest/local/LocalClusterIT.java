package io.ebla.clustertest.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.local.LocalClusterProcess.Server;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ebla local-cluster}, and {@code ebla cluster} against it, as a user runs them. */
class LocalClusterIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 90));

    private final int basePort = LocalClusterProcess.freeBasePort(new Random());
    @TempDir private Path directory;

    @Test
    void aClusterOnThisMachineSurvivesTheEndOfAServerAndOfItself() {
        try (LocalClusterProcess cluster = new LocalClusterProcess(directory, basePort, 0)) {
            Map<String, Server> servers = cluster.awaitReady();
            assertThat(servers.keySet()).containsExactly("m1", "m2", "m3", "t1", "t2", "t3");
            for (int i = 0; i < 3; i++) {
                assertThat(servers.get("t" + (i + 1)).url()).isEqualTo(local(i));
                assertThat(servers.get("m" + (i + 1)).url()).isEqualTo(local(100 + i));
            }
            assertThat(servers.values()).allMatch(Server::runs);
            await(() -> servers.get("t1").api().put("/v1/tables/t", "{}").ok());
            for (String node : List.of("t1", "t2", "t3")) {
                write(servers.get(node), node);
            }
            readAll(servers, List.of("t1", "t2", "t3"));
            holds(() -> tellsOfThem(servers));
            showsOneThatIsKilled(servers, cluster);
            write(servers.get("t2"), "later");
            readAll(servers, List.of("t2", "t3"));
            goesOnWithoutMetaLeader(servers);
            cluster.terminate();
            assertThat(cluster.ends()).as("ends on SIGTERM").isTrue();
            assertThat(servers.values()).noneMatch(Server::runs);
        }
        try (LocalClusterProcess again = new LocalClusterProcess(directory, basePort, 1)) {
            Map<String, Server> servers = again.awaitReady();
            everyTabletIsServed(servers.get("t2").api());
            readAll(servers, List.of("t1", "t2", "t3"));
            assertThat(get(servers.get("t1"), "later")).isEqualTo("\"later\"");
            again.kill();
            awaitEndOf(servers.values());
        }
    }

    /** Asked once: whoever is told that the cluster is ready need not wait any more. */
    private static void everyTabletIsServed(Api server) {
        Answer tablets = server.get("/v1/tables/t/tablets");
        assertThat(tablets.status()).as(tablets::toString).isEqualTo(200);
        assertThat(JSON.readTree(tablets.body()).get("tablets"))
                .isNotEmpty()
                .allMatch(tablet -> tablet.get("state").asString().equals("serving"));
    }

    private URI local(int above) {
        return URI.create("http://127.0.0.1:" + (basePort + above));
    }

    private static void write(Server through, String row) {
        Answer[] answer = new Answer[1];
        Api api = through.api();
        String path = Api.row("t", row, null) + "?timeout=20s";
        boolean written =
                Eventually.happens(
                        PATIENCE, () -> (answer[0] = api.put(path, "\"" + row + "\"")).committed());
        assertThat(written).as(() -> "the write of " + row + ": " + answer[0]).isTrue();
    }

    private static String get(Server through, String row) {
        Answer[] answer = new Answer[1];
        Api api = through.api();
        String path = Api.row("t", row, null) + "?timeout=20s";
        boolean read =
                Eventually.happens(PATIENCE, () -> (answer[0] = api.get(path)).status() == 200);
        assertThat(read).as(() -> "the read of " + row + ": " + answer[0]).isTrue();
        return answer[0].body();
    }

    /** Any server has what was written through any other. */
    private static void readAll(Map<String, Server> servers, List<String> through) {
        for (String node : through) {
            for (String row : List.of("t1", "t2", "t3")) {
                assertThat(get(servers.get(node), row)).isEqualTo("\"" + row + "\"");
            }
        }
    }

    /** What {@code ebla cluster} prints while all is well. */
    private void tellsOfThem(Map<String, Server> servers) {
        URI url = servers.get("t1").url();
        String status = EblaCommand.run(url, "cluster", "status");
        assertThat(status)
                .contains("m1", "m2", "m3", "leads", "nodes         3: 3 up", "operations    ");
        assertThat(EblaCommand.run(url, "cluster", "nodes"))
                .contains("NODE", "STATE", "ADDRESS")
                .contains("t1", "t2", "t3");
        assertThat(EblaCommand.run(url, "cluster", "tablets", "t"))
                .contains("TABLE", "MASTER", "REPLICAS")
                .containsPattern("t +\\d+ .*t[123]");
        assertThat(EblaCommand.run(url, "cluster", "operations")).contains("OPERATION", "KIND");
        showsOperationsAsTheyBegin(url);
        // A meta-server tells the same.
        assertThat(EblaCommand.run(servers.get("m1").url(), "cluster", "status"))
                .contains("3: 3 up");
        jsonIsWhatTheServersSay(url);
    }

    private static void showsOperationsAsTheyBegin(URI url) {
        try (EblaCommand watch = EblaCommand.start(url, "cluster", "operations", "--watch")) {
            watch.awaitOut(0, "OPERATION");
            for (String what : List.of("pause", "resume")) {
                int before = watch.out().length();
                EblaCommand.run(url, "cluster", what + "-balancing");
                watch.awaitOut(before, what + "_balancing");
                watch.awaitOut(before, "[####################] 100%");
            }
            assertThat(watch.runs()).isTrue();
        }
    }

    private static void jsonIsWhatTheServersSay(URI url) {
        JsonNode status = JSON.readTree(EblaCommand.run(url, json("status")));
        assertThat(status.get("meta").get("leader").asString()).matches("m[123]");
        assertThat(status.get("meta").get("members").size()).isEqualTo(3);
        assertThat(status.has("stale")).isFalse();
        JsonNode nodes = JSON.readTree(EblaCommand.run(url, json("nodes"))).get("nodes");
        assertThat(nodes.size()).isEqualTo(3);
        for (JsonNode node : nodes) {
            assertThat(node.get("id").asString()).matches("t[123]");
            assertThat(node.get("state").asString()).isEqualTo("up");
            assertThat(node.get("address").asString()).startsWith("127.0.0.1:");
            assertThat(node.get("grpcAddress").asString()).startsWith("127.0.0.1:");
            assertThat(node.get("tablets").isNumber()).isTrue();
            assertThat(node.get("masters").isNumber()).isTrue();
            assertThat(node.get("bytes").isNumber()).isTrue();
        }
        JsonNode operations = JSON.readTree(EblaCommand.run(url, json("operations")));
        assertThat(operations.get("operations").isArray()).isTrue();
        JsonNode tablets = JSON.readTree(EblaCommand.run(url, json("tablets"))).get("t");
        assertThat(tablets.size()).isEqualTo(1);
        JsonNode tablet = tablets.get(0);
        assertThat(tablet.get("master").asString()).matches("t[123]");
        assertThat(tablet.get("epoch").asLong()).isPositive();
        assertThat(tablet.get("replicas").size()).isEqualTo(3);
        for (JsonNode replica : tablet.get("replicas")) {
            assertThat(replica.get("node").asString()).matches("t[123]");
            assertThat(replica.get("role").asString()).matches("master|slave");
        }
    }

    private static String[] json(String what) {
        return new String[] {"cluster", what, "--output", "json"};
    }

    /** A watcher sees a node go down; the others go on. */
    private static void showsOneThatIsKilled(
            Map<String, Server> servers, LocalClusterProcess cluster) {
        URI url = servers.get("t2").url();
        try (EblaCommand watch = EblaCommand.start(url, "cluster", "nodes", "--watch")) {
            watch.awaitOut(0, "t3");
            int before = watch.out().length();
            servers.get("t1").kill();
            watch.awaitOut(before, "down");
            assertThat(watch.runs()).isTrue();
        }
        await(
                () ->
                        cluster.errors()
                                .contains("t1 (pid " + servers.get("t1").pid() + ") has ended"));
        assertThat(cluster.errors()).contains("the others go on", "ebla tablet-server --id t1");
    }

    private static void goesOnWithoutMetaLeader(Map<String, Server> servers) {
        URI url = servers.get("t2").url();
        String leader = leader(url);
        servers.get(leader).kill();
        await(() -> !leader(url).equals(leader) && !leader(url).isEmpty());
        holds(
                () ->
                        assertThat(EblaCommand.run(url, "cluster", "status"))
                                .contains(leader(url) + " leads"));
        List<Server> metas =
                servers.values().stream().filter(each -> each.id().startsWith("m")).toList();
        try (EblaCommand watch = EblaCommand.start(url, "cluster", "status", "--watch")) {
            watch.awaitOut(0, "nodes ");
            int before = watch.out().length();
            metas.forEach(Server::kill);
            watch.awaitOut(before, "(of earlier: no meta-server answers now)");
        }
        JsonNode stale = JSON.readTree(EblaCommand.run(url, json("status")));
        assertThat(stale.get("stale").asBoolean()).isTrue();
        assertThat(stale.get("nodes").size()).isEqualTo(3);
        assertThat(EblaCommand.run(url, "cluster", "tablets", "t")).contains("t2");
        write(servers.get("t3"), "later");
    }

    /** Empty while nobody leads. */
    private static String leader(URI url) {
        Answer answer = new Api(url).get("/v1/cluster");
        if (answer.status() != 200) {
            return "";
        }
        JsonNode cluster = JSON.readTree(answer.body());
        boolean stale = cluster.path("stale").asBoolean(false);
        return stale ? "" : cluster.path("meta").path("leader").asString("");
    }

    /** They end with the one that started them, however that has ended. */
    private static void awaitEndOf(Collection<Server> servers) {
        await(() -> servers.stream().noneMatch(Server::runs));
    }

    /** In the end: on a busy machine a server that is well may be suspected for a moment. */
    private static void holds(Runnable assertions) {
        AssertionError[] last = new AssertionError[1];
        boolean hold =
                Eventually.happens(
                        PATIENCE,
                        () -> {
                            try {
                                assertions.run();
                                return true;
                            } catch (AssertionError notYet) {
                                last[0] = notYet;
                                return false;
                            }
                        });
        if (!hold) {
            throw last[0];
        }
    }

    private static void await(BooleanSupplier event) {
        assertThat(Eventually.happens(PATIENCE, event)).isTrue();
    }
}
