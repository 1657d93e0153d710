package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Merges at a real server that is tablet server and meta-server at once. */
class MergeRoutesTest {

    private static final int ROWS = 60;
    private static final JsonMapper JSON = JsonMapper.shared();

    private static TabletRoutes routes;

    @BeforeAll
    static void start() throws Exception {
        routes = new TabletRoutes();
        routes.create("parted", "{\"splitAt\":[\"m\"]}");
    }

    @AfterAll
    static void stop() throws Exception {
        routes.close();
    }

    @Test
    void aTabletIsMergedSplitAndMergedAgainAndNoRowIsLost() throws Exception {
        for (String store : new String[] {"disk", "memory"}) {
            String table = "joined-" + store;
            routes.create(table, "{\"splitAt\":[\"k030\"],\"store\":\"" + store + "\"}");
            int written = 0;
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < ROWS; i++) {
                    routes.put(table, key(i), ++written);
                }
                JsonNode left = routes.serving(table, 2).get(0);
                JsonNode ended = routes.ended(routes.merge(table, left.get("id").asString()));
                assertThat(ended.get("state").asString()).as(ended.toString()).isEqualTo("done");
                assertThat(ended.get("kind").asString()).isEqualTo("merge");
                holds(table, written - ROWS);
                JsonNode whole = routes.serving(table, 1).get(0);
                assertThat(whole.has("from") || whole.has("to")).isFalse();
                String id = whole.get("id").asString();
                String at = "{\"at\":{\"pk\":\"" + key(10 + 20 * round) + "\"}}";
                assertThat(routes.ended(routes.split(table, id, at)).get("state").asString())
                        .isEqualTo("done");
                routes.serving(table, 2);
                holds(table, written - ROWS);
            }
        }
    }

    @Test
    void aMergeThatIsAskedForAgainIsTheSameOne() throws Exception {
        routes.create("twice", "{\"splitAt\":[\"m\"]}");
        String left = routes.serving("twice", 2).get(0).get("id").asString();
        HttpResponse<String> first = routes.merge("twice", left);
        assertThat(routes.merge("twice", left).body()).isEqualTo(first.body());
        assertThat(routes.ended(first).get("state").asString()).isEqualTo("done");
        routes.serving("twice", 1);
        HttpResponse<String> again = routes.merge("twice", left);
        assertThat(again.statusCode()).as(again.body()).isEqualTo(202);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(routes.merge("parted", left).statusCode()).isEqualTo(404);
    }

    private static void holds(String table, int before) throws Exception {
        JsonNode rows = routes.read("/v1/tables/" + table + "/rows?limit=1000").get("rows");
        assertThat(rows.size()).isEqualTo(ROWS);
        for (int i = 0; i < ROWS; i++) {
            assertThat(rows.get(i).get("pk").asString()).isEqualTo(key(i));
            assertThat(rows.get(i).get("data").asInt()).isEqualTo(before + i + 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "LAST, 422, no_right_neighbour",
        "999, 404, tablet_not_found",
        "none, 404, tablet_not_found"
    })
    void whatCannotBeMergedIsAProblem(String tablet, int status, String code) throws Exception {
        String id =
                tablet.equals("LAST")
                        ? routes.tablets("parted").get(1).get("id").asString()
                        : tablet;
        HttpResponse<String> answer = routes.merge("parted", id);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).get("code").asString()).isEqualTo(code);
    }

    private static String key(int i) {
        return String.format("k%03d", i);
    }
}
