package io.ebla.clustertest.process;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Plain HTTP requests to one server; a lost connection is an {@link Answer} too. Thread-safe. */
public final class Api {

    private final HttpClient http;
    private final URI server;
    private final Duration patience;

    public Api(URI server) {
        this(server, Duration.ofSeconds(5), Duration.ofSeconds(30));
    }

    /**
     * @param connect how long it waits for a connection
     * @param patience how long it waits for an answer
     */
    public Api(URI server, Duration connect, Duration patience) {
        this.server = server;
        this.patience = patience;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(connect)
                        .build();
    }

    public URI server() {
        return server;
    }

    /** The path of a row, its parts encoded. */
    public static String row(String table, String pk, String sk) {
        String path = "/v1/tables/" + table + "/rows/" + encoded(pk);
        return sk == null ? path : path + "/" + encoded(sk);
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public Answer get(String path, String... headers) {
        return send("GET", path, "", headers);
    }

    public Answer put(String path, String json, String... headers) {
        return send("PUT", path, json, with("application/json", headers));
    }

    public Answer delete(String path, String... headers) {
        return send("DELETE", path, "", headers);
    }

    public Answer post(String path, String contentType, String body, String... headers) {
        return send("POST", path, body, with(contentType, headers));
    }

    /** Makes a table or fails. */
    public void createTable(String table, String options) {
        Answer answer = put("/v1/tables/" + table, options);
        if (!answer.ok()) {
            throw new AssertionError("table " + table + ": " + answer);
        }
    }

    /** Sends one request; never throws for what the network or the server does. */
    public Answer send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(server.resolve(path))
                        .timeout(patience)
                        .method(
                                method,
                                body.isEmpty()
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
            return Answer.of(response.statusCode(), response.headers(), response.body());
        } catch (ConnectException | HttpConnectTimeoutException nobody) {
            return Answer.NOT_SENT;
        } catch (IOException lost) {
            return Answer.LOST;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Answer.LOST;
        }
    }

    private static String[] with(String contentType, String[] headers) {
        String[] all = new String[headers.length + 2];
        all[0] = "Content-Type";
        all[1] = contentType;
        System.arraycopy(headers, 0, all, 2, headers.length);
        return all;
    }
}
