package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Condition;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A write as it is sent.
 *
 * @param pk of all its rows
 * @param query {@code ?timeout=..} and what else there is
 * @param key its Idempotency-Key, empty for none: then it must not be sent twice
 */
record WriteCall(String pk, Write write, boolean batch, String query, String key) {

    static final String USUAL = "?timeout=2s";
    static final String ALL_COPIES = USUAL + "&acks=all";
    static final String ONE_COPY = USUAL + "&acks=local";
    static final String REVERTED = "?timeout=150ms&acks=all&onTimeout=revert";

    Answer sendTo(Api node) {
        if (batch) {
            String body =
                    write.changes().stream()
                            .map(this::json)
                            .collect(Collectors.joining(",", "{\"ops\":[", "]}"));
            String path = "/v1/tables/" + Rows.TABLE + "/batch" + query;
            return node.post(path, "application/json", body, headers(Condition.NONE));
        }
        Change change = write.changes().get(0);
        String path = Api.row(Rows.TABLE, pk, change.row()) + query;
        return change.kind() == Kind.PUT
                ? node.put(path, "\"" + change.value() + "\"", headers(change.condition()))
                : node.delete(path, headers(change.condition()));
    }

    private String[] headers(Condition condition) {
        List<String> headers = new ArrayList<>();
        if (condition instanceof Condition.Version version) {
            headers.addAll(List.of("If-Match", "\"" + version.version() + "\""));
        } else if (condition instanceof Condition.Absent) {
            headers.addAll(List.of("If-None-Match", "*"));
        }
        if (!key.isEmpty()) {
            headers.addAll(List.of("Idempotency-Key", key));
        }
        return headers.toArray(String[]::new);
    }

    private String json(Change change) {
        String row = "\"pk\":\"" + pk + "\",\"sk\":\"" + change.row() + "\"";
        String what =
                switch (change.kind()) {
                    case PUT -> "\"put\":{" + row + ",\"data\":\"" + change.value() + "\"}";
                    case DELETE -> "\"delete\":{" + row + "}";
                    case CHECK -> "\"check\":{" + row + "}";
                };
        String condition =
                change.condition() instanceof Condition.Version version
                        ? "version == '" + version.version() + "'"
                        : change.condition() instanceof Condition.Absent ? "pk == null" : "true";
        return "{" + what + ",\"if\":\"" + condition + "\"}";
    }
}
