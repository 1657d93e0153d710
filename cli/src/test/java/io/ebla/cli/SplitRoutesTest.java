package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Splits at a real server that is tablet server and meta-server at once. */
class SplitRoutesTest {

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
    void aTabletIsSplitInTheMiddleAndNoRowIsLost() throws Exception {
        routes.create("halves", "{}");
        for (int i = 0; i < ROWS; i++) {
            routes.put("halves", key(i), i);
        }
        String parent = routes.tablets("halves").get(0).get("id").asString();
        JsonNode ended = routes.ended(routes.split("halves", parent, "{}"));
        assertThat(ended.get("state").asString()).as(ended.toString()).isEqualTo("done");
        JsonNode tablets = routes.serving("halves", 2);
        assertThat(tablets.get(0).get("to").asString()).isBetween(key(ROWS / 3), key(ROWS * 2 / 3));
        assertThat(tablets.get(1).get("from")).isEqualTo(tablets.get(0).get("to"));
        for (int i = 0; i < ROWS; i++) {
            routes.put("halves", key(i), i + ROWS);
        }
        JsonNode rows = routes.read("/v1/tables/halves/rows?limit=1000").get("rows");
        assertThat(rows.size()).isEqualTo(ROWS);
        for (int i = 0; i < ROWS; i++) {
            assertThat(rows.get(i).get("pk").asString()).isEqualTo(key(i));
            assertThat(rows.get(i).get("data").asInt()).isEqualTo(i + ROWS);
        }
    }

    @Test
    void childrenAreSplitAgainAtAKey() throws Exception {
        routes.create("again", "{\"store\":\"memory\"}");
        routes.put("again", "b", 1);
        routes.put("again", "x", 2);
        int tablets = 1;
        for (String at : new String[] {"m", "d", "t"}) {
            JsonNode owner = null;
            // The node hears of the split a little later than who waits for its end.
            for (JsonNode each : routes.serving("again", tablets++)) {
                boolean below = !each.has("from") || each.get("from").asString().compareTo(at) < 0;
                owner = below ? each : owner;
            }
            String body = "{\"at\":{\"pk\":\"" + at + "\"}}";
            JsonNode ended = routes.ended(routes.split("again", owner.get("id").asString(), body));
            assertThat(ended.get("state").asString()).as(ended.toString()).isEqualTo("done");
        }
        routes.serving("again", 4);
        assertThat(routes.read("/v1/tables/again/rows/b").asInt()).isEqualTo(1);
        assertThat(routes.read("/v1/tables/again/rows/x").asInt()).isEqualTo(2);
    }

    @Test
    void rowsOfOnePkAreNotParted() throws Exception {
        routes.create("single", "{}");
        routes.put("single", "a/1", 1);
        routes.put("single", "a/2", 2);
        String parent = routes.tablets("single").get(0).get("id").asString();
        JsonNode ended = routes.ended(routes.split("single", parent, "{}"));
        assertThat(ended.get("state").asString()).isEqualTo("aborted");
        assertThat(ended.get("detail").asString()).contains("cannot_split");
        assertThat(routes.serving("single", 1).get(0).get("id").asString()).isEqualTo(parent);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FIRST | {\"at\":{\"pk\":\"z\"}} | 422 | cannot_split",
                "FIRST | {\"at\":{\"pk\":\"m\"}} | 422 | cannot_split",
                "SECOND | {\"at\":{\"pk\":\"m\"}} | 422 | cannot_split",
                "FIRST | {\"at\":{\"pk\":\"a\",\"sk\":\"b\"}} | 400 | invalid_argument",
                "FIRST | {\"at\":{\"pk\":\"\"}} | 400 | invalid_argument",
                "FIRST | {\"at\":\"c\"} | 400 | invalid_argument",
                "FIRST | {\"by\":2} | 400 | unknown_option",
                "FIRST | [ | 400 | invalid_argument",
                "999 | {} | 404 | tablet_not_found",
                "none | {} | 404 | tablet_not_found"
            })
    void whatCannotBeSplitIsAProblem(String tablet, String body, int status, String code)
            throws Exception {
        JsonNode tablets = routes.tablets("parted");
        String id =
                switch (tablet) {
                    case "FIRST" -> tablets.get(0).get("id").asString();
                    case "SECOND" -> tablets.get(1).get("id").asString();
                    default -> tablet;
                };
        HttpResponse<String> answer = routes.split("parted", id, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JSON.readTree(answer.body()).get("code").asString()).isEqualTo(code);
    }

    @Test
    void onlyPostSplits() throws Exception {
        String path = "/v1/tables/parted/tablets/1/split";
        assertThat(routes.send("GET", path, null).statusCode()).isEqualTo(405);
        assertThat(routes.send("POST", "/v1/tables/nothing/tablets/1/split", "{}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void aSplitThatIsAskedForAgainIsTheSameOne() throws Exception {
        routes.create("twice", "{}");
        routes.put("twice", "a", 1);
        String parent = routes.tablets("twice").get(0).get("id").asString();
        String body = "{\"at\":{\"pk\":\"m\"}}";
        HttpResponse<String> first = routes.split("twice", parent, body);
        assertThat(routes.split("twice", parent, body).body()).isEqualTo(first.body());
        assertThat(routes.ended(first).get("state").asString()).isEqualTo("done");
        routes.serving("twice", 2);
        HttpResponse<String> again = routes.split("twice", parent, body);
        assertThat(again.statusCode()).as(again.body()).isEqualTo(202);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(routes.split("parted", parent, body).statusCode()).isEqualTo(404);
        assertThat(routes.split("twice", parent, "{\"at\":{\"pk\":\"n\"}}").statusCode())
                .isEqualTo(404);
        routes.serving("twice", 2);
    }

    /** One copy reports once, so that the last two phases are of one command. */
    @Test
    void everyPhaseOfASplitIsCountedAlsoByOneNodeAlone() throws Exception {
        routes.create("counted", "{}");
        routes.put("counted", "a", 1);
        routes.put("counted", "b", 1);
        String parent = routes.tablets("counted").get(0).get("id").asString();
        Map<String, Double> before = reached();
        assertThat(routes.ended(routes.split("counted", parent, "{}")).get("state").asString())
                .isEqualTo("done");
        Map<String, Double> after = reached();
        for (String phase : new String[] {"choosing", "splitting", "split", "done"}) {
            double counted = after.getOrDefault(phase, 0.0) - before.getOrDefault(phase, 0.0);
            assertThat(counted).as(phase + " of " + after).isEqualTo(1);
        }
    }

    /** How many splits came to each phase. */
    private static Map<String, Double> reached() throws Exception {
        Map<String, Double> reached = new HashMap<>();
        Pattern line =
                Pattern.compile(
                        "ebla_meta_operations_reached_seconds_count\\{kind=\"split\",phase=\"(\\w+)\"} (\\S+)");
        Matcher matcher = line.matcher(routes.send("GET", "/actuator/prometheus", null).body());
        while (matcher.find()) {
            reached.put(matcher.group(1), Double.valueOf(matcher.group(2)));
        }
        return reached;
    }

    @Test
    void whatAMetaServerMeasuresOneNodeAloneMeasuresToo() throws Exception {
        String scraped = routes.send("GET", "/actuator/prometheus", null).body();
        List<String> named =
                Files.readAllLines(Path.of("..", "src", "docs", "metrics.md")).stream()
                        .dropWhile(line -> !line.equals("## Meta-servers"))
                        .filter(line -> line.startsWith("| `ebla_"))
                        .map(line -> line.substring(3, line.indexOf('`', 3)))
                        .toList();
        assertThat(named).hasSizeGreaterThan(5);
        assertThat(named).allSatisfy(name -> assertThat(scraped).contains("\n" + name));
    }

    private static String key(int i) {
        return String.format("k%03d", i);
    }
}
