package io.ebla.client;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads rows from their JSON form. A value shown as {@code data} is cut out of the text and not
 * written anew, so that its bytes are those that were sent.
 */
final class Rows {

    private Rows() {}

    /** @throws EblaClientException if the line is no row */
    static StoredRow one(byte[] line) {
        try (JsonParser parser = Json.MAPPER.createParser(line)) {
            parser.nextToken();
            return row(parser, line);
        } catch (JacksonException | IllegalArgumentException broken) {
            throw Transport.unreadable("a row", broken);
        }
    }

    /** The rows of {@code {"rows":[ROW|null,...]}}. */
    static List<Optional<StoredRow>> many(byte[] body) {
        List<Optional<StoredRow>> rows = new ArrayList<>();
        try (JsonParser parser = Json.MAPPER.createParser(body)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean wanted = parser.currentName().equals("rows");
                parser.nextToken();
                if (!wanted) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    boolean absent = parser.currentToken() == JsonToken.VALUE_NULL;
                    rows.add(absent ? Optional.empty() : Optional.of(row(parser, body)));
                }
            }
            return rows;
        } catch (JacksonException | IllegalArgumentException broken) {
            throw Transport.unreadable("rows", broken);
        }
    }

    private static StoredRow row(JsonParser parser, byte[] source) {
        Fields fields = new Fields();
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("not an object");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            fields.read(name, parser, source);
        }
        return fields.row();
    }

    /** What has been read of one row. */
    private static final class Fields {

        private Bytes pk;
        private Bytes sk;
        private Bytes value;
        private String contentType = Value.JSON;
        private String version = "";
        private Instant createdAt;
        private Instant updatedAt;
        private Instant expiresAt;

        void read(String name, JsonParser parser, byte[] source) {
            switch (name) {
                case "pk" -> pk = Bytes.utf8(parser.getString());
                case "sk" -> sk = Bytes.utf8(parser.getString());
                case "pkBase64" -> pk = base64(parser);
                case "skBase64" -> sk = base64(parser);
                case "data" -> value = cut(parser, source);
                case "base64" -> value = base64(parser);
                case "contentType" -> contentType = parser.getString();
                case "version" -> version = parser.getString();
                case "createdAt" -> createdAt = Instant.parse(parser.getString());
                case "updatedAt" -> updatedAt = Instant.parse(parser.getString());
                case "expiresAt" -> expiresAt = Instant.parse(parser.getString());
                default -> parser.skipChildren();
            }
        }

        private static Bytes base64(JsonParser parser) {
            return Bytes.wrap(Base64.getDecoder().decode(parser.getString()));
        }

        private static Bytes cut(JsonParser parser, byte[] source) {
            int from = (int) parser.currentTokenLocation().getByteOffset();
            parser.skipChildren();
            parser.finishToken();
            int to = (int) parser.currentLocation().getByteOffset();
            return Bytes.wrap(Arrays.copyOfRange(source, from, to));
        }

        StoredRow row() {
            if (pk == null) {
                throw new IllegalArgumentException("no pk");
            }
            return new StoredRow(
                    RowKey.of(pk, sk),
                    Optional.ofNullable(value).map(bytes -> new Value(bytes, contentType)),
                    version,
                    Optional.ofNullable(createdAt),
                    Optional.ofNullable(updatedAt),
                    Optional.ofNullable(expiresAt));
        }
    }
}
