package io.ebla.clustertest.equivalence;

import io.ebla.clustertest.equivalence.ExpectedRows.Life;
import io.ebla.clustertest.equivalence.Requests.Condition;
import io.ebla.clustertest.equivalence.Requests.Range;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One random stream of requests to two tables, each request to both before the next: what one answers the
 * other has to answer, and both what was written calls for. Where the lifetime of a row may have ended in one
 * of them while it was asked, either answer is right, and where that led to different rows they are made
 * alike again. One thread.
 */
final class TwoTables {

    static final String WAIT = "timeout=10s";

    private static final int REPEATED_MOST = 200;

    private final SteadfastClient client;
    private final List<String> tables;
    private final Requests requests;
    private final ExpectedRows rows = new ExpectedRows();
    private final TwoRanges ranges;

    /** Of each table the place of its last write. */
    private final String[] tokens = {"", ""};

    private final List<Keyed> repeated = new ArrayList<>();
    private int number;
    private int decided;
    private int undecided;
    private int ranOut;

    /** A write that came to be, to be sent again later, and what it was answered. */
    private record Keyed(String method, String path, String body, String key, Sent[] first) {}

    TwoTables(SteadfastClient client, List<String> tables, Requests requests) {
        this.client = client;
        this.tables = tables;
        this.requests = requests;
        this.ranges = new TwoRanges(client, tables, requests, rows);
    }

    void step() {
        number++;
        switch (requests.below(16)) {
            case 0, 1, 2 -> put(requests.row(), "");
            case 3, 4 -> put(requests.row(), requests.condition(number).text());
            case 5 -> delete(requests.row(), "");
            case 6 -> delete(requests.row(), requests.condition(number).text());
            case 7, 8 -> batch();
            case 9 -> again();
            case 10 -> read(requests.row(), "strong");
            case 11, 12 -> read(requests.row(), "session");
            case 13 -> local(requests.row());
            case 14 -> ranges(requests.range(), true);
            default -> ranges(requests.range(), false);
        }
    }

    /** All rows, in both orders. */
    void all() {
        ranges(new Range(Requests.pk(0), "~"), true);
        ranges(new Range(Requests.pk(0), "~"), false);
    }

    // ---------------------------------------------------------------- writes

    private void put(String row, String condition) {
        String value = requests.value(number);
        String path = rowPath(row) + requests.lifetime() + ifText(condition);
        Sent[] sent = write("PUT", path, value);
        if (judged(row, condition, sent)) {
            rows.put(row, value, expiries(sent));
        }
    }

    private void delete(String row, String condition) {
        Sent[] sent = write("DELETE", rowPath(row) + ifText(condition), "");
        if (judged(row, condition, sent)) {
            rows.delete(row);
        }
    }

    /** Whether the write came to be; different in both, it is made good. */
    private boolean judged(String row, String condition, Sent[] sent) {
        if (isDecided(row, sent)) {
            boolean there = rows.life(row, 0, sent[0]) == Life.THERE;
            boolean holds =
                    condition.isEmpty()
                            || new Condition(condition).holds(there ? rows.value(row) : null);
            same("write of " + row, sent);
            require(
                    sent[0].ok() == holds,
                    "write of " + row + ", which was " + rows.value(row),
                    sent);
            if (holds && !sent[0].answer().body().isEmpty()) {
                require(
                        sent[0].status() == (there ? 200 : 201),
                        "created or replaced " + row,
                        sent);
            }
        } else if (sent[0].ok() != sent[1].ok()) {
            settle(row);
            return false;
        }
        return sent[0].ok();
    }

    private void settle(String row) {
        number++;
        String value = requests.value(number);
        Sent[] sent = write("PUT", rowPath(row), value);
        require(sent[0].ok() && sent[1].ok(), "write of " + row, sent);
        rows.put(row, value, new long[] {0, 0});
    }

    /** Puts one row of a pk, deletes another and puts a third, if the first was as asked. */
    private void batch() {
        String pk = requests.pk();
        String value = requests.value(number);
        Condition condition = requests.oneIn(2) ? new Condition("") : requests.condition(number);
        String ifText = condition.text().isEmpty() ? "" : ",\"if\":\"" + condition.text() + "\"";
        String body =
                ("{\"ops\":[{\"put\":{\"pk\":\"PK\",\"data\":VALUE}IF},"
                                + "{\"delete\":{\"pk\":\"PK\",\"sk\":\"a\"}},"
                                + "{\"put\":{\"pk\":\"PK\",\"sk\":\"b\",\"data\":VALUE}}]}")
                        .replace("IF", ifText)
                        .replace("PK", pk)
                        .replace("VALUE", value);
        Sent[] sent = write("POST", "/batch?" + WAIT, body);
        boolean applied;
        if (isDecided(pk, sent)) {
            String before = rows.life(pk, 0, sent[0]) == Life.THERE ? rows.value(pk) : null;
            same("batch of " + pk, sent);
            applied = condition.text().isEmpty() || condition.holds(before);
            require(sent[0].ok() == applied, "batch of " + pk + ", which was " + before, sent);
        } else if (sent[0].ok() != sent[1].ok()) {
            settle(pk);
            settle(pk + "/a");
            settle(pk + "/b");
            return;
        } else {
            applied = sent[0].ok();
        }
        if (applied) {
            rows.put(pk, value, new long[] {0, 0});
            rows.delete(pk + "/a");
            rows.put(pk + "/b", value, new long[] {0, 0});
        }
    }

    /** An earlier write once more under its key: answered as it was, and nothing done. */
    private void again() {
        if (repeated.isEmpty()) {
            return;
        }
        Keyed write = repeated.get(requests.below(repeated.size()));
        for (int table = 0; table < 2; table++) {
            Sent sent = send(table, write.method(), write.path(), write.body(), write.key());
            Sent first = write.first()[table];
            boolean same =
                    sent.status() == first.status()
                            && sent.answer().etag().equals(first.answer().etag())
                            && Objects.equals(sent.comparable(), first.comparable())
                            && sent.answer().header("Idempotent-Replay").equals("true");
            require(same, "repetition of " + write.path() + ", first " + first, sent);
        }
    }

    private Sent[] write(String method, String path, String body) {
        String key = "key-" + number;
        Sent[] sent = new Sent[2];
        for (int table = 0; table < 2; table++) {
            sent[table] = send(table, method, path, body, key);
            if (sent[table].ok()) {
                tokens[table] = sent[table].answer().header("Ebla-Position");
                require(
                        sent[table].answer().committed() && !tokens[table].isEmpty(),
                        "write of " + path,
                        sent[table]);
            }
        }
        if (sent[0].ok() && sent[1].ok()) {
            if (repeated.size() == REPEATED_MOST) {
                repeated.remove(0);
            }
            repeated.add(new Keyed(method, path, body, key, sent));
        }
        return sent;
    }

    private Sent send(int table, String method, String path, String body, String key) {
        String whole = "/v1/tables/" + tables.get(table) + path;
        return body.isEmpty()
                ? client.send(method, whole, body, "Idempotency-Key", key)
                : client.send(
                        method,
                        whole,
                        body,
                        "Idempotency-Key",
                        key,
                        "Content-Type",
                        "application/json");
    }

    private static long[] expiries(Sent[] sent) {
        return Arrays.stream(sent)
                .map(each -> each.json().path("expiresAt").asString(""))
                .mapToLong(text -> text.isEmpty() ? 0 : Instant.parse(text).toEpochMilli())
                .toArray();
    }

    // ---------------------------------------------------------------- reads

    private void read(String row, String level) {
        Sent[] sent = new Sent[2];
        for (int table = 0; table < 2; table++) {
            boolean session = level.equals("session") && !tokens[table].isEmpty();
            String path = "/v1/tables/" + tables.get(table) + rowPath(row);
            sent[table] =
                    session
                            ? client.send(
                                    "GET",
                                    path + "&read=session",
                                    "",
                                    "Ebla-Position",
                                    tokens[table])
                            : client.send("GET", path, "");
            judge(level + " read of " + row, row, table, sent[table]);
        }
        if (isDecided(row, sent)) {
            same(level + " read of " + row, sent);
        }
    }

    /** Each for itself, by what was written. */
    private void judge(String what, String row, int table, Sent sent) {
        Life life = rows.life(row, table, sent);
        ranOut += rows.ranOut(row, table, sent) ? 1 : 0;
        boolean there = sent.status() == 200 && sent.answer().body().equals(rows.value(row));
        boolean gone = sent.status() == 404;
        require(
                life == Life.THERE ? there : life == Life.GONE ? gone : there || gone,
                what + ", " + life + ": " + rows.value(row),
                sent);
    }

    /** Whatever the row ever was, for a replica may be behind. */
    private void local(String row) {
        for (int table = 0; table < 2; table++) {
            String path = "/v1/tables/" + tables.get(table) + rowPath(row) + "&read=local";
            Sent sent = client.send("GET", path, "");
            boolean once = sent.status() == 200 && rows.wasEver(row, sent.answer().body());
            require(once || sent.status() == 404, "local read of " + row, sent);
        }
    }

    private void ranges(Range range, boolean pages) {
        String wrong = ranges.compare(range, pages, tokens);
        if (!wrong.isEmpty()) {
            throw new AssertionError(at() + wrong);
        }
    }

    // ---------------------------------------------------------------- what is compared

    private boolean isDecided(String row, Sent[] sent) {
        boolean sure = rows.isDecided(row, sent);
        decided += sure ? 1 : 0;
        undecided += sure ? 0 : 1;
        return sure;
    }

    private void same(String what, Sent[] sent) {
        boolean same =
                sent[0].status() == sent[1].status()
                        && Objects.equals(sent[0].comparable(), sent[1].comparable());
        require(same, what, sent);
    }

    private void require(boolean right, String what, Sent... sent) {
        if (!right) {
            StringBuilder text = new StringBuilder(at()).append(what);
            for (Sent each : sent) {
                text.append('\n').append(each);
            }
            throw new AssertionError(text.toString());
        }
    }

    private String at() {
        return "step " + number + " at " + tables + ": ";
    }

    private static String rowPath(String row) {
        return "/rows/" + row + "?" + WAIT;
    }

    private static String ifText(String condition) {
        return condition.isEmpty()
                ? ""
                : "&if=" + URLEncoder.encode(condition, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** How many rows were found gone for their time had run out. */
    int ranOut() {
        return ranOut;
    }

    int steps() {
        return number;
    }

    @Override
    public String toString() {
        return "%d steps, %d answers compared, %d left open by lifetimes that ended meanwhile, %d rows run out"
                .formatted(number, decided, undecided, ranOut);
    }
}
