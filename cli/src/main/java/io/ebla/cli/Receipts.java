package io.ebla.cli;

import io.ebla.client.WriteReceipt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Shows what became of a write. */
final class Receipts {

    private static final JsonMapper MAPPER = JsonMapper.shared();

    private Receipts() {}

    static String json(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    static String text(String what, WriteReceipt receipt) {
        StringBuilder text = new StringBuilder(what);
        receipt.version().ifPresent(version -> text.append(", version ").append(version));
        text.append(", ").append(receipt.outcome().text());
        if (receipt.copies() > 0) {
            text.append(receipt.copies() == 1 ? " (1 copy)" : " (" + receipt.copies() + " copies)");
        }
        return receipt.replayed() ? text + ", as answered before" : text.toString();
    }

    static String json(WriteReceipt receipt) {
        Map<String, Object> fields = new LinkedHashMap<>();
        receipt.created().ifPresent(created -> fields.put("created", created));
        receipt.version().ifPresent(version -> fields.put("version", version));
        putCommon(fields, receipt);
        return json(fields);
    }

    static String batchJson(WriteReceipt receipt) {
        Map<String, Object> fields = new LinkedHashMap<>();
        List<Map<String, String>> results =
                receipt.versions().stream()
                        .map(one -> one.map(v -> Map.of("version", v)).orElse(Map.of()))
                        .toList();
        fields.put("results", results);
        putCommon(fields, receipt);
        return json(fields);
    }

    private static void putCommon(Map<String, Object> fields, WriteReceipt receipt) {
        fields.put("outcome", receipt.outcome().text());
        fields.put("copies", receipt.copies());
        receipt.position().ifPresent(position -> fields.put("position", position));
        if (receipt.replayed()) {
            fields.put("replayed", true);
        }
    }
}
