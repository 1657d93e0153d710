package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A table of a benchmark, with keys of eight hexadecimal digits and values that do not compress, and what
 * is done to its tablets by way of the API; without any library. Thread-safe.
 */
final class BenchTable {

    /** The key in the middle of all keys. */
    static final String MIDDLE = "{\"at\":{\"pk\":\"8\"}}";

    private static final int BULK_ROWS = 2_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String NOISE = noise(new Random(7));
    private static final Pattern TABLETS = Pattern.compile("\"id\":\"");

    private final URI server;
    private final String name;
    private final int rowBytes;
    private final Api api;

    /** A table that there is not yet. */
    BenchTable(URI server, String name, int replicas, int rowBytes) {
        this.server = server;
        this.name = name;
        this.rowBytes = rowBytes;
        this.api = new Api(server);
        String options = "{\"replicas\":" + replicas + "}";
        await("a table", () -> api.put("/v1/tables/" + name, options).ok());
    }

    private static String noise(Random random) {
        byte[] bytes = new byte[3 << 20];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    void load(int rows) {
        Random random = new Random(1);
        for (int row = 0; row < rows; row += BULK_ROWS) {
            StringBuilder lines = new StringBuilder();
            for (int i = row; i < Math.min(rows, row + BULK_ROWS); i++) {
                lines.append("{\"pk\":\"").append(key(random)).append("\",\"base64\":\"");
                lines.append(value(random, (rowBytes + 2) / 3 * 4)).append("\"}\n");
            }
            String path = "/v1/tables/" + name + "/rows";
            Answer answer = api.post(path, "application/x-ndjson", lines.toString());
            if (answer.status() != 200) {
                throw new AssertionError(answer.toString());
            }
        }
    }

    /** Of a client's own: its connection is shared with nobody. */
    Api client() {
        return new Api(server);
    }

    boolean put(Api client, Random random) {
        String row = Api.row(name, key(random), null) + "?timeout=10s";
        return client.put(row, "\"" + value(random, rowBytes - 2) + "\"").ok();
    }

    /** Whether a write of a row and a read of it are answered now. */
    boolean serves(Api client, String pk) {
        String row = Api.row(name, pk, null) + "?timeout=1s";
        return client.put(row, "1").ok() && client.get(row).ok();
    }

    private static String key(Random random) {
        return String.format("%08x", random.nextInt());
    }

    /** Of letters of base64; of four each they are three bytes. */
    private static String value(Random random, int length) {
        int at = random.nextInt(NOISE.length() - length);
        return NOISE.substring(at, at + length);
    }

    /** @param at {@link #MIDDLE}, or nothing: where the bytes have their middle */
    void split(String at) {
        perform("split", at);
    }

    /** The first tablet with the next one. */
    void merge() {
        perform("merge", "{}");
    }

    void handOver(String to) {
        perform("master", "{\"to\":\"" + to + "\"}");
    }

    void move(String from, String to) {
        perform("move", "{\"from\":\"" + from + "\",\"to\":\"" + to + "\"}");
    }

    /** To the first tablet, and until it is done. */
    private void perform(String what, String body) {
        awaitDone(begin(what, body));
    }

    /**
     * Asks for something to be done to the first tablet.
     *
     * @return the operation
     */
    String begin(String what, String body) {
        String path = "/v1/tables/" + name + "/tablets/" + id() + "/" + what;
        List<Answer> begun = new ArrayList<>();
        await(
                what,
                () -> {
                    begun.add(0, api.post(path, "application/json", body));
                    return begun.get(0).status() == 202;
                });
        return text(begun.get(0), "operation");
    }

    void awaitDone(String operation) {
        await(
                "operation " + operation,
                () -> {
                    Answer answer = api.get("/v1/cluster/operations/" + operation);
                    if (answer.body().contains("\"aborted\"")) {
                        throw new AssertionError(answer.toString());
                    }
                    return answer.body().contains("\"done\"");
                });
    }

    /** How many there are, as far as the server knows. */
    int tablets() {
        Answer answer = api.get("/v1/tables/" + name + "/tablets");
        return (int) TABLETS.matcher(answer.body()).results().count();
    }

    /** Which node masters the first tablet. */
    String master() {
        return first("master");
    }

    /** Of the first tablet. */
    String id() {
        return first("id");
    }

    private String first(String text) {
        return text(api.get("/v1/tables/" + name + "/tablets"), text);
    }

    private static String text(Answer answer, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]+)\"").matcher(answer.body());
        if (!found.find()) {
            throw new AssertionError(answer.toString());
        }
        return found.group(1);
    }

    private static void await(String what, BooleanSupplier event) {
        if (!Eventually.happens(PATIENCE, event)) {
            throw new AssertionError("not in time: " + what);
        }
    }
}
