package io.ebla.tabletserver.api;

import static io.ebla.tabletserver.api.RowsHttpTest.assertProblem;
import static io.ebla.tabletserver.api.RowsHttpTest.header;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tables over a socket, with the real engine behind them. */
class TablesHttpTest {

    private static final JsonMapper JSON = new JsonMapper();

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start("ebla.limits.unknown-table=1ms");
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @AfterEach
    void metaIsWell() {
        server.meta().down(false);
    }

    @Test
    void aTableIsMadeOnceAndServesAtOnce() throws Exception {
        String options = "{\"splitAt\":[\"b\",\"ä\"],\"ttl\":\"90m\",\"store\":\"disk\"}";
        HttpResponse<String> made = server.putJson("/v1/tables/made", options);
        assertThat(made.statusCode()).isEqualTo(201);
        JsonNode table = JSON.readTree(made.body());
        assertThat(table.propertyNames())
                .containsExactly("name", "replicas", "store", "ttl", "tablets", "createdAt");
        assertThat(table.get("ttl").stringValue()).isEqualTo("90m");
        assertThat(table.get("tablets").intValue()).isEqualTo(3);
        assertThat(table.get("replicas").intValue()).isEqualTo(1);
        for (String key : new String[] {"a", "b", "%C3%A4", "%F0%9F%98%80"}) {
            assertThat(server.putJson("/v1/tables/made/rows/" + key, "1").statusCode())
                    .isEqualTo(201);
        }
        HttpResponse<String> again = server.putJson("/v1/tables/made", options);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(made.body());
        assertProblem(server.putJson("/v1/tables/made", "{}"), 409, "table_exists");
        assertThat(server.get("/v1/tables/made").body()).isEqualTo(made.body());
        assertThat(server.get("/v1/tables").body()).contains(made.body());
    }

    @Test
    void nothingNeedBeSaidOfATable() throws Exception {
        HttpResponse<String> made =
                server.send(server.request("/v1/tables/plain").PUT(BodyPublishers.noBody()));
        assertThat(made.statusCode()).isEqualTo(201);
        assertThat(JSON.readTree(made.body()).has("ttl")).isFalse();
        assertThat(JSON.readTree(made.body()).get("store").stringValue()).isEqualTo("disk");
    }

    @Test
    void tabletsAreDescribedInKeyOrder() throws Exception {
        server.createTable("described", "{\"splitAt\":[\"b\"],\"store\":\"memory\"}");
        server.putJson("/v1/tables/described/rows/a", "123");
        HttpResponse<String> answer = server.get("/v1/tables/described/tablets");
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode tablets = JSON.readTree(answer.body()).get("tablets");
        assertThat(tablets.size()).isEqualTo(2);
        assertThat(tablets.get(0).propertyNames())
                .containsExactly(
                        "id", "to", "state", "epoch", "master", "replicas", "rows", "bytes");
        assertThat(tablets.get(0).get("to").stringValue()).isEqualTo("b");
        assertThat(tablets.get(0).get("state").stringValue()).isEqualTo("serving");
        assertThat(tablets.get(0).get("rows").intValue()).isEqualTo(1);
        assertThat(tablets.get(0).get("master").stringValue()).isEqualTo("dev");
        JsonNode replica = tablets.get(0).get("replicas").get(0);
        assertThat(replica.get("node").stringValue()).isEqualTo("dev");
        assertThat(replica.get("role").stringValue()).isEqualTo("master");
        assertThat(replica.get("appliedIndex").longValue()).isPositive();
        assertThat(replica.has("committedIndex")).isTrue();
        assertThat(replica.get("lagMillis").intValue()).isZero();
        assertThat(tablets.get(1).get("from").stringValue()).isEqualTo("b");
        assertThat(tablets.get(1).has("to")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"log\":\"kafka\"} | 400 | unknown_option",
                "{\"partitioning\":\"hash\"} | 400 | unknown_option",
                "{\"Replicas\":1} | 400 | unknown_option",
                "{\"replicas\":0} | 400 | invalid_argument",
                "{\"replicas\":\"1\"} | 400 | invalid_argument",
                "{\"replicas\":1.5} | 400 | invalid_argument",
                "{\"replicas\":3} | 422 | not_enough_nodes",
                "{\"replicas\":100000} | 422 | not_enough_nodes",
                "{\"store\":\"tape\"} | 400 | invalid_argument",
                "{\"store\":null} | 400 | invalid_argument",
                "{\"ttl\":\"0s\"} | 400 | invalid_argument",
                "{\"ttl\":5} | 400 | invalid_argument",
                "{\"ttl\":\"1y\"} | 400 | invalid_argument",
                "{\"splitAt\":\"a\"} | 400 | invalid_argument",
                "{\"splitAt\":[\"b\",\"a\"]} | 400 | invalid_argument",
                "{\"splitAt\":[\"a\",\"a\"]} | 400 | invalid_argument",
                "{\"splitAt\":[\"\"]} | 400 | invalid_argument",
                "{\"splitAt\":[1]} | 400 | invalid_argument",
                "{\"splitAt\":[\"\\ud800\"]} | 400 | invalid_argument",
                "{\"replicas\":1,\"replicas\":1} | 400 | invalid_argument",
                "[] | 400 | invalid_argument",
                "{ | 400 | invalid_argument"
            })
    void badOptionsAreRefused(String options, int status, String code) throws Exception {
        assertProblem(server.putJson("/v1/tables/refused", options), status, code);
        assertProblem(server.get("/v1/tables/refused"), 404, "table_not_found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "1a", "-a", "a.b", "%C3%A4", "a%2Fb", "..", "%ff"})
    void badNamesAreRefused(String name) throws Exception {
        assertProblem(server.putJson("/v1/tables/" + name, "{}"), 400, "invalid_argument");
        String longest = "a".repeat(63);
        assertThat(server.putJson("/v1/tables/" + longest, "{}").statusCode()).isIn(200, 201);
        assertProblem(server.putJson("/v1/tables/a" + longest, "{}"), 400, "invalid_argument");
    }

    @Test
    void onlyJsonIsTakenAndGiven() throws Exception {
        assertProblem(
                server.put("/v1/tables/typed", "text/plain", "{}"), 415, "unsupported_media_type");
        assertProblem(
                server.send(server.request("/v1/tables").header("Accept", "text/html")),
                406,
                "not_acceptable");
        assertThat(
                        server.send(
                                        server.request("/v1/tables")
                                                .header("Accept", "text/html, */*;q=0.1"))
                                .statusCode())
                .isEqualTo(200);
        assertProblem(server.get("/v1/tables?x=1"), 400, "unknown_option");
        assertProblem(server.putJson("/v1/tables/typed", " ".repeat(1 << 21)), 413, "too_large");
    }

    @Test
    void aTtlIsChanged() throws Exception {
        server.createTable("changed", "{\"store\":\"memory\"}");
        HttpResponse<String> answer = patch("changed", "{\"ttl\":\"1h\"}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(answer.body()).get("ttl").stringValue()).isEqualTo("1h");
        assertThat(server.putJson("/v1/tables/changed/rows/a", "1").body()).contains("expiresAt");
        assertThat(patch("changed", "{\"ttl\":\"never\"}").body()).doesNotContain("ttl");
        assertThat(server.putJson("/v1/tables/changed/rows/a", "1").body())
                .doesNotContain("expiresAt");
        assertProblem(patch("changed", "{\"store\":\"disk\"}"), 400, "unknown_option");
        assertProblem(patch("changed", "{\"replicas\":3}"), 422, "not_enough_nodes");
        assertProblem(patch("nothing", "{\"ttl\":\"1h\"}"), 404, "table_not_found");
    }

    private static HttpResponse<String> patch(String table, String body) throws Exception {
        return server.send(
                server.request("/v1/tables/" + table)
                        .header("Content-Type", "application/json")
                        .method("PATCH", BodyPublishers.ofString(body)));
    }

    @Test
    void aDroppedTableIsGoneWithItsRows() throws Exception {
        for (String store : new String[] {"disk", "memory"}) {
            server.createTable("dropped", "{\"store\":\"" + store + "\"}");
            server.putJson("/v1/tables/dropped/rows/a", "1");
            HttpResponse<String> answer = server.delete("/v1/tables/dropped");
            assertThat(answer.statusCode()).isEqualTo(204);
            assertProblem(server.get("/v1/tables/dropped"), 404, "table_not_found");
            assertProblem(server.get("/v1/tables/dropped/rows/a"), 404, "table_not_found");
            assertProblem(server.delete("/v1/tables/dropped"), 404, "table_not_found");
            server.createTable("dropped", "{\"store\":\"" + store + "\"}");
            assertProblem(server.get("/v1/tables/dropped/rows/a"), 404, "row_not_found");
            server.delete("/v1/tables/dropped");
        }
    }

    @Test
    void withoutMetaTablesWaitAndRowsDoNot() throws Exception {
        server.createTable("steady", "{\"store\":\"memory\"}");
        server.meta().down(true);
        HttpResponse<String> made = server.putJson("/v1/tables/waiting", "{}");
        assertProblem(made, 503, "meta_unavailable");
        assertThat(header(made, "Retry-After")).isNotNull();
        assertProblem(server.delete("/v1/tables/steady"), 503, "meta_unavailable");
        assertThat(server.putJson("/v1/tables/steady/rows/a", "1").statusCode()).isEqualTo(201);
        assertThat(server.get("/v1/tables/steady/rows/a").statusCode()).isEqualTo(200);
        assertThat(server.get("/v1/tables/steady").statusCode()).isEqualTo(200);
        assertProblem(server.get("/v1/tables/unheard/rows/a"), 503, "meta_unavailable");
    }

    @Test
    void aTableWithoutAMasterIs503AndNeverEmpty() throws Exception {
        try (TestServer impatient =
                TestServer.start("ebla.limits.table-ready=200ms", "ebla.limits.timeout=2s")) {
            impatient.meta().masterless(true);
            assertNotServed(impatient);
        }
    }

    private static void assertNotServed(TestServer server) throws Exception {
        HttpResponse<String> made = server.putJson("/v1/tables/orphan", "{}");
        assertProblem(made, 503, "no_master");
        HttpResponse<String> read = server.get("/v1/tables/orphan/rows/a");
        assertProblem(read, 503, "no_master");
        assertThat(header(read, "Retry-After")).isNotNull();
        HttpResponse<String> write = server.putJson("/v1/tables/orphan/rows/a", "1");
        assertProblem(write, 503, "no_master");
        assertThat(header(write, "Ebla-Outcome")).isEqualTo("not_applied");
        JsonNode tablet =
                JSON.readTree(server.get("/v1/tables/orphan/tablets").body()).get("tablets").get(0);
        assertThat(tablet.get("state").stringValue()).isEqualTo("no_master");
        assertThat(tablet.has("master")).isFalse();
    }
}
