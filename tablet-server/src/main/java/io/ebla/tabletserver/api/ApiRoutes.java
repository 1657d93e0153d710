package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.springframework.http.HttpHeaders;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.result.view.ViewResolver;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * All routes under {@code /v1}, as one function that switches on the raw path.
 *
 * <p>The raw path, because keys are percent-encoded bytes: patterns would decode {@code %2F}, drop what
 * follows a {@code ;}, and cost more than the row behind them. Whatever is wrong with a request becomes
 * a problem here.
 *
 * <pre>
 *   /v1/tables                              tables
 *   /v1/tables/{table}                      table
 *   /v1/tables/{table}/NAME                 the {@link TableResource} of that name
 *   /v1/tables/{table}/NAME/{id}/NAME       likewise, {@code NAME/{id}/NAME}
 *   /v1/tables/{table}/rows/{pk}[/{sk}]     row
 *   /v1/NAME                                the handlers registered for it
 * </pre>
 */
final class ApiRoutes {

    static final String ROOT = "/v1/";

    /** Answers write themselves: they need neither codecs nor views. */
    private static final ServerResponse.Context NO_CONTEXT =
            new ServerResponse.Context() {
                @Override
                public List<HttpMessageWriter<?>> messageWriters() {
                    return List.of();
                }

                @Override
                public List<ViewResolver> viewResolvers() {
                    return List.of();
                }
            };

    private static final String TABLES = "/v1/tables";
    private static final String ROWS = "rows";

    /** What stands for the name of one of several in a resource's own. */
    private static final String ONE = "/{id}";

    private final TableNames tableNames = new TableNames();
    private final Map<String, TableResource> fixed = new HashMap<>();
    private final Map<String, TableResource> resources = new HashMap<>();
    private final TableResource table;
    private final TableResource row;

    /**
     * @param fixed resources of their own, named by their whole path; one that ends in a slash stands for
     *     whatever name follows it, and {@code {id}} before the last part for one
     * @param table the table itself; its methods are routed like a resource of no name
     * @param row one row
     * @param resources what tables offer
     * @param observer told of every answer
     */
    ApiRoutes(
            List<TableResource> fixed,
            TableResource table,
            TableResource row,
            List<TableResource> resources,
            RequestObserver observer,
            Clock clock) {
        this.table = table.timed(observer, clock);
        this.row = row.timed(observer, clock);
        fixed.forEach(resource -> put(this.fixed, resource.timed(observer, clock)));
        resources.forEach(resource -> put(this.resources, resource.timed(observer, clock)));
    }

    private static void put(Map<String, TableResource> into, TableResource resource) {
        if (into.put(resource.name(), resource) != null) {
            throw new IllegalArgumentException("two resources named " + resource.name());
        }
    }

    /** Whether a request is for these routes, by its raw path. */
    boolean have(String rawPath) {
        return rawPath.startsWith(ROOT) || fixed.containsKey(rawPath);
    }

    /** Answers a request that is for these routes, whatever is wrong with it. */
    Mono<Void> handle(ServerWebExchange exchange) {
        return answer(new ApiRequest(exchange))
                .flatMap(answer -> answer.writeTo(exchange, NO_CONTEXT));
    }

    private Mono<ServerResponse> answer(ApiRequest request) {
        try {
            return dispatch(request);
        } catch (Throwable failure) {
            return Mono.just(request.problem(failure));
        }
    }

    private Mono<ServerResponse> dispatch(ApiRequest request) {
        String path = request.rawPath();
        if (!path.startsWith(TABLES) || path.length() <= TABLES.length() + 1) {
            return dispatchFixed(request, path);
        }
        if (path.charAt(TABLES.length()) != '/') {
            throw noSuchPath(path);
        }
        int nameAt = TABLES.length() + 1;
        int nameEnd = path.indexOf('/', nameAt);
        TableName name = tableNames.fromPath(path, nameAt, nameEnd < 0 ? path.length() : nameEnd);
        if (nameEnd < 0) {
            return answer(request.routed(name, path.length()), table);
        }
        int end = path.indexOf('/', nameEnd + 1);
        if (end < 0) {
            TableResource found = resources.get(path.substring(nameEnd + 1));
            if (found == null) {
                throw noSuchPath(path);
            }
            return answer(request.routed(name, path.length()), found);
        }
        if (end - nameEnd - 1 == ROWS.length()
                && path.regionMatches(nameEnd + 1, ROWS, 0, ROWS.length())) {
            return answer(request.routed(name, end + 1), row);
        }
        int idEnd = path.indexOf('/', end + 1);
        TableResource ofOne =
                idEnd < 0
                        ? null
                        : resources.get(
                                path.substring(nameEnd + 1, end) + ONE + path.substring(idEnd));
        if (ofOne == null) {
            throw noSuchPath(path);
        }
        return answer(request.routed(name, end + 1), ofOne);
    }

    private Mono<ServerResponse> dispatchFixed(ApiRequest request, String path) {
        TableResource resource = fixed.get(path);
        int last = path.lastIndexOf('/');
        if (resource == null) {
            resource = fixed.get(path.substring(0, last + 1));
        }
        if (resource == null) {
            int before = Math.max(0, path.lastIndexOf('/', last - 1));
            resource = fixed.get(path.substring(0, before) + ONE + path.substring(last));
        }
        if (resource == null) {
            throw noSuchPath(path);
        }
        return answer(request, resource);
    }

    private static Mono<ServerResponse> answer(ApiRequest request, TableResource resource) {
        ApiHandler handler = resource.handlers().get(request.method());
        if (handler != null) {
            return request.bodyIsEncoded()
                    ? Mono.just(
                            request.problem(encoded(request)).header("Accept-Encoding", "identity"))
                    : handler.handle(request);
        }
        String allow = allow(resource);
        return Mono.just(
                request.problem(
                                new EblaException(
                                        ErrorCode.METHOD_NOT_ALLOWED,
                                        request.method()
                                                + " is not allowed here; "
                                                + allow
                                                + " are"))
                        .header(HttpHeaders.ALLOW, allow));
    }

    /** A value is kept as its bytes and given back as them: the coding would be lost. */
    private static EblaException encoded(ApiRequest request) {
        return new EblaException(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                "the body must come as it is, not as "
                        + request.header(HttpHeaders.CONTENT_ENCODING));
    }

    private static String allow(TableResource resource) {
        TreeSet<String> methods = new TreeSet<>();
        resource.handlers().keySet().forEach(method -> methods.add(method.name()));
        return String.join(", ", methods);
    }

    private static EblaException noSuchPath(String path) {
        return new EblaException(ErrorCode.NOT_FOUND, "there is nothing at " + path);
    }
}
