package io.ebla.client;

import io.ebla.core.contract.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Sends requests over kept connections and turns every failure into an {@link EblaClientException}
 * that says no more than is known: a write is {@code not_applied} only if it never left or the server
 * says so. It repeats nothing.
 */
final class Transport {

    private final HttpClient http;
    private final ClientSettings settings;
    private final String base;
    private final Duration grace;

    Transport(ClientSettings settings, Duration grace) {
        this.grace = grace;
        this.settings = settings;
        String text = settings.url().toString();
        this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        HttpClient.Builder builder =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(settings.connectTimeout());
        if (settings.tls() != null) {
            builder.sslContext(settings.tls());
        }
        this.http = builder.build();
    }

    /** A request that is answered within the usual time. */
    HttpRequest.Builder request(String target) {
        return streaming(target).timeout(settings.timeout().plus(grace));
    }

    /** A request that may take as long as its stream lasts. */
    HttpRequest.Builder streaming(String target) {
        return HttpRequest.newBuilder(URI.create(base + target));
    }

    /** @throws EblaClientException unless the answer is a success */
    HttpResponse<byte[]> exchange(HttpRequest request) {
        HttpResponse<byte[]> response = send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() / 100 != 2) {
            throw problem(response.statusCode(), response.body());
        }
        return response;
    }

    /** The body as it comes; the server is slowed down when it is not read. */
    InputStream stream(HttpRequest request) {
        HttpResponse<InputStream> response = send(request, BodyHandlers.ofInputStream());
        if (response.statusCode() / 100 == 2) {
            return response.body();
        }
        try (InputStream body = response.body()) {
            throw problem(response.statusCode(), body.readAllBytes());
        } catch (IOException cut) {
            throw EblaClientException.lost(
                    EblaClientException.CONNECTION_LOST, false, where() + cut, cut);
        }
    }

    private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) {
        try {
            return http.send(request, handler);
        } catch (ConnectException | HttpConnectTimeoutException refused) {
            throw EblaClientException.unreachable(
                    where() + "no connection" + reason(refused), refused);
        } catch (HttpTimeoutException late) {
            throw EblaClientException.lost(
                    EblaClientException.NO_ANSWER, writes(request), where() + "no answer", late);
        } catch (IOException cut) {
            if (cut.getCause() instanceof UnresolvedAddressException) {
                throw EblaClientException.unreachable(where() + "unknown host", cut);
            }
            throw EblaClientException.lost(
                    EblaClientException.CONNECTION_LOST,
                    writes(request),
                    where() + reason(cut),
                    cut);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw EblaClientException.lost(
                    EblaClientException.NO_ANSWER, writes(request), "interrupted", stopped);
        }
    }

    private String where() {
        return base + ": ";
    }

    private static String reason(IOException failure) {
        return failure.getMessage() == null ? "" : " (" + failure.getMessage() + ")";
    }

    private static boolean writes(HttpRequest request) {
        return !request.method().equals("GET")
                && !request.method().equals("HEAD")
                && !request.uri().getRawPath().endsWith("/get");
    }

    static EblaClientException unreadable(String what, RuntimeException cause) {
        return new EblaClientException(
                "internal",
                0,
                null,
                false,
                -1,
                "the server's answer is not " + what + ": " + cause.getMessage(),
                cause);
    }

    /** The failure that a problem body tells of; any other body is quoted. */
    static EblaClientException problem(int status, byte[] body) {
        try {
            JsonNode problem = Json.MAPPER.readTree(body);
            if (problem.path("code").isString()) {
                return problem(status, problem);
            }
        } catch (JacksonException notJson) {
            return foreign(status, body, notJson);
        }
        return foreign(status, body, null);
    }

    static EblaClientException problem(int status, JsonNode problem) {
        return new EblaClientException(
                problem.path("code").asString("internal"),
                status,
                outcome(problem.path("outcome").asString("")),
                problem.path("retryable").asBoolean(false),
                problem.path("op").asInt(-1),
                problem.path("detail").asString(problem.path("title").asString("")),
                null);
    }

    private static EblaClientException foreign(int status, byte[] body, Throwable cause) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        String quoted = text.length() > 200 ? text.substring(0, 200) + "..." : text;
        String detail = "HTTP " + status + (quoted.isEmpty() ? "" : ": " + quoted);
        return new EblaClientException("internal", status, null, false, -1, detail, cause);
    }

    static Outcome outcome(String text) {
        for (Outcome outcome : Outcome.values()) {
            if (outcome.text().equals(text)) {
                return outcome;
            }
        }
        return null;
    }
}
