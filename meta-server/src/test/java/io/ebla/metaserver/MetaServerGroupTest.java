package io.ebla.metaserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.port.FreePorts;
import io.ebla.metaserver.ops.MetaOpsConfiguration;
import io.ebla.metaserver.raft.RaftMetadataTablet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/** Three whole meta-servers, spoken to over sockets: any of them answers for the one that leads. */
class MetaServerGroupTest {

    private static final List<String> MEMBERS = List.of("m1", "m2", "m3");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final JsonMapper json = JsonMapper.shared();
    private final Map<String, ConfigurableApplicationContext> servers = new LinkedHashMap<>();
    private final Map<String, Integer> raftPorts = new LinkedHashMap<>();

    private int registered;

    @TempDir Path directory;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({MetaServerConfiguration.class, MetaOpsConfiguration.class})
    static class Application {}

    @BeforeEach
    void start() throws Exception {
        for (String member : MEMBERS) {
            raftPorts.put(member, FreePorts.next());
        }
        List<CompletableFuture<Void>> ready = new ArrayList<>();
        for (String member : MEMBERS) {
            ready.add(start(member, peers()));
        }
        for (CompletableFuture<Void> each : ready) {
            each.get(60, TimeUnit.SECONDS);
        }
        eventually(() -> map(leader()).metaServers().size() == 3);
    }

    private String peers() {
        return MEMBERS.stream()
                .map(member -> member + "=127.0.0.1:" + raftPorts.get(member))
                .collect(Collectors.joining(","));
    }

    private CompletableFuture<Void> start(String member, String peers, String... more) {
        ConfigurableApplicationContext context =
                new SpringApplicationBuilder(Application.class)
                        .web(WebApplicationType.REACTIVE)
                        .properties(
                                "server.port=0",
                                "server.address=127.0.0.1",
                                "ebla.node-id=" + member,
                                "ebla.peers=" + peers,
                                "ebla.data=" + directory.resolve(member),
                                "ebla.cluster-secret=sesame",
                                "spring.reactor.netty.shutdown-quiet-period=0s",
                                "spring.main.banner-mode=off")
                        .properties(more)
                        .run();
        servers.put(member, context);
        return context.getBean(RaftMetadataTablet.class).firstReady();
    }

    @AfterEach
    void stop() {
        servers.values().forEach(ConfigurableApplicationContext::close);
    }

    @Test
    void everyMemberAnswersEveryCall() {
        holds(this::everyCallIsAnswered);
    }

    private void everyCallIsAnswered() throws Exception {
        for (String member : MEMBERS) {
            HttpResponse<String> registered =
                    send(member, "POST", MetaApi.ROOT + "/nodes", registration(member));
            assertThat(registered.statusCode()).as(registered.body()).isEqualTo(200);
            assertThat(registered.headers().firstValue(MetaApi.LEADER_HEADER))
                    .contains(address(leader()));
        }
        for (String member : MEMBERS) {
            assertThat(map(member).nodes()).hasSize(3);
            assertThat(map(member).metaServers())
                    .containsExactlyInAnyOrderElementsOf(
                            MEMBERS.stream().map(this::address).toList());
            HttpResponse<String> cluster = send(member, "GET", "/v1/cluster", null);
            ClusterDescription told = json.readValue(cluster.body(), ClusterDescription.class);
            assertThat(told.meta().leader()).isEqualTo(leader());
            assertThat(told.meta().members()).containsExactlyElementsOf(MEMBERS);
            assertThat(told.nodes()).hasSize(3);
        }
    }

    @Test
    void aQuestionForANewerMapMayStandOpenAtAnyMember() {
        holds(this::aQuestionStandsOpen);
    }

    private void aQuestionStandsOpen() throws Exception {
        String member = follower();
        ClusterMap known = map(member);
        String open =
                MetaApi.ROOT
                        + "/map?generation="
                        + known.generation()
                        + "&version="
                        + known.version()
                        + "&waitMillis=20000";
        CompletableFuture<HttpResponse<String>> answer =
                http.sendAsync(
                        request(member, "GET", open, null), HttpResponse.BodyHandlers.ofString());
        send(leader(), "POST", MetaApi.ROOT + "/nodes", registration("t" + ++registered));
        ClusterMap newer =
                json.readValue(answer.get(30, TimeUnit.SECONDS).body(), ClusterMap.class);
        assertThat(newer.newerThan(known)).isTrue();
    }

    @Test
    void healthMetricsAndUnknownPathsAreAnswered() {
        holds(this::healthMetricsAndUnknownPaths);
    }

    private void healthMetricsAndUnknownPaths() throws Exception {
        for (String member : MEMBERS) {
            HttpResponse<String> ready = send(member, "GET", "/actuator/health/readiness", null);
            assertThat(ready.statusCode()).as(ready.body()).isEqualTo(200);
            assertThat(send(member, "GET", "/actuator/health/liveness", null).statusCode())
                    .isEqualTo(200);
            assertProblem(send(member, "GET", "/v1/tables", null), 404, "not_found");
            String scraped = send(member, "GET", "/actuator/prometheus", null).body();
            List<String> named = documentedMetrics();
            assertThat(named).hasSizeGreaterThan(5);
            assertThat(named).allSatisfy(name -> assertThat(scraped).contains("\n" + name));
        }
    }

    private static List<String> documentedMetrics() throws IOException {
        return Files.readAllLines(Path.of("..", "src", "docs", "metrics.md")).stream()
                .dropWhile(line -> !line.equals("## Meta-servers"))
                .filter(line -> line.startsWith("| `ebla_"))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .toList();
    }

    @Test
    void whatIsWrongWithAUsersRequestIsAProblemAtEveryMember() {
        holds(this::problemsOfUsersRequests);
    }

    private void problemsOfUsersRequests() throws Exception {
        for (String member : MEMBERS) {
            String cluster = "/v1/cluster";
            assertThat(send(member, "HEAD", cluster, null).statusCode()).isEqualTo(200);
            assertProblem(send(member, "GET", cluster + "?all=1", null), 400, "unknown_option");
            HttpResponse<String> posted = send(member, "POST", cluster, "x");
            assertProblem(posted, 405, "method_not_allowed");
            assertThat(posted.headers().firstValue("Allow")).contains("GET, HEAD");
            HttpResponse<String> read = send(member, "GET", cluster + "/meta/m1", null);
            assertProblem(read, 405, "method_not_allowed");
            assertThat(read.headers().firstValue("Allow")).contains("DELETE, PUT");
            HttpResponse<String> none = send(member, "GET", cluster + "/operations/none", null);
            assertProblem(none, 404, "operation_not_found");
            assertProblem(
                    send(member, "PUT", cluster + "/meta/m1", "nothing"), 400, "invalid_argument");
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create("http://" + address(member) + cluster));
            assertProblem(
                    http.send(
                            request.copy().header("Accept", "text/html").build(),
                            HttpResponse.BodyHandlers.ofString()),
                    406,
                    "not_acceptable");
            HttpRequest text =
                    HttpRequest.newBuilder(
                                    URI.create("http://" + address(member) + cluster + "/meta/m1"))
                            .header("Content-Type", "text/plain")
                            .PUT(HttpRequest.BodyPublishers.ofString("m1"))
                            .build();
            assertProblem(
                    http.send(text, HttpResponse.BodyHandlers.ofString()),
                    415,
                    "unsupported_media_type");
        }
    }

    private void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        MetaApi.Problem problem = json.readValue(answer.body(), MetaApi.Problem.class);
        assertThat(problem.code()).isEqualTo(code);
        assertThat(problem.type()).isEqualTo("urn:ebla:problem:" + code);
        assertThat(problem.status()).isEqualTo(status);
        assertThat(problem.instance()).isEqualTo(answer.uri().getRawPath());
    }

    @Test
    void aMemberIsTakenInAndTakenOutOverHttp() throws Exception {
        raftPorts.put("m4", FreePorts.next());
        String peer = "m4=127.0.0.1:" + raftPorts.get("m4");
        CompletableFuture<Void> ready = start("m4", peer, "ebla.bootstrap=false");
        HttpResponse<String> waiting = send("m4", "GET", "/v1/cluster", null);
        assertProblem(waiting, 503, "meta_unavailable");
        assertThat(waiting.headers().firstValue("Retry-After")).contains("1");
        assertThat(send("m4", "GET", "/actuator/health/readiness", null).statusCode())
                .isEqualTo(503);
        String address = "127.0.0.1:" + raftPorts.get("m4");
        awaitDone(led("PUT", "/v1/cluster/meta/m4", new MetaApi.MetaAddress(address)));
        ready.get(60, TimeUnit.SECONDS);
        eventually(() -> map("m4").metaServers().contains(address("m4")));

        assertThat(led("DELETE", "/v1/cluster/meta/m9", null).statusCode()).isEqualTo(404);
        assertThat(led("GET", "/v1/cluster/operations/x", null).statusCode()).isEqualTo(404);
        awaitDone(led("DELETE", "/v1/cluster/meta/m4", null));
        eventually(() -> map("m1").metaServers().size() == 3);
    }

    @Test
    void aMemberAloneSaysThatThereIsNoLeader() throws Exception {
        String last = follower();
        for (String member : MEMBERS) {
            if (!member.equals(last)) {
                // Not the whole context: that would end the event loops which all of them share.
                servers.get(member).getBean(RaftMetadataTablet.class).close();
            }
        }
        eventually(() -> send(last, "GET", "/v1/cluster", null).statusCode() == 503);
        HttpResponse<String> refused =
                send(last, "POST", MetaApi.ROOT + "/nodes", registration("t1"));
        assertThat(refused.statusCode()).isEqualTo(503);
        MetaApi.Problem problem = json.readValue(refused.body(), MetaApi.Problem.class);
        assertThat(problem.code()).isEqualTo("meta_unavailable");
        assertThat(problem.outcome()).isEqualTo("not_applied");
        assertThat(refused.headers().firstValue("Retry-After")).contains("1");
    }

    /** Asks a member that does not lead, again while nobody leads. */
    private HttpResponse<String> led(String method, String path, Object body) throws Exception {
        HttpResponse<String> answer = send(follower(), method, path, body);
        for (int i = 0; i < 40 && answer.statusCode() == 503; i++) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
            answer = send(follower(), method, path, body);
        }
        return answer;
    }

    private void awaitDone(HttpResponse<String> accepted) throws Exception {
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        String id = json.readValue(accepted.body(), MetaApi.Begun.class).operation();
        eventually(
                () -> {
                    HttpResponse<String> told =
                            send(follower(), "GET", "/v1/cluster/operations/" + id, null);
                    return told.statusCode() == 200
                            && json.readValue(told.body(), ClusterDescription.Operation.class)
                                    .state()
                                    .equals("done");
                });
    }

    private String leader() {
        return servers.entrySet().stream()
                .filter(each -> each.getValue().getBean(RaftMetadataTablet.class).leads())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("m1");
    }

    private String follower() {
        String leader = leader();
        return MEMBERS.stream().filter(member -> !member.equals(leader)).findFirst().orElseThrow();
    }

    private ClusterMap map(String member) throws Exception {
        HttpResponse<String> answer = send(member, "GET", MetaApi.ROOT + "/map", null);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json.readValue(answer.body(), ClusterMap.class);
    }

    private static MetaApi.Register registration(String name) {
        return new MetaApi.Register(
                new NodeDescriptor(
                        NodeId.of(name),
                        StoreId.of("store-" + name),
                        Incarnation.of("run-1"),
                        "127.0.0.1:1",
                        "",
                        ""),
                "",
                List.of());
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private interface Assertions {
        void check() throws Exception;
    }

    /** In the end: on a busy machine the members may elect another leader in the midst of it. */
    private static void holds(Assertions assertions) {
        eventually(
                () -> {
                    assertions.check();
                    return true;
                });
    }

    private static void eventually(Condition condition) {
        long begun = System.nanoTime();
        Throwable last = null;
        while (System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(60)) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (Exception | AssertionError notYet) {
                last = notYet;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        throw new AssertionError("not in time", last);
    }

    private HttpResponse<String> send(String member, String method, String path, Object body)
            throws IOException, InterruptedException {
        return http.send(request(member, method, path, body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String member, String method, String path, Object body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://" + address(member) + path))
                        .timeout(Duration.ofSeconds(30))
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(
                                                json.writeValueAsString(body)));
        return path.startsWith(MetaApi.ROOT)
                ? request.header(MetaApi.SECRET_HEADER, "sesame").build()
                : request.build();
    }

    private String address(String member) {
        String port = servers.get(member).getEnvironment().getProperty("local.server.port");
        return "127.0.0.1:" + port;
    }
}
