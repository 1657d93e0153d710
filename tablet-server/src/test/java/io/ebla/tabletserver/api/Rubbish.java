package io.ebla.tabletserver.api;

import io.ebla.core.cluster.MetaApi;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Makes requests that are wrong in random ways, most of them nearly right. */
public final class Rubbish {

    /** What every second request carries: callers of internal paths are not all strangers. */
    private static final String SECRET =
            MetaApi.SECRET_HEADER + ": " + MetaApi.DEVELOPMENT_SECRET + "\r\n";

    private static final String[] METHODS = {
        "GET", "GET", "HEAD", "PUT", "PUT", "POST", "POST", "PATCH", "DELETE", "OPTIONS", "BREW",
        "g"
    };
    private static final String[] PATHS = {
        "/v1/tables/t/rows/PART",
        "/v1/tables/t/rows/PART/PART",
        "/v1/tables/t/rows/PART?QUERY",
        "/v1/tables/t/rows/PART/PART?QUERY",
        "/v1/tables/t/rows",
        "/v1/tables/t/rows?QUERY",
        "/v1/tables/t/rows?QUERY",
        "/v1/tables/t/batch",
        "/v1/tables/t/batch?QUERY",
        "/v1/tables/t/get",
        "/v1/tables/t/get?QUERY",
        "/v1/tables/t",
        "/v1/tables/t?QUERY",
        "/v1/tables/t/tablets?QUERY",
        "/v1/tables/PART",
        "/v1/tables/PART/rows/PART?QUERY",
        "/v1/tables",
        "/v1/tables/",
        "/v1/PART",
        "/v1/tables/t/PART",
        "/v1/cluster",
        "/v1/cluster?QUERY",
        "/v1/cluster/PART",
        "/v1/cluster/meta/PART",
        "/v1/cluster/operations/PART",
        "/v1/cluster/nodes/PART/drain",
        "/v1/cluster/nodes/t1/undrain?QUERY",
        "/v1/cluster/balancing",
        "/internal/v1/node/fence",
        "/internal/v1/node/hand-over",
        "/internal/v1/node/PART",
        "/actuator",
        "/actuator/health",
        "/actuator/health/readiness",
        "/actuator/health/PART",
        "/actuator/health/PART/PART",
        "/actuator/tablets?QUERY",
        "/actuator/PART",
        "/v3/api-docs",
        "/docs",
        "/docs/PART",
        "/PART/PART",
        "/",
        "//",
        "*",
        "http://x/v1/tables",
        "PART"
    };
    private static final String[] PARTS = {
        "a",
        "zebra",
        "%",
        "%4",
        "%zz",
        "%00",
        "%ff",
        "%c0%80",
        "%2F",
        ".",
        "..",
        "%2e%2e",
        ";",
        "+",
        "\u00c3\u00a4",
        "{}",
        "\"",
        "a|b",
        "#",
        "?",
        "\\",
        "a//b",
        "",
        "none",
        "T",
        "%F0%9F%98%80"
    };
    private static final String[] NAMES = {
        "acks",
        "timeout",
        "onTimeout",
        "ttl",
        "if",
        "read",
        "from",
        "to",
        "prefix",
        "pk",
        "order",
        "limit",
        "after",
        "values",
        "all",
        "nothing",
        "",
        "%61cks"
    };
    private static final String[] VALUES = {
        "1", "0", "-1", "99999999999999999999", "quorum", "all", "2s", "1ms", "never", "keep",
                "true",
        "false", "asc", "desc", "strong", "session", "local", "a", "", "%", "%ff", "pk%20==%20null",
        "((((((", "data.a.b.c", "[1,2].all(x,x>0)", "'a'%20%2B%201", "AAAA", "AQAAAA", "%22", "pk"
    };
    private static final String[] HEADERS = {
        "If-Match: BLOB",
        "If-None-Match: BLOB",
        "If-None-Match: *",
        "If-Match: *",
        "If-Modified-Since: BLOB",
        "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
        "Idempotency-Key: BLOB",
        "Idempotency-Key: k",
        "Idempotency-Key:",
        "Ebla-Position: BLOB",
        "Accept: BLOB",
        "Accept: application/x-ndjson",
        "Accept: application/json",
        "Accept: text/html",
        "Content-Type: BLOB",
        "Content-Type: application/json",
        "Content-Type: application/x-ndjson",
        "Content-Type: text/plain",
        "Content-Encoding: gzip",
        "Expect: 100-continue",
        "Expect: BLOB",
        "Range: bytes=0-1",
        "Connection: close",
        "Upgrade: h2c",
        "Upgrade: websocket",
        "Origin: BLOB",
        "Cookie: BLOB",
        "Host: BLOB",
        "Host: [::1",
        "X-Forwarded-For: BLOB",
        "Forwarded: BLOB",
        "Authorization: BLOB",
        "Access-Control-Request-Method: PUT",
        "BLOB: BLOB",
        "BLOB"
    };
    private static final String[] BODIES = {
        "{}",
        "[]",
        "null",
        "1",
        "",
        "{",
        "\u0000",
        "{\"replicas\":1}",
        "{\"splitAt\":[\"a\",\"b\"]}",
        "{\"ops\":[]}",
        "{\"ops\":[{\"put\":{\"pk\":\"a\",\"data\":1}}]}",
        "{\"ops\":[{\"put\":{\"pk\":\"a\",\"base64\":\"!\"}},{\"check\":{}}]}",
        "{\"ops\":[{\"delete\":{\"pk\":\"a\",\"sk\":1},\"if\":\"((\"}]}",
        "{\"keys\":[{\"pk\":\"a\"}]}",
        "{\"keys\":[{\"pk\":\"\"}],\"read\":\"x\"}",
        "{\"keys\":{}}",
        "{\"pk\":\"a\",\"data\":1}\n{\"pk\":\"b\"}\n\n{\"pk\":\"c\",\"delete\":true}\nrubbish",
        "{\"pkBase64\":\"/w==\",\"data\":null}\n",
        "{\"pk\":\"\\ud800\",\"data\":1}\n",
        "{\"clusterId\":null,\"node\":\"t9\",\"tablets\":[]}",
        "{\"clusterId\":\"fake\",\"node\":\"dev\",\"tablets\":[{\"tablet\":null,\"epoch\":1},null]}",
        "{\"clusterId\":\"fake\",\"node\":\"dev\",\"tablets\":[{\"tablet\":\"999999\",\"epoch\":-1}]}",
        "{\"clusterId\":\"fake\",\"node\":\"dev\",\"tablet\":null,\"epoch\":1,\"target\":null}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "\u00ff\u00fe",
        "\"\u00c3\""
    };

    private final Random random;
    private final String[] paths;
    private final String[] bodies;
    private boolean whole;

    /** For a tablet server. */
    Rubbish(Random random) {
        this(random, PATHS, BODIES);
    }

    /**
     * @param paths what is asked for; PART and QUERY in it stand for anything
     * @param bodies what may be sent to it
     */
    public Rubbish(Random random, String[] paths, String[] bodies) {
        this.random = random;
        this.paths = paths.clone();
        this.bodies = bodies.clone();
    }

    /**
     * @param bytes what is sent
     * @param whole whether it surely ends where an answer is due, however wrong it is until there
     */
    public record Request(byte[] bytes, boolean whole) {

        String text() {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        boolean head() {
            return text().startsWith("HEAD ");
        }

        /** Whether it is plainly a write of one row or of a batch. */
        boolean atomicWrite() {
            return whole
                    && text().matches(
                                    "(?s)((PUT|DELETE) /v1/tables/[a-z]+/rows/[^ ]+"
                                            + "|POST /v1/tables/[a-z]+/batch)(\\?[^ ]*)? HTTP/1.1\r\n.*");
        }
    }

    public Request request() {
        if (random.nextInt(20) == 0) {
            return new Request(noise(), false);
        }
        whole = true;
        byte[] request = latin1(text());
        if (random.nextInt(8) == 0) {
            damage(request);
            whole = false;
        }
        return new Request(request, whole);
    }

    private byte[] noise() {
        byte[] bytes = new byte[1 + random.nextInt(200)];
        random.nextBytes(bytes);
        return bytes;
    }

    private void damage(byte[] request) {
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            request[random.nextInt(request.length)] = (byte) random.nextInt(256);
        }
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        text.append(any(METHODS)).append(' ').append(filled(any(paths)));
        text.append(random.nextInt(50) == 0 ? " HTTP/9.9" : " HTTP/1.1").append("\r\n");
        if (random.nextInt(20) != 0) {
            text.append("Host: localhost\r\n");
        }
        text.append(random.nextBoolean() ? SECRET : "");
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append(filled(any(HEADERS))).append("\r\n");
        }
        String body = random.nextInt(30) == 0 ? "x".repeat(70_000) : any(bodies);
        switch (random.nextInt(10)) {
            case 0 -> text.append("Transfer-Encoding: chunked\r\n\r\n").append(chunked(body));
            case 1 -> {
                text.append("Transfer-Encoding: BLOB\r\n\r\n").append(body);
                whole = false;
            }
            case 2 -> {
                String length = any(VALUES);
                text.append("Content-Length: ").append(length).append("\r\n\r\n");
                whole = length.equals("0");
            }
            case 3 -> {
                text.append("Content-Length: 10\r\n\r\n").append(body);
                whole = body.length() >= 10;
            }
            case 4 -> text.append("\r\n");
            default ->
                    text.append("Content-Length: ")
                            .append(body.length())
                            .append("\r\n\r\n")
                            .append(body);
        }
        return text.toString();
    }

    private String chunked(String body) {
        boolean broken = random.nextInt(4) == 0;
        whole &= !broken;
        String end = broken ? "zz\r\n" : "0\r\n\r\n";
        return body.isEmpty()
                ? end
                : Integer.toHexString(body.length()) + "\r\n" + body + "\r\n" + end;
    }

    private String filled(String pattern) {
        String text = pattern;
        while (text.contains("PART")) {
            text = replaced(text, "PART", random.nextInt(40) == 0 ? "k".repeat(2000) : any(PARTS));
        }
        if (text.contains("QUERY")) {
            text = replaced(text, "QUERY", query());
        }
        while (text.contains("BLOB")) {
            text = replaced(text, "BLOB", blob());
        }
        return text;
    }

    private static String replaced(String text, String name, String by) {
        int at = text.indexOf(name);
        return text.substring(0, at) + by + text.substring(at + name.length());
    }

    private String query() {
        StringBuilder query = new StringBuilder();
        for (int i = random.nextInt(4); i >= 0; i--) {
            query.append(any(NAMES)).append(random.nextInt(10) == 0 ? "" : "=").append(any(VALUES));
            query.append(i > 0 ? "&" : "");
        }
        return query.toString();
    }

    private String blob() {
        String alphabet = "abc\"*W/,;=<>{} 09._-:\u00e4\u0001\t";
        StringBuilder blob = new StringBuilder();
        int length = random.nextInt(60) == 0 ? 20_000 : random.nextInt(12);
        for (int i = 0; i < length; i++) {
            blob.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return blob.toString();
    }

    private String any(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
