package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A JSON document that is being written, as UTF-8 in one growing array: objects, arrays and their
 * commas, nothing more. Cheaper than a general generator for the small answers that every write has.
 *
 * <p>Used by one thread. Names are written as they are and must need no escapes.
 */
final class JsonText {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] buffer;
    private int length;

    /** Nothing stands before the next value or name that a comma would part it from. */
    private boolean fresh = true;

    JsonText(int expectedBytes) {
        this.buffer = new byte[Math.max(64, expectedBytes)];
    }

    JsonText beginObject() {
        separate();
        fresh = true;
        return put('{');
    }

    JsonText endObject() {
        fresh = false;
        return put('}');
    }

    JsonText beginArray() {
        separate();
        fresh = true;
        return put('[');
    }

    JsonText endArray() {
        fresh = false;
        return put(']');
    }

    JsonText name(String name) {
        separate();
        put('"');
        ascii(name);
        put('"');
        fresh = true;
        return put(':');
    }

    JsonText field(String name, String value) {
        return name(name).value(value);
    }

    JsonText field(String name, long value) {
        return name(name).value(value);
    }

    JsonText field(String name, boolean value) {
        name(name);
        separate();
        ascii(value ? "true" : "false");
        return this;
    }

    /** A key part: as text where it is UTF-8, else under {@code nameBase64}. */
    JsonText keyField(String name, Bytes part) {
        if (Utf8.valid(part)) {
            return name(name).text(part);
        }
        name(name + "Base64");
        separate();
        put('"');
        raw(Bytes.wrap(java.util.Base64.getEncoder().encode(part.toArray())));
        return put('"');
    }

    JsonText value(long value) {
        separate();
        ascii(Long.toString(value));
        return this;
    }

    JsonText value(String value) {
        return text(Bytes.utf8(value));
    }

    JsonText valueNull() {
        separate();
        ascii("null");
        return this;
    }

    /** A time, as the API writes it. */
    JsonText timeField(String name, long millis) {
        name(name);
        separate();
        reserve(Times.RFC3339_LENGTH + 2);
        buffer[length++] = '"';
        length = Times.writeRfc3339(millis, buffer, length);
        buffer[length++] = '"';
        return this;
    }

    /** A string value given as well-formed UTF-8. */
    JsonText text(Bytes utf8) {
        separate();
        reserve(utf8.length() + 2);
        buffer[length++] = '"';
        byte[] array = utf8.array();
        int from = utf8.offset();
        int end = from + utf8.length();
        for (int i = from; i < end; i++) {
            byte b = array[i];
            if (b >= 0 && (b < 0x20 || b == '"' || b == '\\')) {
                copy(array, from, i);
                escape(b);
                from = i + 1;
            }
        }
        copy(array, from, end);
        return put('"');
    }

    private void copy(byte[] array, int from, int to) {
        reserve(to - from);
        System.arraycopy(array, from, buffer, length, to - from);
        length += to - from;
    }

    private void escape(byte b) {
        reserve(6);
        buffer[length++] = '\\';
        switch (b) {
            case '"', '\\' -> buffer[length++] = b;
            case '\n' -> buffer[length++] = 'n';
            case '\r' -> buffer[length++] = 'r';
            case '\t' -> buffer[length++] = 't';
            default -> {
                buffer[length++] = 'u';
                buffer[length++] = '0';
                buffer[length++] = '0';
                buffer[length++] = HEX[b >> 4];
                buffer[length++] = HEX[b & 0xF];
            }
        }
    }

    /** A whole JSON value, already written. */
    JsonText json(Bytes value) {
        separate();
        return raw(value);
    }

    /** Ends a line of a document of lines: what follows stands by itself. */
    JsonText lineBreak() {
        fresh = true;
        return put('\n');
    }

    /** Bytes as they are, outside of any value. */
    JsonText raw(Bytes bytes) {
        reserve(bytes.length());
        System.arraycopy(bytes.array(), bytes.offset(), buffer, length, bytes.length());
        length += bytes.length();
        return this;
    }

    /** Puts the comma where a value or name follows another. */
    private void separate() {
        if (!fresh) {
            put(',');
        }
        fresh = false;
    }

    private JsonText put(char c) {
        reserve(1);
        buffer[length++] = (byte) c;
        return this;
    }

    @SuppressWarnings("deprecation") // the one copy of Latin-1 text that needs no second array
    private void ascii(String text) {
        reserve(text.length());
        text.getBytes(0, text.length(), buffer, length);
        length += text.length();
    }

    private void reserve(int more) {
        if (more > buffer.length - length) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
        }
    }

    int length() {
        return length;
    }

    /** What was written; the document must not be written to any more. */
    Bytes bytes() {
        return Bytes.wrap(buffer, 0, length);
    }

    @Override
    public String toString() {
        return new String(buffer, 0, length, StandardCharsets.UTF_8);
    }
}
