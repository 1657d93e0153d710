package io.ebla.client;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The JSON bodies that the client sends. */
final class Json {

    static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .build();

    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSX", Locale.ROOT);

    private Json() {}

    static byte[] tableOptions(TableOptions options) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = MAPPER.createGenerator(out)) {
            json.writeStartObject();
            if (options.replicas() != null) {
                json.writeNumberProperty("replicas", options.replicas());
            }
            writeOptional(json, "store", options.store());
            writeOptional(json, "ttl", options.ttl());
            if (!options.splitAt().isEmpty()) {
                json.writeArrayPropertyStart("splitAt");
                options.splitAt().forEach(json::writeString);
                json.writeEndArray();
            }
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    static byte[] keys(List<RowKey> keys, ReadOptions options) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = MAPPER.createGenerator(out)) {
            json.writeStartObject();
            json.writeArrayPropertyStart("keys");
            for (RowKey key : keys) {
                json.writeStartObject();
                writeKey(json, key);
                json.writeEndObject();
            }
            json.writeEndArray();
            writeOptional(json, "read", options.level());
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    static byte[] batch(Batch batch) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = MAPPER.createGenerator(out)) {
            json.writeStartObject();
            json.writeArrayPropertyStart("ops");
            batch.operations().forEach(operation -> writeOperation(json, operation));
            json.writeEndArray();
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    private static void writeOperation(JsonGenerator json, Batch.Operation operation) {
        json.writeStartObject();
        if (operation instanceof Batch.Operation.Put put) {
            json.writeObjectPropertyStart("put");
            writeKey(json, put.key());
            writeValue(json, put.value());
            writeOptional(json, "ttl", put.ttl());
        } else {
            boolean deletes = operation instanceof Batch.Operation.Delete;
            json.writeObjectPropertyStart(deletes ? "delete" : "check");
            writeKey(json, operation.key());
        }
        json.writeEndObject();
        writeOptional(json, "if", operation.condition());
        json.writeEndObject();
    }

    /** One line of a bulk write, with its line break. */
    static byte[] bulkLine(BulkLine line) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (JsonGenerator json = MAPPER.createGenerator(out)) {
            json.writeStartObject();
            writeKey(json, line.key());
            if (line instanceof BulkLine.Put put) {
                writeValue(json, put.value());
                writeOptional(json, "ttl", put.ttl());
                writeOptional(json, "if", put.condition());
            } else {
                json.writeBooleanProperty("delete", true);
            }
            json.writeEndObject();
            json.writeRaw('\n');
        }
        return out.toByteArray();
    }

    static byte[] row(StoredRow row) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        try (JsonGenerator json = MAPPER.createGenerator(out)) {
            json.writeStartObject();
            writeKey(json, row.key());
            row.value().ifPresent(value -> writeValue(json, value));
            json.writeStringProperty("version", row.version());
            row.createdAt().ifPresent(at -> json.writeStringProperty("createdAt", time(at)));
            row.updatedAt().ifPresent(at -> json.writeStringProperty("updatedAt", time(at)));
            row.expiresAt().ifPresent(at -> json.writeStringProperty("expiresAt", time(at)));
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    private static String time(Instant at) {
        return MILLIS.format(at.atOffset(ZoneOffset.UTC));
    }

    private static void writeKey(JsonGenerator json, RowKey key) {
        writePart(json, "pk", key.pk());
        key.sk().ifPresent(sk -> writePart(json, "sk", sk));
    }

    private static void writePart(JsonGenerator json, String name, Bytes part) {
        Optional<String> text = Paths.text(part);
        if (text.isPresent()) {
            json.writeStringProperty(name, text.get());
        } else {
            String base64 = Base64.getEncoder().encodeToString(part.toArray());
            json.writeStringProperty(name + "Base64", base64);
        }
    }

    private static void writeValue(JsonGenerator json, Value value) {
        if (value.isJson()) {
            requireJson(value.bytes());
            json.writeName("data");
            // A line break in valid JSON stands outside strings, where a space means the same.
            String text = value.bytes().toUtf8();
            json.writeRawValue(text.replace('\n', ' ').replace('\r', ' '));
        } else {
            byte[] bytes = value.bytes().toArray();
            json.writeStringProperty("base64", Base64.getEncoder().encodeToString(bytes));
        }
        if (!value.contentType().equals(value.isJson() ? Value.JSON : Value.OCTETS)) {
            json.writeStringProperty("contentType", value.contentType());
        }
    }

    /** Whatever is pasted into a body must be exactly one JSON value. */
    private static void requireJson(Bytes bytes) {
        try (JsonParser parser = MAPPER.createParser(bytes.toArray())) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("the value is empty, not JSON");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("more than one JSON value");
            }
        } catch (JacksonException notJson) {
            throw new IllegalArgumentException(
                    "the value is not JSON: " + notJson.getOriginalMessage(), notJson);
        }
    }

    private static void writeOptional(JsonGenerator json, String name, String value) {
        if (value != null) {
            json.writeStringProperty(name, value);
        }
    }
}
