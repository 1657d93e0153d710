package io.ebla.clustertest.equivalence;

import io.ebla.clustertest.equivalence.ExpectedRows.Life;
import io.ebla.clustertest.equivalence.Requests.Range;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A range of both tables, in pages or as a stream: each is what was written, and they are alike but for rows
 * whose lifetime may have ended meanwhile. One thread.
 */
final class TwoRanges {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int PAGE_ROWS_MAX = 15;

    private final SteadfastClient client;
    private final List<String> tables;
    private final Requests requests;
    private final ExpectedRows rows;

    TwoRanges(SteadfastClient client, List<String> tables, Requests requests, ExpectedRows rows) {
        this.client = client;
        this.tables = tables;
        this.requests = requests;
        this.rows = rows;
    }

    /**
     * What is wrong, or nothing.
     *
     * @param tokens of each table what a session read brings, empty for none
     */
    String compare(Range range, boolean pages, String[] tokens) {
        boolean descending = requests.oneIn(2);
        boolean session = requests.oneIn(2) && !tokens[0].isEmpty() && !tokens[1].isEmpty();
        int limit = 1 + requests.below(PAGE_ROWS_MAX);
        String query =
                "/rows?from=%s&to=%s&order=%s&%s%s"
                        .formatted(
                                range.from(),
                                range.to(),
                                descending ? "desc" : "asc",
                                TwoTables.WAIT,
                                session ? "&read=session" : "");
        List<List<JsonNode>> found = new ArrayList<>();
        Sent[] sent = new Sent[2];
        for (int table = 0; table < 2; table++) {
            List<JsonNode> of = new ArrayList<>();
            String token = session ? tokens[table] : "";
            String path = "/v1/tables/" + tables.get(table) + query;
            sent[table] = pages ? pages(path, limit, token, of) : stream(path, token, of);
            found.add(of);
        }
        Set<String> between = rows.between(range.from(), range.to());
        for (int table = 0; table < 2; table++) {
            List<String> told = told(found.get(table), table, sent[table]);
            List<String> expected = expected(between, table, sent[table], descending);
            if (!told.equals(expected)) {
                return "%s of %s\nfound    %s\nexpected %s"
                        .formatted(query, tables.get(table), told, expected);
            }
        }
        List<String> one = comparable(found.get(0), sent);
        List<String> other = comparable(found.get(1), sent);
        return one.equals(other) ? "" : query + "\n" + one + "\n" + other;
    }

    private List<String> told(List<JsonNode> found, int table, Sent sent) {
        return found.stream()
                .filter(row -> rows.life(name(row), table, sent) != Life.EITHER)
                .map(row -> name(row) + "=" + row.get("data"))
                .toList();
    }

    private List<String> expected(Set<String> between, int table, Sent sent, boolean descending) {
        List<String> expected = new ArrayList<>();
        for (String row : between) {
            if (rows.life(row, table, sent) == Life.THERE) {
                expected.add(row + "=" + rows.value(row));
            }
        }
        if (descending) {
            Collections.reverse(expected);
        }
        return expected;
    }

    private List<String> comparable(List<JsonNode> found, Sent[] sent) {
        return found.stream()
                .filter(row -> rows.isDecided(name(row), sent))
                .map(row -> Sent.comparable(row.deepCopy()).toString())
                .toList();
    }

    private static String name(JsonNode row) {
        String pk = row.get("pk").asString();
        return row.has("sk") ? pk + "/" + row.get("sk").asString() : pk;
    }

    private Sent pages(String path, int limit, String token, List<JsonNode> found) {
        Sent first = null;
        Sent last = null;
        String after = "";
        while (after != null) {
            last = get(path + "&limit=" + limit + after, "application/json", token);
            first = first == null ? last : first;
            JsonNode body = last.json();
            body.get("rows").forEach(found::add);
            after = body.has("next") ? "&after=" + body.get("next").asString() : null;
        }
        return new Sent(last.answer(), first.fromMillis(), last.toMillis());
    }

    private Sent stream(String path, String token, List<JsonNode> found) {
        Sent sent = get(path, "application/x-ndjson", token);
        sent.answer().body().lines().map(JSON::readTree).forEach(found::add);
        return sent;
    }

    private Sent get(String path, String accept, String token) {
        Sent sent =
                token.isEmpty()
                        ? client.send("GET", path, "", "Accept", accept)
                        : client.send("GET", path, "", "Accept", accept, "Ebla-Position", token);
        if (sent.status() != 200) {
            throw new AssertionError(path + ": " + sent);
        }
        return sent;
    }
}
