package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code metrics.md} says can be scraped is there, and moves under the traffic it tells of. */
class MetricsHttpTest {

    private static final Path PAGE = Path.of("..", "src", "docs", "metrics.md");
    private static final String ROWS = "/v1/tables/watched/rows";

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.startWhole("ebla.tablet.idle-flush=100ms");
        server.createTable("watched", "{}");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void whatTellsOfWorkMovesWithIt() throws Exception {
        List<String> named = named("Work done");
        Map<String, Double> before = scrape();
        for (int round = 0; round < 20; round++) {
            work(round);
        }
        String flushed = "ebla_store_flushed_bytes_total"; // once the tablet rests
        Waiting.until(() -> scrape().get(flushed) > before.get(flushed));
        List<String> still = new ArrayList<>(named);
        Waiting.until(
                () -> {
                    read();
                    Map<String, Double> now = scrape();
                    still.removeIf(name -> !now.getOrDefault(name, 0.0).equals(before.get(name)));
                    return still.isEmpty();
                },
                () -> "metrics that do not move: " + still);
        assertThat(named).hasSizeGreaterThan(15);
    }

    private static void work(int round) throws Exception {
        String key = ROWS + "/k" + round;
        assertThat(server.putJson(key, "1").statusCode()).isEqualTo(201);
        server.putJson(key + "/brief?ttl=1ms", "1");
        server.put(key + "/large", "text/plain", "x".repeat(100_000));
    }

    private static void read() {
        try {
            server.get(ROWS + "/k0");
            server.get(ROWS + "/k0absent");
            server.get(ROWS + "?limit=10");
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void whatTellsOfPressureRisesAndFalls() throws Exception {
        List<String> named = named("Pressure");
        server.putJson(ROWS + "/pressed", "1");
        server.journal().hold();
        List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                HttpRequest.Builder put =
                        server.request(ROWS + "/pressed?timeout=30s")
                                .PUT(BodyPublishers.ofString("" + i));
                waiting.add(server.client().sendAsync(put.build(), BodyHandlers.ofString()));
                HttpRequest read = server.request(ROWS + "/pressed?timeout=30s").build();
                waiting.add(server.client().sendAsync(read, BodyHandlers.ofString()));
                if (i < 5) {
                    Waiting.until(() -> scrape().get("ebla_tablet_overlay_rows") > 0);
                }
            }
            Waiting.until(
                    () -> {
                        Map<String, Double> held = scrape();
                        return named.stream().allMatch(name -> held.getOrDefault(name, 0.0) > 0);
                    });
        } finally {
            server.journal().release();
        }
        for (CompletableFuture<HttpResponse<String>> answer : waiting) {
            assertThat(answer.get().statusCode()).isEqualTo(200);
        }
        Waiting.until(
                () -> {
                    Map<String, Double> rest = scrape();
                    return named.stream().allMatch(name -> rest.get(name) == 0);
                });
    }

    @Test
    void whatIsToBeWatchedIsThere() throws Exception {
        List<String> named = named("To be watched");
        assertThat(named).hasSizeGreaterThan(10);
        assertThat(scrape().keySet()).containsAll(named);
    }

    /** The metrics in the first table of one section of the page. */
    static List<String> named(String section) throws Exception {
        return named(section, 0);
    }

    /** The metrics in one of the tables of a section, from 0. */
    static List<String> named(String section, int table) throws Exception {
        List<String> named = new ArrayList<>();
        boolean within = false;
        int tables = -1;
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("## ")) {
                within = line.equals("## " + section);
            } else if (line.equals("|---|---|")) {
                tables = within ? tables + 1 : -1;
            } else if (within && tables == table && line.startsWith("| `ebla_")) {
                named.add(line.substring(3, line.indexOf('`', 3)));
            }
        }
        return named;
    }

    private static Map<String, Double> scrape() {
        return scrape(server);
    }

    /** Each family's value, summed over its labels: of a histogram the number of its events. */
    static Map<String, Double> scrape(TestServer of) {
        Map<String, Double> values = new HashMap<>();
        try {
            for (String line : of.get("/actuator/prometheus").body().lines().toList()) {
                if (line.startsWith("ebla_")) {
                    String sample = line.split("[{ ]", 2)[0].replaceFirst("_count$", "");
                    double value = Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
                    values.merge(sample, value, Double::sum);
                }
            }
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
        return values;
    }
}
