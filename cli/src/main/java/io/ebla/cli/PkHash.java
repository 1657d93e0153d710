package io.ebla.cli;

import io.ebla.core.key.Bytes;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Tells lines of different pks apart, so that lines of one pk can be kept together. */
final class PkHash {

    private static final JsonFactory JSON = new JsonFactory();

    private PkHash() {}

    /** The same number for lines of the same pk; any for a line that has none. */
    static int of(byte[] line) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return 0;
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (value == JsonToken.VALUE_STRING && name.equals("pk")) {
                    return Bytes.utf8(parser.getString()).hashCode();
                }
                if (value == JsonToken.VALUE_STRING && name.equals("pkBase64")) {
                    return Bytes.wrap(parser.getBinaryValue()).hashCode();
                }
                parser.skipChildren();
            }
            return 0;
        } catch (JacksonException notJson) {
            return 0; // the server tells what is wrong with the line
        }
    }
}
