package io.ebla.tabletserver.api;

import static io.ebla.tabletserver.api.RangesHttpTest.code;
import static io.ebla.tabletserver.api.RangesHttpTest.encoded;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Where ranges end, other than at their bounds: failures, parts nobody serves, full pages, expiry. */
class RangeEndsHttpTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void anUnknownTableIsNotAnEmptyRange() throws Exception {
        assertThat(server.get("/v1/tables/absent/rows").statusCode()).isEqualTo(404);
        HttpResponse<String> stream =
                server.send(
                        server.request("/v1/tables/absent/rows")
                                .header("Accept", "application/x-ndjson"));
        assertThat(stream.statusCode()).isEqualTo(404);
    }

    @Test
    void aPartThatNobodyServesIsAnErrorAndNeverAnAbsenceOfRows() throws Exception {
        try (TestServer impatient =
                TestServer.start("ebla.limits.timeout=2s", "ebla.limits.table-ready=200ms")) {
            impatient.meta().masterless(true);
            impatient.putJson("/v1/tables/orphan", "{}");
            isAnErrorAndNeverAnAbsence(impatient, "/v1/tables/orphan/rows");
        }
    }

    private static void isAnErrorAndNeverAnAbsence(TestServer server, String rows)
            throws Exception {
        HttpResponse<String> page = server.get(rows);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(503);
        assertThat(page.headers().firstValue("Retry-After")).isPresent();
        assertThat(code(page)).isEqualTo("no_master");
        HttpResponse<String> stream =
                server.send(server.request(rows).header("Accept", "application/x-ndjson"));
        assertThat(stream.statusCode()).isEqualTo(503);
        assertThat(server.delete(rows + "?all=true").statusCode()).isEqualTo(503);
        JsonNode bulk = BulkHttpTest.bulk(server, "orphan", "{\"pk\":\"a\",\"data\":1}");
        assertThat(bulk.get("failed").asInt()).isEqualTo(1);
        assertThat(bulk.get("errors").get(0).get("code").asString()).isEqualTo("no_master");
    }

    @Test
    void anErrorBehindTheFirstRowsIsTheLastLine() throws Exception {
        server.createTable("late", "{}");
        StringBuilder rows = new StringBuilder();
        for (int i = 100; i < 300; i++) {
            rows.append("{\"pk\":\"k" + i + "\",\"data\":[\"" + "x".repeat(1000) + "\"]}\n");
        }
        rows.append("{\"pk\":\"z\",\"data\":[" + "1,".repeat(200_000) + "1]}\n");
        assertThat(BulkHttpTest.bulk(server, "late", rows.toString()).get("written").asInt())
                .isEqualTo(201);
        HttpResponse<String> answer =
                server.send(
                        server.request(
                                        "/v1/tables/late/rows?if="
                                                + encoded("data.exists(x, x == 'x') || true"))
                                .header("Accept", "application/x-ndjson"));
        assertThat(answer.statusCode()).isEqualTo(200);
        List<String> lines = answer.body().lines().toList();
        assertThat(lines).hasSize(201);
        JsonNode last = JSON.readTree(lines.get(200)).get("error");
        assertThat(last.get("code").asString()).isEqualTo("too_large");
        assertThat(last.get("status").asInt()).isEqualTo(422);
        HttpResponse<String> early =
                server.send(
                        server.request(
                                        "/v1/tables/late/rows?from=z&if="
                                                + encoded("data.exists(x, x == 'x') || true"))
                                .header("Accept", "application/x-ndjson"));
        assertThat(early.statusCode()).isEqualTo(422);
    }

    @Test
    void largeRowsMakeShortPages() throws Exception {
        server.createTable("large", "{}");
        String value = "\"" + "x".repeat(900_000) + "\"";
        for (int i = 0; i < 20; i++) {
            assertThat(
                            server.putJson("/v1/tables/large/rows/k" + (char) ('a' + i), value)
                                    .statusCode())
                    .isEqualTo(201);
        }
        JsonNode page = JSON.readTree(server.get("/v1/tables/large/rows").body());
        assertThat(page.get("rows").size()).isBetween(5, 15);
        assertThat(page.has("next")).isTrue();
        List<JsonNode> rows = new ArrayList<>();
        page.get("rows").forEach(rows::add);
        while (page.has("next")) {
            page =
                    JSON.readTree(
                            server.get("/v1/tables/large/rows?after=" + page.get("next").asString())
                                    .body());
            page.get("rows").forEach(rows::add);
        }
        assertThat(rows).hasSize(20);
    }

    @Test
    void expiredRowsAreNotThere() throws Exception {
        server.createTable("brief", "{}");
        server.putJson("/v1/tables/brief/rows/a?ttl=10s", "1");
        server.putJson("/v1/tables/brief/rows/b?ttl=1h", "2");
        assertThat(JSON.readTree(server.get("/v1/tables/brief/rows").body()).get("rows").size())
                .isEqualTo(2);
        server.wall().advanceMillis(10_000);
        JsonNode rows = JSON.readTree(server.get("/v1/tables/brief/rows").body()).get("rows");
        assertThat(rows.size()).isEqualTo(1);
        assertThat(rows.get(0).get("pk").asString()).isEqualTo("b");
        assertThat(rows.get(0).has("expiresAt")).isTrue();
    }
}
