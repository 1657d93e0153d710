package io.ebla.tabletserver.api;

import java.util.Map;
import org.springframework.http.HttpMethod;

/**
 * What a table offers under {@code /v1/tables/{table}/NAME}: a bean of this type is all it takes to be
 * routed.
 *
 * @param name the path segment, taken literally
 * @param handlers who answers which method; any other method is 405
 * @param atomicWrite whether its answers, problems included, carry {@code Ebla-Outcome}
 */
record TableResource(String name, Map<HttpMethod, ApiHandler> handlers, boolean atomicWrite) {

    TableResource {
        handlers = Map.copyOf(handlers);
    }
}
