package io.ebla.clustertest.failover;

import io.ebla.clustertest.history.Call;
import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Read;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Condition;
import io.ebla.clustertest.history.Operation;
import io.ebla.clustertest.history.Result;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Seen;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One client that sends a random mix of reads of all levels, writes, conditional writes, deletes and batches,
 * some of them again and again under an Idempotency-Key, and records each with the moments around it. What
 * nobody answered is {@code unknown} for a write and nothing for a read. It stays with a node for a while,
 * and leaves one that does not answer, or else all clients would soon wait for the one that is dead. One
 * thread.
 */
final class RecordedClient {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int ATTEMPTS_MAX = 6;

    private final String name;
    private final List<Api> nodes;
    private final Rows rows;
    private final Recorder recorder;
    private final Random random;
    private int at;
    private long writes;
    private long keys;

    RecordedClient(String name, List<Api> nodes, Rows rows, Recorder recorder, Random random) {
        this.name = name;
        this.nodes = nodes;
        this.rows = rows;
        this.recorder = recorder;
        this.random = random;
        this.at = random.nextInt(nodes.size());
    }

    /**
     * One operation.
     *
     * @return whether anybody answered it
     */
    boolean step() {
        if (random.nextInt(4) == 0) {
            at = random.nextInt(nodes.size());
        }
        String pk = rows.pk(random);
        String sk = rows.sk(random);
        int choice = random.nextInt(100);
        boolean answered;
        if (choice < 30) {
            answered = get(pk, sk);
        } else if (choice < 45) {
            answered = weakly(pk, sk, random.nextInt(4) > 0);
        } else if (choice < 53 && Rows.joined(pk)) {
            answered = range(pk);
        } else if (choice < 68 && Rows.joined(pk)) {
            answered = batch(pk);
        } else {
            answered = single(pk, sk);
        }
        if (!answered) {
            elsewhere();
        }
        return answered;
    }

    private void elsewhere() {
        at = (at + 1 + random.nextInt(nodes.size() - 1)) % nodes.size();
    }

    /** A strong read of one row. */
    boolean get(String pk, String sk) {
        Api node = nodes.get(at);
        long invoked = System.nanoTime();
        Answer answer = node.get(Api.row(Rows.TABLE, pk, sk) + "?timeout=2s");
        long returned = System.nanoTime();
        Optional<Seen> seen = seen(answer);
        if (seen == null) {
            return unanswered("read", answer, node);
        }
        rows.reached(pk, answer.header("Ebla-Position"));
        return read(node, pk, new Read(List.of(sk)), invoked, returned, Map.of(sk, seen));
    }

    /** A session read, or a local one. */
    private boolean weakly(String pk, String sk, boolean session) {
        Rows.Token token = session ? rows.token(pk) : null;
        String level = token == null ? "local" : "session";
        String path = Api.row(Rows.TABLE, pk, sk) + "?timeout=2s&read=" + level;
        Api node = nodes.get(at);
        Answer answer =
                token == null ? node.get(path) : node.get(path, "Ebla-Position", token.text());
        long returned = System.nanoTime();
        Optional<Seen> seen = seen(answer);
        if (seen == null) {
            return unanswered(level + " read", answer, node);
        }
        Optional<Place> reached = Place.ofPosition(answer.header("Ebla-Position"));
        recorder.add(
                new SessionReads.Read(
                        pk,
                        sk,
                        token == null ? Place.BEFORE_ALL : token.place(),
                        reached,
                        seen,
                        returned,
                        note(node)));
        return true;
    }

    /** Null if it is no answer to a read of one row. */
    static Optional<Seen> seen(Answer answer) {
        if (answer.status() == 200) {
            String version = WriteAnswers.unquoted(answer.etag());
            return Optional.of(new Seen(JSON.readTree(answer.body()).asString(), version));
        }
        boolean none = answer.status() == 404 && answer.body().contains("\"row_not_found\"");
        return none ? Optional.empty() : null;
    }

    private boolean range(String pk) {
        Api node = nodes.get(at);
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
        int choice = random.nextInt(50);
        boolean revertible = choice < 2;
        String query =
                revertible
                        ? WriteCall.REVERTED
                        : choice < 5
                                ? WriteCall.ONE_COPY
                                : choice < 10 ? WriteCall.ALL_COPIES : WriteCall.USUAL;
        String key = !revertible && random.nextInt(4) == 0 ? key() : "";
        return write(new WriteCall(pk, write(List.of(change), revertible), false, query, key));
    }

    private boolean batch(String pk) {
        List<Change> changes = new ArrayList<>();
        for (String sk : Rows.sks()) {
            int choice = random.nextInt(10);
            Kind kind = choice == 0 ? Kind.CHECK : choice == 1 ? Kind.DELETE : Kind.PUT;
            if (choice < 7) {
                changes.add(change(pk, sk, kind));
            }
        }
        String key = random.nextInt(4) == 0 ? key() : "";
        return changes.isEmpty()
                || write(new WriteCall(pk, write(changes, false), true, WriteCall.USUAL, key));
    }

    /** A put of a row that depends on nothing. */
    boolean put(String pk, String sk) {
        Change change = new Change(Kind.PUT, sk, value(), Condition.NONE);
        boolean answered =
                write(new WriteCall(pk, write(List.of(change), false), false, WriteCall.USUAL, ""));
        if (!answered) {
            elsewhere();
        }
        return answered;
    }

    private static Write write(List<Change> changes, boolean revertible) {
        return new Write(changes, revertible);
    }

    private String key() {
        return name + "-key-" + ++keys;
    }

    private String value() {
        return name + "-" + ++writes;
    }

    private Change change(String pk, String sk, Kind kind) {
        String version = rows.version(pk, sk);
        int choice = random.nextInt(10);
        Condition condition =
                choice < 3 && version != null
                        ? Condition.version(version)
                        : choice == 3 ? Condition.ABSENT : Condition.NONE;
        return new Change(kind, sk, kind == Kind.PUT ? value() : "", condition);
    }

    /** Sends it, with a key until it is known what has become of it. */
    private boolean write(WriteCall call) {
        List<Result> attempts = new ArrayList<>();
        long invoked = System.nanoTime();
        Api node;
        Answer answer;
        while (true) {
            node = nodes.get(at);
            answer = call.sendTo(node);
            Result result = WriteAnswers.result(call, answer);
            if (result == null || !WriteAnswers.namesAllCopies(call, answer)) {
                recorder.wrong(node.server() + ": " + call + ": " + answer);
                result = Result.UNKNOWN;
            }
            attempts.add(result);
            if (call.key().isEmpty()
                    || !WriteAnswers.open(result)
                    || attempts.size() == ATTEMPTS_MAX) {
                break;
            }
            recorder.count("repeated");
            elsewhere();
            Eventually.pause(Duration.ofMillis(random.nextInt(200)));
        }
        long returned = System.nanoTime();
        if (attempts.size() == 1 && answer.notSent()) {
            recorder.count("write not sent");
            return false;
        }
        Result result = WriteAnswers.together(attempts);
        Operation operation = record(node, call.pk(), call.write(), invoked, returned, result);
        if (result instanceof Committed committed) {
            told(call, committed, operation, answer.header("Ebla-Position"));
        }
        if (WriteAnswers.replayed(answer)) {
            recorder.count("replayed");
        }
        return !answer.lost() && answer.status() < 500;
    }

    private void told(WriteCall call, Committed committed, Operation operation, String position) {
        List<Change> changes = call.write().changes();
        for (int i = 0; i < committed.versions().size(); i++) {
            if (!committed.versions().get(i).isEmpty()) {
                rows.saw(call.pk(), changes.get(i).row(), committed.versions().get(i));
            }
        }
        rows.reached(call.pk(), position);
        Place.ofPosition(position).ifPresent(place -> recorder.place(operation, place));
    }

    private Operation record(
            Api node, String pk, Call call, long invoked, long returned, Result result) {
        Operation operation = new Operation(pk, call, invoked, returned, result, note(node));
        recorder.add(operation, Rows.tablet(pk));
        return operation;
    }

    private String note(Api node) {
        return name + " at " + node.server().getAuthority();
    }

    private boolean unanswered(String what, Answer answer, Api node) {
        String end = answer.notSent() ? "not sent" : answer.lost() ? "lost" : "" + answer.status();
        recorder.count(what + " " + end);
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
}
