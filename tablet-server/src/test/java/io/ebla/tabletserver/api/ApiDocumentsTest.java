package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ApiDocumentsTest {

    private static TestServer server;
    private static JsonNode document;

    @BeforeAll
    static void start() {
        server = TestServer.start();
        document = JsonMapper.shared().readTree(body(ApiDocuments.OPENAPI));
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        Set<String> dangling = new TreeSet<>();
        for (JsonNode reference : document.findValues("$ref")) {
            if (document.at(reference.stringValue().substring(1)).isMissingNode()) {
                dangling.add(reference.stringValue());
            }
        }
        assertThat(document.findValues("$ref")).hasSizeGreaterThan(100);
        assertThat(dangling).isEmpty();
    }

    @Test
    void everyErrorCodeIsDocumented() {
        Set<String> documented = new TreeSet<>();
        document.at("/components/schemas/Problem/properties/code/enum")
                .forEach(code -> documented.add(code.stringValue()));
        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(ErrorCode.values()).map(ErrorCode::text).toList());
    }

    @Test
    void everyOperationHasAnIdOfItsOwn() {
        Set<String> ids = new TreeSet<>();
        int operations = 0;
        for (JsonNode path : document.get("paths")) {
            for (JsonNode operation : path) {
                if (operation.has("responses")) {
                    operations++;
                    ids.add(operation.get("operationId").stringValue());
                }
            }
        }
        assertThat(operations).isGreaterThan(15);
        assertThat(ids).hasSize(operations);
    }

    @Test
    void thePageAndWhatItLoadsArePackaged() {
        String page = body(ApiDocuments.PAGE);
        assertThat(page).contains("/v3/api-docs");
        assertThat(body("/docs/swagger-ui.css")).contains(".swagger-ui");
        assertThat(body("/docs/swagger-ui-bundle.js")).contains("SwaggerUIBundle");
    }

    @Test
    void everyDocumentedOperationIsThereAndAnswersAsDocumented() throws Exception {
        server.createTable("documented", "{}");
        List<String> wrong = new ArrayList<>();
        for (String path : document.get("paths").propertyNames()) {
            if (path.startsWith("/actuator") || path.startsWith("/v1/cluster")) {
                continue; // of the whole application
            }
            JsonNode operations = document.get("paths").get(path);
            for (String method : operations.propertyNames()) {
                if (operations.get(method).has("responses")) {
                    check(path, method, operations.get(method).get("responses"), wrong);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static void check(String path, String method, JsonNode documented, List<String> wrong)
            throws Exception {
        String target =
                path.replace("{table}", path.equals("/v1/tables/{table}") ? "other" : "documented")
                        .replaceAll("\\{[a-z]+\\}", "a");
        HttpResponse<String> answer =
                server.send(
                        server.request(target)
                                .method(
                                        method.toUpperCase(Locale.ROOT),
                                        HttpRequest.BodyPublishers.noBody()));
        String seen = method + " " + path + ": " + answer.statusCode() + " " + answer.body();
        if (answer.body().contains("\"code\":\"not_found\"") || answer.statusCode() == 405) {
            wrong.add(seen + " is not there");
        }
        boolean covered =
                documented.has(Integer.toString(answer.statusCode()))
                        || documented.has(answer.statusCode() / 100 + "XX");
        if (!covered) {
            wrong.add(seen + " is not documented");
        }
    }

    private static String body(String path) {
        try {
            return server.get(path).body();
        } catch (Exception failed) {
            throw new AssertionError(path, failed);
        }
    }
}
