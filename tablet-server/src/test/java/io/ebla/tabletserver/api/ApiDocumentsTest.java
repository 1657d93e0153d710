package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.contract.ErrorCode;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ApiDocumentsTest {

    private final JsonNode document = JsonMapper.shared().readTree(body(ApiDocuments.OPENAPI));

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

    private static String body(String path) {
        ApiHandler handler =
                new ApiDocuments()
                        .resources().stream()
                                .filter(resource -> resource.name().equals(path))
                                .findFirst()
                                .orElseThrow()
                                .handlers()
                                .get(HttpMethod.GET);
        MockServerWebExchange exchange =
                MockServerWebExchange.from(MockServerHttpRequest.get(path).build());
        handler.handle(new ApiRequest(exchange))
                .flatMap(answer -> answer.writeTo(exchange, null))
                .block(Duration.ofSeconds(10));
        return exchange.getResponse().getBodyAsString().block(Duration.ofSeconds(10));
    }
}
