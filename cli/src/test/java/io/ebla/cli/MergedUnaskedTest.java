package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a real server splits of its own accord, and merges when little is left of it. */
class MergedUnaskedTest {

    private static final int ROWS = 300;
    private static final int KEPT = 30;
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String PAD = "x".repeat(200);

    private static final Map<String, String> HASTY =
            Map.of(
                    "ebla.splitting.bytes", "20KB",
                    "ebla.merging.share", "0.5",
                    "ebla.merging.load", "0",
                    "ebla.merging.idle", "1s");

    @ParameterizedTest
    @ValueSource(strings = {"disk", "memory"})
    void whatWasSplitComesTogetherOnceItIsSmallAndIdle(String store) throws Exception {
        try (TabletRoutes routes = new TabletRoutes(HASTY)) {
            routes.create("rows", "{\"store\":\"" + store + "\"}");
            for (int i = 0; i < ROWS; i++) {
                put(routes, i);
            }
            until(routes, () -> routes.tablets("rows").size() >= 4);
            delete(routes, "data.n % 10 != 0");
            until(
                    routes,
                    () -> {
                        assertThat(rows(routes)).isEqualTo(kept());
                        return routes.tablets("rows").size() == 1;
                    });
            routes.serving("rows", 1);
            assertThat(rows(routes)).isEqualTo(kept());
            assertThat(merges(routes)).isGreaterThanOrEqualTo(3);
        }
    }

    /** Also where they hold nothing: they are there before the rows are. */
    @Test
    void boundsThatSomebodyAskedForStay() throws Exception {
        try (TabletRoutes routes = new TabletRoutes(HASTY)) {
            routes.create("asked", "{\"splitAt\":[\"g\",\"n\"]}");
            routes.create("rows", "{}");
            String last = routes.serving("asked", 3).get(2).get("id").asString();
            routes.ended(routes.split("asked", last, "{\"at\":{\"pk\":\"t\"}}"));
            routes.serving("asked", 4);
            for (int i = 0; i < ROWS; i++) {
                put(routes, i);
            }
            until(routes, () -> routes.tablets("rows").size() >= 4);
            delete(routes, "true");
            until(routes, () -> routes.tablets("rows").size() == 1);
            routes.serving("asked", 4);
        }
    }

    private static void put(TabletRoutes routes, int number) throws Exception {
        String path = "/v1/tables/rows/rows/" + key(number);
        String body = "{\"n\":" + number + ",\"pad\":\"" + PAD + "\"}";
        HttpResponse<String> answer = routes.send("PUT", path + "?timeout=30s", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    private static void delete(TabletRoutes routes, String which) throws Exception {
        String path = "/v1/tables/rows/rows?all=true&timeout=30s&if=" + encoded(which);
        String after = "";
        while (after != null) {
            HttpResponse<String> answer = routes.send("DELETE", path + after, null);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            after = next(JSON.readTree(answer.body()));
        }
    }

    private static String next(JsonNode page) {
        return page.has("next") ? "&after=" + encoded(page.get("next").asString()) : null;
    }

    private static String encoded(String parameter) {
        return URLEncoder.encode(parameter, StandardCharsets.UTF_8);
    }

    private static String key(int number) {
        return String.format("k%04d", number);
    }

    private static List<String> kept() {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < KEPT; i++) {
            keys.add(key(10 * i));
        }
        return keys;
    }

    /** Whatever happens to the tablets. */
    private static List<String> rows(TabletRoutes routes) throws Exception {
        List<String> keys = new ArrayList<>();
        String after = "";
        while (after != null) {
            JsonNode page = routes.read("/v1/tables/rows/rows?limit=1000&timeout=30s" + after);
            page.get("rows").forEach(row -> keys.add(row.get("pk").asString()));
            after = next(page);
        }
        return keys;
    }

    private static long merges(TabletRoutes routes) throws Exception {
        long merges = 0;
        for (JsonNode operation : routes.read("/v1/cluster").get("operations")) {
            boolean merge = operation.get("kind").asString().equals("merge");
            merges += merge && operation.get("state").asString().equals("done") ? 1 : 0;
        }
        return merges;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void until(TabletRoutes routes, Condition condition) throws Exception {
        long begun = System.nanoTime();
        while (!condition.holds()) {
            assertThat(System.nanoTime() - begun)
                    .as(routes.tablets("rows").toString())
                    .isLessThan(TimeUnit.MINUTES.toNanos(3));
        }
    }
}
