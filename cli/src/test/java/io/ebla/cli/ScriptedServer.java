package io.ebla.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** A server that answers each kind of request as a test says, and keeps what it was sent. */
final class ScriptedServer implements AutoCloseable {

    /** A request as it arrived. */
    record Request(String method, String target, String body) {
        List<String> lines() {
            return body.lines().toList();
        }
    }

    /** @param cut whether the connection breaks before the answer is whole */
    record Answer(int status, String body, boolean cut) {
        static Answer of(int status, String body) {
            return new Answer(status, body, false);
        }

        static Answer problem(int status, String code, String outcome) {
            return of(
                    status,
                    "{\"code\":\"%s\",\"detail\":\"said so\",\"outcome\":\"%s\",\"retryable\":%s}"
                            .formatted(code, outcome, code.equals("overloaded")));
        }
    }

    private final HttpServer http;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Function<Request, Answer>> answers = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();

    ScriptedServer() throws IOException {
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.setExecutor(threads);
        http.createContext("/", this::handle);
        http.start();
    }

    /** @param key method and path, {@code GET /v1/tables} */
    ScriptedServer on(String key, Function<Request, Answer> answer) {
        answers.put(key, answer);
        return this;
    }

    ScriptedServer on(String key, Answer answer) {
        return on(key, request -> answer);
    }

    String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    List<Request> requests() {
        return requests;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getRawPath();
        Request request = new Request(method, exchange.getRequestURI().toString(), body);
        requests.add(request);
        Function<Request, Answer> script = answers.get(method + " " + path);
        Answer answer = script == null ? Answer.of(404, "not scripted") : script.apply(request);
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            int length = bytes.length + (answer.cut() ? 1 : 0);
            exchange.sendResponseHeaders(answer.status(), length == 0 ? -1 : length);
            OutputStream out = exchange.getResponseBody();
            out.write(bytes);
            out.flush();
        }
    }

    @Override
    public void close() {
        http.stop(0);
        threads.shutdownNow();
    }
}
