package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that nobody else's writes disturb, and that forgives nothing: each request has to be answered at
 * once with the status that its rows' state calls for, each write as committed, and each read with what it
 * wrote. It asks every server in turn. A thread of its own; the first wrong answer ends it.
 */
final class ExactingClient implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int PKS = 40;
    private static final int BULK_ROWS = 30;
    private static final String WAIT = "timeout=60s";
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final List<Api> servers;
    private final String table;
    private final String name;
    private final Random random;
    private final Thread thread;

    /** What is there, by pk. */
    private final TreeMap<String, String> rows = new TreeMap<>();

    private int number;
    private volatile boolean over;
    private volatile String wrong = "";
    private volatile long done;

    /** @param number its own */
    ExactingClient(List<URI> servers, String table, int number, long seed) {
        this.servers = servers.stream().map(each -> new Api(each, CONNECT, PATIENCE)).toList();
        this.table = table;
        this.name = "-" + number;
        this.random = new Random(seed + number);
        this.thread = new Thread(this::run, "exacting" + name);
        thread.start();
    }

    private static final class WrongAnswer extends RuntimeException {

        WrongAnswer(String what) {
            super(what);
        }
    }

    private void run() {
        try {
            while (!over) {
                step();
                done++;
            }
        } catch (RuntimeException failed) {
            wrong = "client" + name + ", after " + done + " steps: " + failed;
        }
    }

    /** How much it has done. */
    long done() {
        return done;
    }

    /** The wrong answer, or nothing. */
    String wrong() {
        return wrong;
    }

    @Override
    public void close() {
        over = true;
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    // ---------------------------------------------------------------- what it does

    private void step() {
        number++;
        switch (random.nextInt(9)) {
            case 0, 1 -> writeAndReadEverywhere();
            case 2 -> repeat();
            case 3 -> condition();
            case 4 -> delete();
            case 5 -> batch();
            case 6 -> bulk();
            case 7 -> range();
            default -> many();
        }
    }

    /** Spread over all tablets there may be. */
    private String pk() {
        return (char) ('a' + random.nextInt(26)) + name + "-" + random.nextInt(PKS);
    }

    private Api server() {
        return servers.get(random.nextInt(servers.size()));
    }

    private String row(String pk) {
        return Api.row(table, pk, null) + "?" + WAIT;
    }

    private void writeAndReadEverywhere() {
        String pk = pk();
        String value = value();
        Answer written = put(pk, value, random.nextInt(4) == 0 ? "&acks=all" : "");
        rows.put(pk, value);
        for (Api server : servers) {
            Answer read =
                    server.get(
                            row(pk) + "&read=session",
                            "Ebla-Position",
                            written.header("Ebla-Position"));
            expect(
                    read.status() == 200 && read.body().equals(value),
                    "session read of " + pk,
                    read);
        }
        Answer strong = server().get(row(pk));
        expect(strong.status() == 200 && strong.body().equals(value), "read of " + pk, strong);
        Answer local = server().get(row(pk) + "&read=local");
        expect(local.status() == 200 || local.status() == 404, "local read of " + pk, local);
    }

    private String value() {
        return "{\"n\":" + number + "}";
    }

    private Answer put(String pk, String value, String more, String... headers) {
        Answer answer = server().put(row(pk) + more, value, headers);
        int status = rows.containsKey(pk) ? 200 : 201;
        expect(answer.status() == status && answer.committed(), "put of " + pk, answer);
        return answer;
    }

    private void repeat() {
        String pk = pk();
        String value = value();
        String key = name + "-" + number;
        Answer first = put(pk, value, "", "Idempotency-Key", key);
        rows.put(pk, value);
        for (int i = 0; i < 2; i++) {
            Answer again = server().put(row(pk), value, "Idempotency-Key", key);
            boolean same =
                    again.status() == first.status()
                            && again.committed()
                            && again.etag().equals(first.etag())
                            && again.header("Idempotent-Replay").equals("true");
            expect(same, "repeated put of " + pk + " after " + first, again);
        }
    }

    private void condition() {
        String pk = pk();
        boolean holds = !rows.containsKey(pk);
        Answer answer = server().put(row(pk) + "&if=pk==null", value());
        boolean right =
                holds ? answer.status() == 201 && answer.committed() : answer.status() == 412;
        expect(right, "conditional put of " + pk, answer);
        rows.putIfAbsent(pk, value());
    }

    private void delete() {
        String pk = pk();
        Answer deleted = server().delete(row(pk));
        expect(deleted.status() == 204 && deleted.committed(), "delete of " + pk, deleted);
        rows.remove(pk);
        Answer read = server().get(row(pk));
        expect(read.status() == 404, "read of deleted " + pk, read);
    }

    private void batch() {
        String pk = pk();
        String ops =
                "{\"ops\":[{\"put\":{\"pk\":\"PK\",\"data\":VALUE}},"
                        + "{\"put\":{\"pk\":\"PK\",\"sk\":\"s\",\"data\":1}},"
                        + "{\"delete\":{\"pk\":\"PK\",\"sk\":\"t\"},\"if\":\"pk == null\"}]}";
        String body = ops.replace("PK", pk).replace("VALUE", value());
        Answer answer =
                server().post("/v1/tables/" + table + "/batch?" + WAIT, "application/json", body);
        expect(answer.status() == 200 && answer.committed(), "batch of " + pk, answer);
        rows.put(pk, value());
        Answer deleted = server().delete(Api.row(table, pk, "s") + "?" + WAIT);
        expect(deleted.status() == 204 && deleted.committed(), "delete after a batch", deleted);
    }

    private void bulk() {
        StringBuilder lines = new StringBuilder();
        TreeMap<String, String> written = new TreeMap<>();
        for (int i = 0; i < BULK_ROWS; i++) {
            String pk = pk();
            String value = "{\"n\":" + number + ",\"i\":" + i + "}";
            lines.append("{\"pk\":\"")
                    .append(pk)
                    .append("\",\"data\":")
                    .append(value)
                    .append("}\n");
            written.put(pk, value); // lines of one row take effect in their order
        }
        Answer answer =
                server().post(
                                "/v1/tables/" + table + "/rows?" + WAIT,
                                "application/x-ndjson",
                                lines.toString());
        expect(answer.status() == 200, "bulk write", answer);
        JsonNode counts = JSON.readTree(answer.body());
        expect(counts.path("written").asInt() == BULK_ROWS, "bulk write", answer);
        rows.putAll(written);
    }

    /** All rows of one letter: its own are as it left them, in both orders, as pages and as a stream. */
    private void range() {
        String prefix = (char) ('a' + random.nextInt(26)) + name + "-";
        boolean descending = random.nextBoolean();
        List<String> expected = new ArrayList<>();
        rows.subMap(prefix, prefix + "~").forEach((pk, value) -> expected.add(pk + "=" + value));
        if (descending) {
            Collections.reverse(expected);
        }
        String query =
                "/v1/tables/%s/rows?prefix=%s&order=%s&%s"
                        .formatted(table, prefix, descending ? "desc" : "asc", WAIT);
        List<String> found = random.nextBoolean() ? pages(query) : stream(query);
        if (!found.equals(expected)) {
            throw new WrongAnswer(query + " found " + found + " where there was " + expected);
        }
    }

    private List<String> pages(String query) {
        List<String> found = new ArrayList<>();
        String after = "&limit=7";
        while (after != null) {
            Answer page = server().get(query + after);
            expect(page.status() == 200, query, page);
            JsonNode body = JSON.readTree(page.body());
            body.get("rows").forEach(row -> found.add(text(row)));
            after = body.has("next") ? "&limit=7&after=" + body.get("next").asString() : null;
        }
        return found;
    }

    private List<String> stream(String query) {
        Answer answer = server().get(query, "Accept", "application/x-ndjson");
        expect(answer.status() == 200 && !answer.body().contains("\"error\""), query, answer);
        return answer.body().lines().map(line -> text(JSON.readTree(line))).toList();
    }

    private static String text(JsonNode row) {
        return row.get("pk").asString() + "=" + row.get("data");
    }

    private void many() {
        List<String> pks = List.of(pk(), pk(), pk(), pk(), pk());
        StringBuilder keys = new StringBuilder();
        pks.forEach(pk -> keys.append(keys.isEmpty() ? "" : ",").append("{\"pk\":\"" + pk + "\"}"));
        Answer answer =
                server().post(
                                "/v1/tables/" + table + "/get?" + WAIT,
                                "application/json",
                                "{\"keys\":[" + keys + "]}");
        expect(answer.status() == 200, "many reads", answer);
        JsonNode found = JSON.readTree(answer.body()).get("rows");
        for (int i = 0; i < pks.size(); i++) {
            String value = rows.get(pks.get(i));
            JsonNode row = found.get(i);
            boolean right =
                    value == null
                            ? row.isNull()
                            : !row.isNull() && row.get("data").toString().equals(value);
            expect(
                    right,
                    "many reads of " + pks + ", where " + pks.get(i) + " is " + value,
                    answer);
        }
    }

    private void expect(boolean right, String what, Answer answer) {
        if (!right) {
            throw new WrongAnswer(what + ", step " + number + ": " + answer);
        }
    }
}
