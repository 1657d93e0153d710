package io.ebla.clustertest.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;

/**
 * The cluster of {@code docker-compose.yml}, in containers of the image that is built from the jar: killed
 * and cut off by turns under writes, after which everything that was acknowledged is there.
 */
@Tag("docker")
class ComposeIT {

    private static final Duration STARTED = Duration.ofMinutes(5);
    private static final Duration RESUMED = Duration.ofMinutes(1);

    @BeforeAll
    static void needAnEngine() {
        boolean there = DockerClientFactory.instance().isDockerAvailable();
        if (!there) {
            System.out.println("ComposeIT skipped: no container engine answers");
        }
        Assumptions.assumeTrue(there, "no container engine answers");
    }

    @Test
    void nothingAcknowledgedIsLostWhileContainersDieAndNetworksAreCut() {
        try (Compose compose =
                new Compose(
                        DockerClientFactory.instance().client(),
                        Path.of("..").toAbsolutePath().normalize(),
                        Map.of("EBLA_CLUSTER_SECRET", "of-this-test"))) {
            compose.up();
            List<Api> servers = servers(8080);
            List<Api> metas = servers(8180);
            awaitReady(compose, metas, "m");
            awaitReady(compose, servers, "t");
            createTable(servers.get(0));
            Map<String, String> committed;
            try (AcknowledgedWrites writes = new AcknowledgedWrites(servers, "kept")) {
                goesOn(writes, "at first");
                compose.kill("t1");
                goesOn(writes, "with t1 dead");
                compose.start("t1");
                awaitReady(compose, servers, "t");
                compose.cut("t2");
                goesOn(writes, "with t2 cut off");
                compose.heal("t2");
                String leader = leader(metas);
                compose.kill(leader);
                goesOn(writes, "with the leading meta-server dead");
                compose.cut("t3");
                goesOn(writes, "with t3 cut off too");
                compose.heal("t3");
                compose.start(leader);
                goesOn(writes, "when all are back");
                committed = writes.end();
            }
            System.out.println("acknowledged writes: " + committed.size());
            committed.forEach((pk, value) -> assertPresent(servers, pk, value));
        }
    }

    /** Asked again when no answer came: it is the same table. */
    private static void createTable(Api server) {
        String options = "{\"replicas\":3,\"splitAt\":[\"g\",\"n\",\"t\"]}";
        assertThat(Eventually.happens(RESUMED, () -> server.put("/v1/tables/kept", options).ok()))
                .as("the table is made")
                .isTrue();
    }

    private static List<Api> servers(int port) {
        return IntStream.range(port, port + 3)
                .mapToObj(
                        each ->
                                new Api(
                                        URI.create("http://127.0.0.1:" + each),
                                        Duration.ofSeconds(1),
                                        Duration.ofSeconds(6)))
                .toList();
    }

    private static void awaitReady(Compose compose, List<Api> servers, String name) {
        for (int i = 0; i < servers.size(); i++) {
            Api server = servers.get(i);
            if (!Eventually.happens(STARTED, () -> server.get("/actuator/health/readiness").ok())) {
                throw new AssertionError(
                        name + (i + 1) + " is not ready:\n" + compose.log(name + (i + 1)));
            }
        }
    }

    private static void goesOn(AcknowledgedWrites writes, String when) {
        int before = writes.count();
        assertThat(Eventually.happens(RESUMED, () -> writes.count() > before + 100))
                .as("writes are acknowledged %s", when)
                .isTrue();
    }

    private static String leader(List<Api> metas) {
        Answer cluster = metas.get(0).get("/v1/cluster");
        Matcher leader = Pattern.compile("\"leader\":\"(m\\d)\"").matcher(cluster.body());
        assertThat(leader.find()).as(cluster.body()).isTrue();
        return leader.group(1);
    }

    private static void assertPresent(List<Api> servers, String pk, String value) {
        boolean there =
                Eventually.happens(
                        RESUMED,
                        () -> {
                            Answer answer = servers.get(0).get(Api.row("kept", pk, null));
                            assertThat(answer.status()).as("row " + pk).isNotEqualTo(404);
                            return answer.status() == 200 && answer.body().equals(value);
                        });
        assertThat(there).as("row %s", pk).isTrue();
    }
}
