package io.ebla.clustertest.reshape;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.docker.AcknowledgedWrites;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two real servers, one copy of each row, and splits by load: what is asked for much is halved and shared by
 * both, and what cannot be halved is tried ever more seldom.
 */
@Tag("long")
class LoadSplitIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final Duration PAUSE = Duration.ofSeconds(3);

    @TempDir private Path directory;
    private ClusterProcesses cluster;
    private Api api;

    @BeforeEach
    void start() {
        cluster = new ClusterProcesses(directory, 1, 2);
        cluster.node("m1")
                .property("balancing.automatic", "true")
                .property("balancing.settle", "1s")
                .property("balancing.load-min", "5")
                .property("splitting.load", "10")
                .property("splitting.pause", PAUSE.toSeconds() + "s")
                .property("merging.automatic", "false")
                .property("procedure.grace", "1s");
        Stream.of("m1", "t1", "t2").map(cluster::node).forEach(ClusterNode::start);
        Stream.of("m1", "t1", "t2").map(cluster::node).forEach(node -> node.process().awaitReady());
        api = new Api(cluster.node("t2").uri());
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    /** Each node has two tablets at first, so that none is moved for the sake of counts alone. */
    @Test
    void whatIsAskedForMuchIsHalvedAndSharedByBoth() {
        create("visits", "{\"replicas\":1,\"splitAt\":[\"x\",\"y\",\"z\"]}");
        Map<String, String> committed;
        try (AcknowledgedWrites load = new AcknowledgedWrites(servers(), "visits")) {
            await("it is halved", () -> hot("visits").size() >= 2);
            await("both have a part of it", () -> Set.copyOf(hot("visits")).size() == 2);
            committed = load.end();
        }
        committed.forEach(
                (pk, value) -> {
                    Answer read = api.get(Api.row("visits", pk, null) + "?timeout=20s");
                    assertThat(read.status()).as("%s: %s", pk, read).isEqualTo(200);
                    assertThat(read.body()).isEqualTo(value);
                });
    }

    /** The masters of the tablets that are written to most: all but those of the last three letters. */
    private List<String> hot(String table) {
        List<String> masters = new ArrayList<>();
        JsonNode tablets = tablets(table);
        for (int i = 0; i < tablets.size() - 3; i++) {
            masters.add(tablets.get(i).path("master").asString(""));
        }
        masters.removeIf(String::isEmpty);
        return masters;
    }

    @Test
    void aSingleHotKeyIsTriedEverMoreSeldom() {
        create("one", "{\"replicas\":1}");
        List<Instant> tries;
        try (Hammer hammer = new Hammer(api, Api.row("one", "key", null))) {
            await("three tries", () -> tries().size() >= 3);
            tries = tries();
        }
        assertThat(tablets("one").size()).isEqualTo(1);
        assertThat(Duration.between(tries.get(0), tries.get(1))).isGreaterThanOrEqualTo(PAUSE);
        assertThat(Duration.between(tries.get(1), tries.get(2)))
                .isGreaterThanOrEqualTo(PAUSE.multipliedBy(2));
    }

    /** When the splits were begun that came to nothing as all is asked of one pk. */
    private List<Instant> tries() {
        Set<Instant> tries = new HashSet<>();
        for (JsonNode each : JSON.readTree(api.get("/v1/cluster").body()).path("operations")) {
            if (each.path("kind").asString("").equals("split")
                    && each.path("detail").asString("").contains("on one pk")) {
                tries.add(Instant.parse(each.get("startedAt").asString()));
            }
        }
        return tries.stream().sorted().toList();
    }

    /** Writes one row all the time. */
    private static final class Hammer implements AutoCloseable {

        private final Thread thread;
        private volatile boolean over;

        Hammer(Api server, String row) {
            thread =
                    new Thread(
                            () -> {
                                while (!over) {
                                    server.put(row + "?timeout=5s", "1");
                                }
                            });
            thread.start();
        }

        @Override
        public void close() {
            over = true;
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }
    }

    private List<Api> servers() {
        return List.of(api, new Api(cluster.node("t1").uri()));
    }

    private void create(String table, String options) {
        await("the table", () -> api.put("/v1/tables/" + table, options).ok());
    }

    private JsonNode tablets(String table) {
        Answer answer = api.get("/v1/tables/" + table + "/tablets");
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        return JSON.readTree(answer.body()).get("tablets");
    }

    private void await(String what, BooleanSupplier event) {
        assertThat(Eventually.happens(PATIENCE, event))
                .as(() -> what + "\n" + api.get("/v1/cluster") + "\n" + cluster.tails())
                .isTrue();
    }
}
