package io.ebla.clustertest.process;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What the server said to one request.
 *
 * @param status the HTTP status, 0 when the connection was lost before an answer: for a write unknown
 * @param body as text
 */
public record Answer(int status, HttpHeaders headers, String body) {

    static final Answer LOST = new Answer(0, HttpHeaders.of(Map.of(), (name, value) -> true), "");

    /** Nobody took the connection, so that nothing was sent. */
    static final Answer NOT_SENT =
            new Answer(0, HttpHeaders.of(Map.of(), (name, value) -> true), "not sent");

    static Answer of(int status, HttpHeaders headers, byte[] body) {
        return new Answer(status, headers, new String(body, StandardCharsets.UTF_8));
    }

    public String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    /** Whether nobody took the connection, so that there was no request. */
    public boolean notSent() {
        return this == NOT_SENT;
    }

    /** The outcome of a write; {@code unknown} when no answer came to what was sent. */
    public String outcome() {
        if (notSent()) {
            return "not_applied";
        }
        return lost() ? "unknown" : header("Ebla-Outcome");
    }

    public boolean committed() {
        return outcome().equals("committed");
    }

    /** The row may or may not have been written. */
    public boolean unknown() {
        return outcome().equals("unknown");
    }

    public boolean lost() {
        return status == 0;
    }

    public boolean ok() {
        return status >= 200 && status < 300;
    }

    /** The entity tag: of a write the version it made. */
    public String etag() {
        return header("ETag");
    }
}
