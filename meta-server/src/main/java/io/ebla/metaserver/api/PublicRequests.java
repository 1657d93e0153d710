package io.ebla.metaserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What is wrong with users' requests to a meta-server before anybody looks at what they ask. */
final class PublicRequests {

    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final String TABLES = "/v1/tables/";
    private static final Map<String, Set<HttpMethod>> METHODS =
            Map.of(
                    "/v1/cluster", READING,
                    "/v1/cluster/operations/[^/]+", READING,
                    "/v1/cluster/meta/[^/]+", Set.of(HttpMethod.PUT, HttpMethod.DELETE),
                    "/v1/cluster/nodes/[^/]+/(un)?drain", Set.of(HttpMethod.POST),
                    "/v1/cluster/balancing", Set.of(HttpMethod.PUT));

    private PublicRequests() {}

    /** @throws EblaException 400 for a parameter, 406, 415 */
    static void check(ServerRequest request) {
        if (!request.queryParams().isEmpty()) {
            throw new EblaException(
                    ErrorCode.UNKNOWN_OPTION,
                    "unknown parameter '" + request.queryParams().keySet().iterator().next() + "'");
        }
        if (!acceptsJson(request)) {
            throw new EblaException(ErrorCode.NOT_ACCEPTABLE, "this resource is application/json");
        }
        if (request.method() == HttpMethod.PUT && !isJson(request)) {
            throw new EblaException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json");
        }
    }

    private static boolean acceptsJson(ServerRequest request) {
        try {
            List<MediaType> accepted = request.headers().accept();
            return accepted.isEmpty()
                    || accepted.stream().anyMatch(MediaType.APPLICATION_JSON::isCompatibleWith);
        } catch (InvalidMediaTypeException unreadable) {
            return false;
        }
    }

    private static boolean isJson(ServerRequest request) {
        try {
            Optional<MediaType> type = request.headers().contentType();
            return type.isEmpty() || type.get().isCompatibleWith(MediaType.APPLICATION_JSON);
        } catch (InvalidMediaTypeException unreadable) {
            return false;
        }
    }

    /** The answer to a request that none of the routes took. */
    static Mono<ServerResponse> refuse(ServerRequest request) {
        String path = request.uri().getRawPath();
        for (Map.Entry<String, Set<HttpMethod>> known : METHODS.entrySet()) {
            if (path.matches(known.getKey())) {
                return Mono.error(notAllowed(request, known.getValue()));
            }
        }
        EblaException elsewhere =
                new EblaException(
                        ErrorCode.NOT_FOUND,
                        "a meta-server answers /v1/cluster and /actuator; tablet servers have the"
                                + " rest");
        boolean mayWrite = path.startsWith(TABLES) && !READING.contains(request.method());
        return Mono.error(mayWrite ? elsewhere.withOutcome(Outcome.NOT_APPLIED) : elsewhere);
    }

    private static EblaException notAllowed(ServerRequest request, Set<HttpMethod> methods) {
        TreeSet<String> names = new TreeSet<>();
        methods.forEach(method -> names.add(method.name()));
        String allow = String.join(", ", names);
        request.exchange().getResponse().getHeaders().set(HttpHeaders.ALLOW, allow);
        return new EblaException(
                ErrorCode.METHOD_NOT_ALLOWED,
                request.method() + " is not allowed here; " + allow + " are");
    }
}
