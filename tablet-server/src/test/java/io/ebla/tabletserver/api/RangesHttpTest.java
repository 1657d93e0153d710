package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads of ranges over a real socket, against a model, across tablets. */
class RangesHttpTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Comparator<Key> IN_ORDER =
            Comparator.comparing(Key::pk)
                    .thenComparing(Key::sk, Comparator.nullsFirst(Comparator.naturalOrder()));

    private record Key(String pk, String sk) {}

    private static TestServer server;
    private static final TreeSet<Key> MODEL = new TreeSet<>(IN_ORDER);

    @BeforeAll
    static void fill() throws Exception {
        server = TestServer.start();
        server.createTable("t", "{\"splitAt\":[\"d\",\"h\",\"p\"]}");
        Random random = new Random(7);
        StringBuilder body = new StringBuilder();
        while (MODEL.size() < 600) {
            String pk = "" + (char) ('a' + random.nextInt(26)) + (char) ('a' + random.nextInt(4));
            Key key = new Key(pk, random.nextInt(4) == 0 ? null : "s" + random.nextInt(30));
            if (MODEL.add(key)) {
                body.append("{\"pk\":\"" + key.pk + "\"");
                body.append(key.sk == null ? "" : ",\"sk\":\"" + key.sk + "\"");
                body.append(",\"data\":{\"n\":" + MODEL.size() % 10 + "}}\n");
            }
        }
        server.createTable("m", "{\"store\":\"memory\",\"splitAt\":[\"e\",\"ka\"]}");
        for (String table : new String[] {"t", "m"}) {
            JsonNode answer = BulkHttpTest.bulk(server, table, body.toString());
            assertThat(answer.get("written").asInt()).as(answer.toString()).isEqualTo(600);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "''|-|-|-|-",
                "from=c&to=i|-|c|i|-",
                "from=d|-|d|-|-",
                "to=h|-|-|h|-",
                "from=dq&to=dr|-|dq|dr|-",
                "from=x&to=b|-|x|b|-",
                "from=h&to=h|-|h|h|-",
                "prefix=|-|-|-|-",
                "prefix=d|-|-|-|d",
                "prefix=zz9|-|-|-|zz9",
            })
    void pagesAndStreamsGiveTheRowsOfTheRange(
            String query, String none, String from, String to, String prefix) throws Exception {
        List<Key> expected =
                model(
                        key ->
                                (from == null || key.pk.compareTo(from) >= 0)
                                        && (to == null || key.pk.compareTo(to) < 0)
                                        && (prefix == null || key.pk.startsWith(prefix)));
        assertRange(query, expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pk=da", "pk=ha", "pk=pa", "pk=nothing"})
    void onePkIsARangeOfItsSortKeys(String query) throws Exception {
        String pk = query.substring(3);
        assertRange(query, model(key -> key.pk.equals(pk)));
        assertRange(
                query + "&from=s2",
                model(key -> key.pk.equals(pk) && key.sk != null && key.sk.compareTo("s2") >= 0));
        assertRange(
                query + "&to=s2",
                model(key -> key.pk.equals(pk) && (key.sk == null || key.sk.compareTo("s2") < 0)));
        assertRange(
                query + "&prefix=s1",
                model(key -> key.pk.equals(pk) && key.sk != null && key.sk.startsWith("s1")));
    }

    @Test
    void aConditionChoosesRows() throws Exception {
        String condition = "data.n == 3 && pk > 'c'";
        List<Key> expected = new ArrayList<>();
        for (JsonNode row : stream("")) {
            if (row.get("data").get("n").asInt() == 3
                    && row.get("pk").asString().compareTo("c") > 0) {
                expected.add(key(row));
            }
        }
        assertThat(expected).hasSizeBetween(10, 100);
        assertRange("if=" + encoded(condition), expected);
    }

    @Test
    void valuesAreLeftOutWhenTheyAreNotWanted() throws Exception {
        for (String query :
                new String[] {"values=false&limit=5", "values=false&limit=5&if=data.n>=0"}) {
            for (JsonNode row : stream(query.replace(">", "%3E"))) {
                assertThat(row.has("data")).isFalse();
                assertThat(row.has("version")).isTrue();
                assertThat(row.get("contentType").asString()).isEqualTo("application/json");
            }
        }
    }

    @Test
    void valuesThatEndInALineBreakAreReadAlone() throws Exception {
        server.createTable("breaks", "{}");
        server.putJson("/v1/tables/breaks/rows/a", "{\"a\":1}\n");
        server.putJson("/v1/tables/breaks/rows/b", "1\n");
        String expected = "[{\"a\":1},1]";
        JsonNode page = JSON.readTree(server.get("/v1/tables/breaks/rows").body());
        assertThat(page.get("rows").findValues("data").toString().replace(" ", ""))
                .isEqualTo(expected);
        HttpResponse<String> many =
                server.send(
                        server.request("/v1/tables/breaks/get")
                                .header("Content-Type", "application/json")
                                .POST(
                                        java.net.http.HttpRequest.BodyPublishers.ofString(
                                                "{\"keys\":[{\"pk\":\"a\"},{\"pk\":\"b\"}]}")));
        JsonNode rows = JSON.readTree(many.body()).get("rows");
        assertThat(rows.findValues("data").toString().replace(" ", "")).isEqualTo(expected);
        HttpResponse<String> lines =
                server.send(
                        server.request("/v1/tables/breaks/rows")
                                .header("Accept", "application/x-ndjson"));
        List<JsonNode> streamed = new ArrayList<>();
        for (String line : lines.body().split("\n")) {
            streamed.add(JSON.readTree(line).get("data"));
        }
        assertThat(streamed.toString().replace(" ", "")).isEqualTo(expected);
    }

    @Test
    void aPageHasTheRowsAskedForAndACursorOnlyWhenMoreFollow() throws Exception {
        JsonNode page = page("limit=7");
        assertThat(page.get("rows").size()).isEqualTo(7);
        assertThat(page.has("next")).isTrue();
        assertThat(page("limit=600").has("next")).isFalse();
        assertThat(page("limit=599").has("next")).isTrue();
        assertThat(page("from=zz9").get("rows").size()).isZero();
        assertThat(page("from=zz9").has("next")).isFalse();
    }

    @Test
    void aCursorFitsOnlyItsQuery() throws Exception {
        String next = page("from=c&limit=7").get("next").asString();
        assertThat(get("from=c&limit=3&after=" + next).statusCode()).isEqualTo(200);
        for (String other :
                new String[] {
                    "from=d&after=" + next,
                    "from=c&to=z&after=" + next,
                    "from=c&order=desc&after=" + next,
                    "from=c&if=true&after=" + next,
                    "pk=c&after=" + next,
                    "from=c&after=" + next.substring(0, next.length() - 6),
                    "from=c&after=x",
                    "from=c&after=",
                    "from=c&after=%21"
                }) {
            HttpResponse<String> answer = get(other);
            assertThat(answer.statusCode()).as(other).isEqualTo(400);
            assertThat(code(answer)).as(other).isEqualTo("cursor_mismatch");
        }
        server.createTable("other", "{}");
        assertThat(code(server.get("/v1/tables/other/rows?from=c&after=" + next)))
                .isEqualTo("cursor_mismatch");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=10001",
                "limit=-1",
                "limit=x",
                "order=up",
                "from=a&prefix=b",
                "to=a&prefix=b",
                "values=maybe",
                "read=now",
                "timeout=0s",
                "timeout=61s",
                "nope=1",
                "limit=1&limit=1",
                "if=1",
                "if=pk+==",
                "from=%FF",
                "pk=",
            })
    void whatIsNoQueryIsRefused(String query) throws Exception {
        HttpResponse<String> answer = get(query);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.headers().firstValue("content-type"))
                .contains("application/problem+json");
    }

    @Test
    void aStreamMayHaveAnyLimit() throws Exception {
        assertThat(stream("limit=20000")).hasSize(600);
        assertThat(stream("limit=450&order=desc")).hasSize(450);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/json|json",
                "application/x-ndjson|ndjson",
                "*/*|json",
                "application/*|json",
                "application/x-ndjson, */*|ndjson",
                "application/json;q=0.5, application/x-ndjson|ndjson",
                "application/x-ndjson;q=0.5, application/json|json",
                "application/json;q=0, */*|ndjson",
                "text/html, application/x-ndjson;q=0.1|ndjson",
                "text/html|406",
                "application/json;q=0|406",
                "nonsense|400",
            })
    void theFormatIsWhatTheClientWouldRatherHave(String accept, String format) throws Exception {
        HttpResponse<String> answer =
                server.send(server.request("/v1/tables/t/rows?limit=1").header("Accept", accept));
        switch (format) {
            case "json", "ndjson" -> {
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.headers().firstValue("content-type").orElseThrow())
                        .endsWith(format);
            }
            default -> assertThat(answer.statusCode()).isEqualTo(Integer.parseInt(format));
        }
    }

    private static void assertRange(String query, List<Key> ascending) throws Exception {
        List<Key> descending = new ArrayList<>(ascending);
        java.util.Collections.reverse(descending);
        for (boolean desc : new boolean[] {false, true}) {
            String ordered =
                    query + (query.isEmpty() ? "" : "&") + "order=" + (desc ? "desc" : "asc");
            List<Key> expected = desc ? descending : ascending;
            for (String table : new String[] {"t", "m"}) {
                assertThat(keys(stream(table, ordered)))
                        .as("stream " + table + " " + ordered)
                        .isEqualTo(expected);
                assertThat(keys(pages(table, ordered + "&limit=1000")))
                        .as("page " + table + " " + ordered)
                        .isEqualTo(expected);
            }
            assertThat(keys(pages("t", ordered + "&limit=37")))
                    .as("pages " + ordered)
                    .isEqualTo(expected);
        }
    }

    private static List<Key> model(Predicate<Key> wanted) {
        return MODEL.stream().filter(wanted).toList();
    }

    private static List<JsonNode> pages(String table, String query) throws Exception {
        List<JsonNode> rows = new ArrayList<>();
        JsonNode page = page(table, query);
        page.get("rows").forEach(rows::add);
        while (page.has("next")) {
            page = page(table, query + "&after=" + page.get("next").asString());
            page.get("rows").forEach(rows::add);
        }
        return rows;
    }

    private static JsonNode page(String query) throws Exception {
        return page("t", query);
    }

    private static JsonNode page(String table, String query) throws Exception {
        HttpResponse<String> answer = server.get("/v1/tables/" + table + "/rows?" + query);
        assertThat(answer.statusCode()).as(query + ": " + answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static HttpResponse<String> get(String query) throws Exception {
        return server.get("/v1/tables/t/rows?" + query);
    }

    private static List<JsonNode> stream(String query) throws Exception {
        return stream("t", query);
    }

    private static List<JsonNode> stream(String table, String query) throws Exception {
        HttpResponse<String> answer =
                server.send(
                        server.request("/v1/tables/" + table + "/rows?" + query)
                                .header("Accept", "application/x-ndjson"));
        assertThat(answer.statusCode()).as(query + ": " + answer.body()).isEqualTo(200);
        return answer.body().lines().map(JSON::readTree).map(JsonNode.class::cast).toList();
    }

    private static List<Key> keys(List<JsonNode> rows) {
        return rows.stream().map(RangesHttpTest::key).toList();
    }

    private static Key key(JsonNode row) {
        return new Key(row.get("pk").asString(), row.has("sk") ? row.get("sk").asString() : null);
    }

    static String code(HttpResponse<String> answer) {
        return JSON.readTree(answer.body()).get("code").asString();
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
