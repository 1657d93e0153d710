package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** All rows of the table as one scan returned them: pk, sk and the member {@code v} of their data. */
final class Snapshot {

    static final JsonMapper JSON = new JsonMapper();

    private final Map<String, Map<String, String>> rows = new TreeMap<>();

    static Snapshot of(Api api, String table) {
        Answer answer = api.get("/v1/tables/" + table + "/rows", "Accept", "application/x-ndjson");
        assertThat(answer.status()).as("scan: %s", answer).isEqualTo(200);
        Snapshot snapshot = new Snapshot();
        answer.body().lines().forEach(snapshot::add);
        return snapshot;
    }

    private void add(String line) {
        JsonNode row = JSON.readTree(line);
        assertThat(row.has("error")).as("scan ended early: %s", line).isFalse();
        String before =
                rows.computeIfAbsent(row.get("pk").asString(), pk -> new LinkedHashMap<>())
                        .put(row.get("sk").asString(), row.get("data").get("v").asString());
        assertThat(before).as("row returned twice: %s", line).isNull();
    }

    String value(String pk, String sk) {
        return rows.getOrDefault(pk, Map.of()).getOrDefault(sk, Register.ABSENT);
    }

    Map<String, String> partition(String pk) {
        return rows.getOrDefault(pk, Map.of());
    }

    List<String> values() {
        return rows.values().stream().flatMap(each -> each.values().stream()).toList();
    }
}
