package io.ebla.tabletserver.api;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * More requests for rows than a server takes: writers and readers of ranges, each of which asks again as soon
 * as it is answered, whatever the answer, until it is told to stop.
 */
final class Flood implements AutoCloseable {

    private static final int WRITERS = 64;
    private static final int READERS = 32;

    private final TestServer server;
    private final String table;
    private final String value = "x".repeat(1_000);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicLong number = new AtomicLong();
    private final AtomicInteger served = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger otherwise = new AtomicInteger();
    private final List<CompletableFuture<Void>> ended = new ArrayList<>();
    private volatile boolean stopped;

    Flood(TestServer server, String table) {
        this.server = server;
        this.table = table;
    }

    void start() {
        for (int i = 0; i < WRITERS; i++) {
            ended.add(again(this::write));
        }
        for (int i = 0; i < READERS; i++) {
            ended.add(again(this::range));
        }
    }

    private interface Asking {
        HttpRequest next();
    }

    private CompletableFuture<Void> again(Asking asking) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        ask(asking, end);
        return end;
    }

    private void ask(Asking asking, CompletableFuture<Void> end) {
        if (stopped) {
            end.complete(null);
            return;
        }
        client.sendAsync(asking.next(), BodyHandlers.discarding())
                .whenCompleteAsync(
                        (answer, failure) -> {
                            count(answer);
                            ask(asking, end);
                        });
    }

    private void count(HttpResponse<?> answer) {
        int status = answer == null ? 0 : answer.statusCode();
        (status / 100 == 2 ? served : status == 429 ? refused : otherwise).incrementAndGet();
    }

    private HttpRequest write() {
        String row = "/v1/tables/" + table + "/rows/k" + number.incrementAndGet() % 5_000;
        return server.request(row + "?timeout=30s").PUT(BodyPublishers.ofString(value)).build();
    }

    private HttpRequest range() {
        return server.request("/v1/tables/" + table + "/rows?limit=500&timeout=30s").build();
    }

    int served() {
        return served.get();
    }

    /** Answers of 429. */
    int refused() {
        return refused.get();
    }

    /** Everything else. */
    int otherwise() {
        return otherwise.get();
    }

    @Override
    public void close() {
        stopped = true;
        ended.forEach(CompletableFuture::join);
    }

    @Override
    public String toString() {
        return served + " served, " + refused + " refused, " + otherwise + " otherwise";
    }
}
