package io.ebla.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.ebla.core.contract.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that answers what a test tells it and remembers the last request. */
final class FakeServer implements AutoCloseable {

    /** A request as it arrived. */
    record Seen(String method, String target, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.get(name.toLowerCase(java.util.Locale.ROOT));
        }
    }

    /** What to do with a request once it is read. */
    private interface Answer {
        void send(HttpExchange exchange) throws IOException;
    }

    private final HttpServer http;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger requests = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Seen seen;
    private volatile Answer answer;

    FakeServer() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.setExecutor(threads);
        http.createContext("/", this::handle);
        http.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, String> headers = new java.util.HashMap<>();
        exchange.getRequestHeaders()
                .forEach(
                        (name, all) ->
                                headers.put(name.toLowerCase(java.util.Locale.ROOT), all.get(0)));
        seen =
                new Seen(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().toASCIIString(),
                        headers,
                        body);
        try (exchange) {
            answer.send(exchange);
        }
    }

    String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    Seen seen() {
        return seen;
    }

    int requests() {
        return requests.get();
    }

    void answer(int status, Map<String, String> headers, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        answer =
                exchange -> {
                    headers.forEach(exchange.getResponseHeaders()::set);
                    exchange.sendResponseHeaders(status, bytes.length);
                    exchange.getResponseBody().write(bytes);
                };
    }

    void problem(int status, String code, String detail) {
        String body = "{\"code\":\"" + code + "\",\"detail\":\"" + detail + "\"}";
        answer(status, Map.of("Ebla-Outcome", Outcome.NOT_APPLIED.text()), body);
    }

    /** Reads the request and closes the connection without a word. */
    void hangUp() {
        answer = HttpExchange::close;
    }

    /** Reads the request and says nothing until the test is over. */
    void stall() {
        answer =
                exchange -> {
                    try {
                        closed.await();
                    } catch (InterruptedException stopped) {
                        Thread.currentThread().interrupt();
                    }
                };
    }

    /** Promises more than it sends. */
    void cutAfter(String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        answer =
                exchange -> {
                    exchange.sendResponseHeaders(200, bytes.length + 100);
                    OutputStream out = exchange.getResponseBody();
                    out.write(bytes);
                    out.flush();
                    exchange.close();
                };
    }

    @Override
    public void close() {
        closed.countDown();
        http.stop(0);
        threads.shutdownNow();
    }
}
