package io.ebla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.cli.server.Rehearsal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One stream of operations at two tables of a server, one of which is split all the time, and its tablets
 * merged again if that is so asked, and the other never: each operation is answered alike, and in the end
 * both hold the same. What differs by nature, versions and times, is left out. The stream goes on until
 * enough splits and merges are done, however fast it is. {@code -Dseed=} does it again.
 */
class SplitEquivalenceTest {

    private static final int OPERATIONS = 400;
    private static final int SPLIT_EVERY = 20;
    private static final int TABLETS_LEAST = 5;
    private static final int TABLETS_MOST = 11;
    private static final int MERGES_LEAST = 3;
    private static final int PKS = 40;
    private static final List<String> BY_NATURE =
            List.of("version", "createdAt", "updatedAt", "expiresAt", "replicas", "next");

    private static final JsonMapper JSON = JsonMapper.shared();

    private static Rehearsal server;

    private Random random;
    private String whole;
    private String parts;
    private final List<String> merges = new ArrayList<>();
    private final List<Supplier<String[]>> repeated = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        server = PatientServer.start();
        // Whoever has just begun to lead the metadata splits nothing for some seconds.
        send("PUT", "/v1/tables/first", "{}");
        String first = "/v1/tables/first/tablets/" + tablets("first").get(0).path("id").asString();
        String at = "{\"at\":{\"pk\":\"m\"}}";
        awaitEqual("it is begun: ", () -> send("POST", first + "/split", at).status(), () -> 202);
        awaitEqual("the first split: ", () -> tablets("first").size(), () -> 2);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"disk,1", "disk,2", "memory,3"})
    void aTableThatIsSplitAnswersAsOneThatIsNot(String store, long number) throws Exception {
        long seed = Long.getLong("seed", number);
        begin(store, seed);
        long begun = System.nanoTime();
        int tablets = 1;
        for (int i = 0; i < OPERATIONS || tablets < TABLETS_LEAST; i++) {
            if (random.nextInt(SPLIT_EVERY) == 0 && tablets < TABLETS_MOST) {
                split();
            }
            operation("seed " + seed + ", operation " + i + ": ", i);
            tablets = tablets(parts).size();
            hasTime(begun, tablets + " tablets");
        }
        holdTheSame("seed " + seed + ", in the end: ");
    }

    @ParameterizedTest
    @CsvSource({"disk,4", "memory,5"})
    void aTableThatIsSplitAndMergedAnswersAsOneThatIsNot(String store, long number)
            throws Exception {
        long seed = Long.getLong("seed", number);
        begin(store, seed);
        long begun = System.nanoTime();
        for (int i = 0; i < OPERATIONS || merged() < MERGES_LEAST; i++) {
            if (random.nextInt(SPLIT_EVERY) == 0) {
                split();
            }
            if (random.nextInt(5) == 0) {
                merge();
            }
            operation("seed " + seed + ", operation " + i + ": ", i);
            hasTime(begun, merged() + " merges of " + merges.size());
        }
        awaitEqual("merges that run: ", this::running, () -> 0);
        holdTheSame("seed " + seed + ", in the end: ");
    }

    private static void hasTime(long begun, String sofar) {
        assertThat(System.nanoTime() - begun).as(sofar).isLessThan(TimeUnit.MINUTES.toNanos(5));
    }

    private void begin(String store, long seed) throws Exception {
        random = new Random(seed);
        whole = "whole-" + store + seed;
        parts = "parts-" + store + seed;
        for (String table : List.of(whole, parts)) {
            Told made = send("PUT", "/v1/tables/" + table, "{\"store\":\"" + store + "\"}");
            assertThat(made.status()).as(made.body()).isEqualTo(201);
        }
    }

    private void holdTheSame(String of) throws Exception {
        same(of + "rows", rows(whole, "?limit=50"), rows(parts, "?limit=50"));
        same(of + "back", rows(whole, "?order=desc"), rows(parts, "?order=desc"));
        awaitEqual(of, () -> figure(whole, "rows"), () -> figure(parts, "rows"));
        awaitEqual(of, () -> figure(whole, "bytes"), () -> figure(parts, "bytes"));
        assertThat(tablets(whole).size()).isEqualTo(1);
    }

    // ---------------------------------------------------------------- splits and merges

    /** Some tablet, at some key or in the middle; it goes on beside the operations. */
    private void split() throws Exception {
        JsonNode tablets = tablets(parts);
        JsonNode tablet = tablets.get(random.nextInt(tablets.size()));
        String at = random.nextInt(3) == 0 ? "{}" : "{\"at\":{\"pk\":\"" + pk() + "\"}}";
        String path = "/v1/tables/" + parts + "/tablets/" + tablet.get("id").asString() + "/split";
        Told begun = send("POST", path, at);
        // Outside of it, or reshaped already, or it is no more; too often, or nobody leads.
        assertThat(begun.status()).as(begun.body()).isIn(202, 404, 409, 422, 429, 503);
    }

    /** Some tablet with the one behind it; likewise. */
    private void merge() throws Exception {
        JsonNode tablets = tablets(parts);
        String id = tablets.get(random.nextInt(tablets.size())).get("id").asString();
        Told begun = send("POST", "/v1/tables/" + parts + "/tablets/" + id + "/merge", null);
        // The last one, or reshaped already, or it is no more.
        assertThat(begun.status()).as(begun.body()).isIn(202, 404, 409, 422, 429, 503);
        String operation =
                begun.status() == 202
                        ? JSON.readTree(begun.body()).get("operation").asString()
                        : null;
        if (operation != null && !merges.contains(operation)) {
            merges.add(operation);
        }
    }

    private int merged() throws Exception {
        return count("done");
    }

    private int running() throws Exception {
        return count("running");
    }

    private int count(String state) throws Exception {
        int count = 0;
        for (String merge : merges) {
            Told told = send("GET", "/v1/cluster/operations/" + merge, null);
            // Nobody may lead the metadata for a moment.
            assertThat(told.status()).as(told.body()).isIn(200, 503);
            String known =
                    told.status() == 200
                            ? JSON.readTree(told.body()).get("state").asString()
                            : "running";
            count += known.equals(state) ? 1 : 0;
        }
        return count;
    }

    // ---------------------------------------------------------------- operations

    private String pk() {
        return String.format("k%02d", random.nextInt(PKS));
    }

    private void operation(String of, int number) throws Exception {
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> put(of, number);
            case 4 -> both(of, "PUT", row() + condition(number), value(number));
            case 5 -> both(of, "DELETE", row(), null);
            case 6 -> both(of, "DELETE", row() + condition(number), null);
            case 7 -> both(of, "POST", "/batch", batch(number));
            case 8, 9 -> bulk(of, number);
            case 10 -> remove(of);
            case 11 -> again(of);
            case 12, 13 -> both(of, "GET", row(), null);
            case 14 -> both(of, "POST", "/get", keys());
            default -> {
                String range = range() + (random.nextBoolean() ? "&order=desc" : "");
                String page = range + "&limit=" + (1 + random.nextInt(20));
                same(of + page, rows(whole, page), rows(parts, page));
            }
        }
    }

    private String row() {
        String sk = random.nextInt(3) == 0 ? "/s" + random.nextInt(3) : "";
        return "/rows/" + pk() + sk;
    }

    private String value(int number) {
        String more = random.nextInt(6) == 0 ? ",\"more\":\"" + "x".repeat(5_000) + "\"" : "";
        return "{\"n\":" + number + more + "}";
    }

    private String condition(int number) {
        return switch (random.nextInt(3)) {
            case 0 -> "?if=pk==null";
            case 1 -> "?if=pk!=null";
            default -> "?if=data.n%3E" + random.nextInt(number + 1);
        };
    }

    private String range() {
        String one = pk();
        String other = pk();
        boolean ordered = one.compareTo(other) <= 0;
        return "?from=" + (ordered ? one : other) + "&to=" + (ordered ? other : one);
    }

    /** Some live for an hour; some bear a key, and come again at any time. */
    private void put(String of, int number) throws Exception {
        String path = row() + (random.nextInt(4) == 0 ? "?ttl=1h" : "");
        String body = value(number);
        String key = random.nextInt(3) == 0 ? "key-" + number : null;
        if (key != null) {
            repeated.add(() -> new String[] {path, body, key});
        }
        both(of, "PUT", path, body, key);
    }

    private void again(String of) throws Exception {
        if (!repeated.isEmpty()) {
            String[] request = repeated.get(random.nextInt(repeated.size())).get();
            both(of + "again ", "PUT", request[0], request[1], request[2]);
        }
    }

    private String batch(int number) {
        String pk = pk();
        String key = "{\"pk\":\"" + pk + "\",\"sk\":\"";
        return "{\"ops\":[{\"put\":"
                + key
                + "s0\",\"data\":"
                + number
                + "}},"
                + "{\"delete\":"
                + key
                + "s1\"}},"
                + "{\"put\":"
                + key
                + "s2\",\"data\":{\"n\":"
                + number
                + "}}"
                + (random.nextBoolean() ? ",\"if\":\"pk == null\"" : "")
                + "}]}";
    }

    /** Lines of the same rows again and again: the last one counts. */
    private void bulk(String of, int number) throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 20 + random.nextInt(200); i > 0; i--) {
            lines.append("{\"pk\":\"").append(pk()).append("\",");
            lines.append(
                    random.nextInt(10) == 0
                            ? "\"delete\":true}"
                            : "\"data\":{\"n\":" + (number * 1_000 + i) + "}}");
            lines.append('\n');
        }
        Told one = send("POST", path(whole, "/rows"), lines.toString(), "application/x-ndjson");
        Told other = send("POST", path(parts, "/rows"), lines.toString(), "application/x-ndjson");
        same(of + "bulk", one, other);
        same(of + "after a bulk", rows(whole, ""), rows(parts, ""));
    }

    private void remove(String of) throws Exception {
        String range = range();
        assertThat(removed(parts, range))
                .as(of + "delete " + range)
                .isEqualTo(removed(whole, range));
    }

    private static int removed(String table, String range) throws Exception {
        int removed = 0;
        String after = "";
        while (after != null) {
            Told told = send("DELETE", path(table, "/rows" + range + after), null);
            assertThat(told.status()).as(told.body()).isEqualTo(200);
            JsonNode answer = JSON.readTree(told.body());
            removed += answer.get("deleted").asInt();
            after = answer.has("next") ? "&after=" + answer.get("next").asString() : null;
        }
        return removed;
    }

    private String keys() {
        return "{\"keys\":[{\"pk\":\"" + pk() + "\"},{\"pk\":\"" + pk() + "\",\"sk\":\"s0\"}]}";
    }

    // ---------------------------------------------------------------- what is compared

    private void both(String of, String method, String path, String body) throws Exception {
        both(of, method, path, body, null);
    }

    private void both(String of, String method, String path, String body, String key)
            throws Exception {
        Told one = send(method, path(whole, path), body, "application/json", key);
        Told other = send(method, path(parts, path), body, "application/json", key);
        same(of + method + " " + path, one, other);
    }

    private static void same(String what, Told one, Told other) {
        assertThat(other.status()).as(what + "\n" + other.body()).isEqualTo(one.status());
        assertThat(comparable(other.body())).as(what).isEqualTo(comparable(one.body()));
    }

    /** Problems name their table: only their codes are alike. */
    private static Object comparable(String body) {
        if (!body.startsWith("{")) {
            return body;
        }
        JsonNode tree = JSON.readTree(body);
        return tree.has("code") ? tree.get("code") : without(tree);
    }

    private static JsonNode without(JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            BY_NATURE.forEach(object::remove);
        }
        tree.forEach(SplitEquivalenceTest::without);
        return tree;
    }

    /** All rows of a range: a page may be short. */
    private static Told rows(String table, String query) throws Exception {
        StringBuilder all = new StringBuilder("{\"rows\":[");
        String after = "";
        while (after != null) {
            String sign = query.isEmpty() ? "?" : "&";
            String from = after.isEmpty() ? "" : sign + "after=" + after;
            Told page = send("GET", path(table, "/rows" + query + from), null);
            assertThat(page.status()).as(page.body()).isEqualTo(200);
            JsonNode answer = JSON.readTree(page.body());
            for (JsonNode row : answer.get("rows")) {
                all.append(all.length() > 9 ? "," : "").append(row);
            }
            after = answer.has("next") ? answer.get("next").asString() : null;
        }
        return new Told(200, all.append("]}").toString());
    }

    private static JsonNode tablets(String table) throws Exception {
        return JSON.readTree(send("GET", path(table, "/tablets"), null).body()).get("tablets");
    }

    private static long figure(String table, String name) throws Exception {
        long sum = 0;
        for (JsonNode tablet : tablets(table)) {
            sum += tablet.path(name).asLong();
        }
        return sum;
    }

    private interface Figure {

        long read() throws Exception;
    }

    /** Counts are a guess until both children are counted. */
    private static void awaitEqual(String of, Figure one, Figure other) throws Exception {
        long begun = System.nanoTime();
        while (one.read() != other.read()) {
            assertThat(System.nanoTime() - begun)
                    .as(of + one.read() + " is not " + other.read())
                    .isLessThan(TimeUnit.SECONDS.toNanos(120));
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    // ---------------------------------------------------------------- requests

    private static String path(String table, String rest) {
        return "/v1/tables/" + table + rest;
    }

    private static Told send(String method, String path, String body) throws Exception {
        return send(method, path, body, "application/json");
    }

    private static Told send(String method, String path, String body, String type)
            throws Exception {
        return send(method, path, body, type, null);
    }

    private static Told send(String method, String path, String body, String type, String key)
            throws Exception {
        return Told.by(server.url() + path, method, body, type, key);
    }
}
