package io.ebla.client;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A table as the server describes it.
 *
 * @param ttl null when rows live for ever
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TableDescription(
        String name, int replicas, String store, String ttl, int tablets, String createdAt) {}
