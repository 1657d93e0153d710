package io.ebla.tabletserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.json.JsonMapper;

/**
 * The contract as documents: OpenAPI at {@code /v3/api-docs} and a page to read it at {@code /docs}.
 *
 * <p>The source is {@code src/openapi/ebla.yaml}; it becomes JSON when it is first asked for, so that a
 * start pays nothing for it. The page is Swagger UI from its own jar and needs no network.
 */
final class ApiDocuments {

    static final String OPENAPI = "/v3/api-docs";
    static final String PAGE = "/docs";

    private static final String SOURCE = "/openapi/ebla.yaml";
    private static final String WEBJAR = "/META-INF/resources/webjars/swagger-ui/";
    private static final String WEBJAR_POM =
            "/META-INF/maven/org.webjars/swagger-ui/pom.properties";
    private static final String SCRIPT = "swagger-ui-bundle.js";
    private static final String STYLE = "swagger-ui.css";

    private static final String HTML =
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <title>Ebla: the REST contract</title>
              <link rel="stylesheet" href="/docs/swagger-ui.css">
            </head>
            <body>
              <div id="page"></div>
              <script src="/docs/swagger-ui-bundle.js"></script>
              <script>
                SwaggerUIBundle({url: "/v3/api-docs", dom_id: "#page", deepLinking: true});
              </script>
            </body>
            </html>
            """;

    private final Map<String, Bytes> loaded = new ConcurrentHashMap<>();

    /** The paths that these documents answer. */
    List<TableResource> resources() {
        List<TableResource> resources = new ArrayList<>();
        resources.add(resource(OPENAPI, Answer.JSON, ApiDocuments::openApi));
        resources.add(resource(PAGE, "text/html;charset=utf-8", () -> utf8(HTML)));
        resources.add(resource(PAGE + "/" + SCRIPT, "text/javascript", () -> webjar(SCRIPT)));
        resources.add(resource(PAGE + "/" + STYLE, "text/css", () -> webjar(STYLE)));
        ApiHandler toPage = request -> Mono.just(Answer.of(302).header(HttpHeaders.LOCATION, PAGE));
        resources.add(new TableResource("/", Map.of(HttpMethod.GET, toPage)));
        return resources;
    }

    private interface Loader {
        Bytes load() throws IOException;
    }

    private TableResource resource(String path, String mediaType, Loader loader) {
        ApiHandler handler = request -> answer(request, path, mediaType, loader);
        return new TableResource(path, Map.of(HttpMethod.GET, handler));
    }

    private Mono<ServerResponse> answer(
            ApiRequest request, String path, String mediaType, Loader loader) {
        Bytes document = loaded.get(path);
        if (document != null) {
            return Mono.just(Answer.of(200).body(mediaType, document));
        }
        return Mono.fromCallable(() -> load(path, loader))
                .subscribeOn(Schedulers.boundedElastic())
                .publishOn(Schedulers.fromExecutor(request.eventLoop()))
                .map(bytes -> Answer.of(200).body(mediaType, bytes));
    }

    private Bytes load(String path, Loader loader) throws IOException {
        Bytes document = loader.load();
        loaded.put(path, document);
        return document;
    }

    private static Bytes openApi() throws IOException {
        try (InputStream source = open(SOURCE)) {
            LoaderOptions options = new LoaderOptions();
            options.setMaxAliasesForCollections(200);
            Object document = new Yaml(new SafeConstructor(options)).load(source);
            return Bytes.wrap(JsonMapper.shared().writeValueAsBytes(document));
        }
    }

    private static Bytes webjar(String file) throws IOException {
        Properties pom = new Properties();
        try (InputStream properties = open(WEBJAR_POM)) {
            pom.load(properties);
        }
        try (InputStream content = open(WEBJAR + pom.getProperty("version") + "/" + file)) {
            return Bytes.wrap(content.readAllBytes());
        }
    }

    private static InputStream open(String resource) {
        InputStream stream = ApiDocuments.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new EblaException(ErrorCode.NOT_FOUND, resource + " is not packaged");
        }
        return stream;
    }

    private static Bytes utf8(String text) {
        return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
