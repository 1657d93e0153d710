package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Call;
import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Read;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Condition;
import io.ebla.clustertest.history.Operation;
import io.ebla.clustertest.history.Result;
import io.ebla.clustertest.history.Result.Accepted;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Seen;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One client that sends a random mix of strong reads, writes, conditional writes, deletes and batches to
 * random nodes, one after another, and records each with the moments around it. What nobody answered is
 * {@code unknown} for a write and nothing for a read. One thread.
 */
final class RecordedClient {

    private static final JsonMapper JSON = new JsonMapper();

    private final String name;
    private final List<Api> nodes;
    private final Rows rows;
    private final Recorder recorder;
    private final Random random;
    private long writes;

    RecordedClient(String name, List<Api> nodes, Rows rows, Recorder recorder, Random random) {
        this.name = name;
        this.nodes = nodes;
        this.rows = rows;
        this.recorder = recorder;
        this.random = random;
    }

    /**
     * One operation.
     *
     * @return whether anybody answered it
     */
    boolean step() {
        String pk = rows.pk(random);
        String sk = rows.sk(random);
        int choice = random.nextInt(100);
        if (choice < 40) {
            return get(pk, sk);
        } else if (choice < 50 && Rows.joined(pk)) {
            return range(pk);
        } else if (choice < 65 && Rows.joined(pk)) {
            return batch(pk);
        }
        return single(pk, sk);
    }

    /** A strong read of one row. */
    boolean get(String pk, String sk) {
        Api node = node();
        long invoked = System.nanoTime();
        Answer answer = node.get(Api.row(Rows.TABLE, pk, sk) + "?timeout=2s");
        long returned = System.nanoTime();
        Map<String, Optional<Seen>> found = new HashMap<>();
        if (answer.status() == 200) {
            found.put(sk, Optional.of(new Seen(text(answer.body()), unquoted(answer.etag()))));
        } else if (answer.status() == 404 && answer.body().contains("\"row_not_found\"")) {
            found.put(sk, Optional.empty());
        } else {
            return unanswered("read", answer, node);
        }
        return read(node, pk, new Read(List.of(sk)), invoked, returned, found);
    }

    private boolean range(String pk) {
        Api node = node();
        long invoked = System.nanoTime();
        Answer answer =
                node.get(
                        "/v1/tables/" + Rows.TABLE + "/rows?timeout=2s&pk=" + pk,
                        "Accept",
                        "application/json");
        long returned = System.nanoTime();
        if (answer.status() != 200) {
            return unanswered("range", answer, node);
        }
        Map<String, Optional<Seen>> found = new HashMap<>();
        Rows.sks().forEach(sk -> found.put(sk, Optional.empty()));
        for (JsonNode row : JSON.readTree(answer.body()).get("rows")) {
            Seen seen = new Seen(row.get("data").asString(), row.get("version").asString());
            found.put(row.get("sk").asString(), Optional.of(seen));
        }
        return read(node, pk, new Read(Rows.sks()), invoked, returned, found);
    }

    private boolean read(
            Api node,
            String pk,
            Read call,
            long invoked,
            long returned,
            Map<String, Optional<Seen>> found) {
        found.forEach((sk, seen) -> seen.ifPresent(each -> rows.saw(pk, sk, each.version())));
        record(node, pk, call, invoked, returned, new Found(found));
        return true;
    }

    private boolean single(String pk, String sk) {
        Change change = change(pk, sk, random.nextInt(6) == 0 ? Kind.DELETE : Kind.PUT);
        Write write = new Write(List.of(change), false);
        List<String> headers = new ArrayList<>(headers(change.condition()));
        String options = "?timeout=2s" + (random.nextInt(16) == 0 ? "&acks=local" : "");
        if (random.nextInt(25) == 0) {
            write = new Write(List.of(change), true);
            options = "?timeout=150ms&acks=all&onTimeout=revert";
        }
        Api node = node();
        String path = Api.row(Rows.TABLE, pk, sk) + options;
        String[] all = headers.toArray(String[]::new);
        long invoked = System.nanoTime();
        Answer answer =
                change.kind() == Kind.PUT
                        ? node.put(path, "\"" + change.value() + "\"", all)
                        : node.delete(path, all);
        return wrote(node, pk, write, invoked, answer);
    }

    private boolean batch(String pk) {
        List<Change> changes = new ArrayList<>();
        for (String sk : Rows.sks()) {
            int choice = random.nextInt(10);
            if (choice < 7) {
                changes.add(
                        change(
                                pk,
                                sk,
                                choice == 0 ? Kind.CHECK : choice == 1 ? Kind.DELETE : Kind.PUT));
            }
        }
        if (changes.isEmpty()) {
            return true;
        }
        String body =
                changes.stream()
                        .map(change -> json(pk, change))
                        .collect(Collectors.joining(",", "{\"ops\":[", "]}"));
        Api node = node();
        String path = "/v1/tables/" + Rows.TABLE + "/batch?timeout=2s";
        long invoked = System.nanoTime();
        Answer answer = node.post(path, "application/json", body);
        return wrote(node, pk, new Write(changes, false), invoked, answer);
    }

    private Change change(String pk, String sk, Kind kind) {
        String value = kind == Kind.PUT ? name + "-" + ++writes : "";
        String version = rows.version(pk, sk);
        int choice = random.nextInt(10);
        Condition condition =
                choice < 3 && version != null
                        ? Condition.version(version)
                        : choice == 3 ? Condition.ABSENT : Condition.NONE;
        return new Change(kind, sk, value, condition);
    }

    private static List<String> headers(Condition condition) {
        if (condition instanceof Condition.Version version) {
            return List.of("If-Match", "\"" + version.version() + "\"");
        }
        return condition instanceof Condition.Absent ? List.of("If-None-Match", "*") : List.of();
    }

    private static String json(String pk, Change change) {
        String key = "\"pk\":\"" + pk + "\",\"sk\":\"" + change.row() + "\"";
        String what =
                switch (change.kind()) {
                    case PUT -> "\"put\":{" + key + ",\"data\":\"" + change.value() + "\"}";
                    case DELETE -> "\"delete\":{" + key + "}";
                    case CHECK -> "\"check\":{" + key + "}";
                };
        String condition =
                change.condition() instanceof Condition.Version version
                        ? "version == '" + version.version() + "'"
                        : change.condition() instanceof Condition.Absent ? "pk == null" : "true";
        return "{" + what + ",\"if\":\"" + condition + "\"}";
    }

    private boolean wrote(Api node, String pk, Write write, long invoked, Answer answer) {
        long returned = System.nanoTime();
        Result result = result(pk, write, answer);
        if (result == null) {
            recorder.wrong(node.server() + ": " + write + ": " + answer);
            result = Result.UNKNOWN;
        }
        record(node, pk, write, invoked, returned, result);
        return !answer.lost() && answer.status() < 500;
    }

    private Result result(String pk, Write write, Answer answer) {
        return switch (answer.outcome()) {
            case "committed" ->
                    answer.ok()
                            ? new Committed(versions(pk, write, answer), created(write, answer))
                            : new Committed(List.of(), Optional.empty());
            case "accepted" -> new Accepted(answer.ok() ? versions(pk, write, answer) : List.of());
            case "reverted" -> Result.REVERTED;
            case "unknown" -> Result.UNKNOWN;
            case "not_applied" ->
                    answer.status() == 412
                            ? Result.CONDITION_FAILED
                            : answer.lost() || answer.status() == 503 || answer.status() == 429
                                    ? Result.NOT_APPLIED
                                    : null;
            default -> null;
        };
    }

    private List<String> versions(String pk, Write write, Answer answer) {
        List<String> versions = new ArrayList<>();
        boolean batch = answer.etag().isEmpty() && answer.body().contains("\"results\"");
        for (int i = 0; i < write.changes().size(); i++) {
            Change change = write.changes().get(i);
            String version =
                    change.kind() != Kind.PUT
                            ? ""
                            : batch
                                    ? JSON.readTree(answer.body())
                                            .get("results")
                                            .get(i)
                                            .get("version")
                                            .asString()
                                    : unquoted(answer.etag());
            if (!version.isEmpty()) {
                rows.saw(pk, change.row(), version);
            }
            versions.add(version);
        }
        return versions;
    }

    private static Optional<Boolean> created(Write write, Answer answer) {
        boolean put = write.changes().size() == 1 && write.changes().get(0).kind() == Kind.PUT;
        return put && !answer.etag().isEmpty()
                ? Optional.of(answer.status() == 201)
                : Optional.empty();
    }

    private void record(
            Api node, String pk, Call call, long invoked, long returned, Result result) {
        String note = name + " at " + node.server().getAuthority();
        recorder.add(new Operation(pk, call, invoked, returned, result, note), Rows.tablet(pk));
    }

    private boolean unanswered(String what, Answer answer, Api node) {
        recorder.count(what + (answer.lost() ? " lost" : " " + answer.status()));
        boolean excused =
                answer.lost()
                        || answer.status() == 503
                        || answer.status() == 504
                        || answer.status() == 429;
        if (!excused) {
            recorder.wrong(node.server() + ": " + what + ": " + answer);
        }
        return false;
    }

    private Api node() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    private static String text(String json) {
        return JSON.readTree(json).asString();
    }

    private static String unquoted(String etag) {
        return etag.replace("\"", "");
    }
}
