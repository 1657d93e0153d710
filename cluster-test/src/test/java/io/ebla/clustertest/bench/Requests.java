package io.ebla.clustertest.bench;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** The requests of the benchmarks, as bytes. Values are text that does not compress to nothing. */
final class Requests {

    static final int VALUE_BYTES = 1024;
    private static final String LETTERS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /** Odd, so that no two numbers meet; 2^64 over the golden ratio (Knuth 6.4), so that neighbours part. */
    private static final long SCATTERING = 0x9E37_79B9_7F4A_7C15L;

    private final Random random = new Random(42);
    private final String[] values;
    private final LongFunction<String> keys;

    /** Of values of 1 KB, and keys that rise with their numbers. */
    Requests() {
        this(VALUE_BYTES, 64, Requests::rising);
    }

    /** Of keys whose order is not that of their numbers. */
    static Requests scattered(int valueBytes, int differentValues) {
        return new Requests(
                valueBytes,
                differentValues,
                number -> HexFormat.of().toHexDigits(number * SCATTERING));
    }

    private Requests(int valueBytes, int differentValues, LongFunction<String> keys) {
        this.keys = keys;
        values = new String[differentValues];
        for (int i = 0; i < values.length; i++) {
            StringBuilder value = new StringBuilder(valueBytes);
            while (value.length() < valueBytes) {
                value.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
            }
            values[i] = value.toString();
        }
    }

    /** Gets of random rows. */
    Supplier<byte[]> gets(String path, int keys) {
        return gets(path, keys, "", "");
    }

    /**
     * Gets of random rows.
     *
     * @param query with its question mark, or empty
     * @param position what a session has seen, or empty
     */
    Supplier<byte[]> gets(String path, int keys, String query, String position) {
        String rest =
                query
                        + " HTTP/1.1\r\nHost: h\r\n"
                        + (position.isEmpty() ? "" : "Ebla-Position: " + position + "\r\n")
                        + "\r\n";
        return () -> bytes("GET " + path + key(random.nextInt(keys)) + rest);
    }

    /** Puts over random rows. */
    Supplier<byte[]> puts(String path, int keys, String contentType) {
        return () -> {
            String value = value();
            String body =
                    contentType.contains("json") ? "{\"v\":\"" + value.substring(8) + "\"}" : value;
            return request("PUT", path + key(random.nextInt(keys)), contentType, body);
        };
    }

    /** Batches of JSON rows of 1 KB that share a pk. */
    Supplier<byte[]> batches(String table, int pks, int rows) {
        return () -> {
            String pk = key(random.nextInt(pks));
            StringBuilder body = new StringBuilder(rows * 1200).append("{\"ops\":[");
            for (int row = 0; row < rows; row++) {
                body.append(row == 0 ? "" : ",").append("{\"put\":").append(line(pk, "s" + row));
                body.append('}');
            }
            body.append("]}");
            return request("POST", "/v1/tables/" + table + "/batch", "application/json", "" + body);
        };
    }

    /** Bulk writes of JSON rows of rising numbers, of so many lines each; ends at the limit. */
    Supplier<byte[]> bulks(String table, int lines, long first, long limit) {
        AtomicLong next = new AtomicLong(first);
        return () -> {
            long from = next.getAndAdd(lines);
            if (from >= limit) {
                return null;
            }
            StringBuilder body = new StringBuilder(lines * (values[0].length() + 76));
            for (long i = from; i < from + lines; i++) {
                body.append(line(key(i), null)).append('\n');
            }
            return request(
                    "POST", "/v1/tables/" + table + "/rows", "application/x-ndjson", "" + body);
        };
    }

    /** Streams of so many rows from random places. */
    Supplier<byte[]> streams(String table, int keys, int rows) {
        return () ->
                bytes(
                        "GET /v1/tables/"
                                + table
                                + "/rows?from="
                                + key(random.nextInt(keys - rows))
                                + "&limit="
                                + rows
                                + " HTTP/1.1\r\nHost: h\r\nAccept: application/x-ndjson\r\n\r\n");
    }

    Supplier<byte[]> etcdPuts(int keys) {
        return () ->
                request(
                        "POST",
                        "/v3/kv/put",
                        "application/json",
                        "{\"key\":\""
                                + base64(key(random.nextInt(keys)))
                                + "\",\"value\":\""
                                + base64(value())
                                + "\"}");
    }

    Supplier<byte[]> etcdGets(int keys) {
        return () ->
                request(
                        "POST",
                        "/v3/kv/range",
                        "application/json",
                        "{\"key\":\"" + base64(key(random.nextInt(keys))) + "\"}");
    }

    /** Writes every key once, so that reads find them: the requests of {@code one} with rising keys. */
    Supplier<byte[]> etcdFill(int keys) {
        AtomicLong next = new AtomicLong();
        return () -> {
            long key = next.getAndIncrement();
            return key >= keys
                    ? null
                    : request(
                            "POST",
                            "/v3/kv/put",
                            "application/json",
                            "{\"key\":\""
                                    + base64(key(key))
                                    + "\",\"value\":\""
                                    + base64(value())
                                    + "\"}");
        };
    }

    /** Writes every row once, as plain values. */
    Supplier<byte[]> fill(String path, int keys) {
        AtomicLong next = new AtomicLong();
        return () -> {
            long key = next.getAndIncrement();
            return key >= keys
                    ? null
                    : request("PUT", path + key(key), "application/octet-stream", value());
        };
    }

    private String line(String pk, String sk) {
        return "{\"pk\":\""
                + pk
                + "\""
                + (sk == null ? "" : ",\"sk\":\"" + sk + "\"")
                + ",\"data\":{\"v\":\""
                + value().substring(8)
                + "\"}}";
    }

    private String value() {
        return values[random.nextInt(values.length)];
    }

    private String key(long number) {
        return keys.apply(number);
    }

    private static String rising(long number) {
        String digits = Long.toString(number);
        return "key" + "000000000".substring(digits.length()) + digits;
    }

    static byte[] request(String method, String path, String contentType, String body) {
        return bytes(
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: h\r\nContent-Type: "
                        + contentType
                        + "\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
