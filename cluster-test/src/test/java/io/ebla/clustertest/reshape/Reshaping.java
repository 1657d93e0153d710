package io.ebla.clustertest.reshape;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Splits, merges, moves and hand-overs of one table, each asked for until it is taken, awaited, and asked for
 * again if it came to nothing. All that is asked for is asked of the servers given, one after the other.
 * One thread.
 */
public final class Reshaping {

    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final List<Api> servers;
    private final String table;
    private final Supplier<String> report;
    private int asked;
    private int aborted;

    /** @param report what is told with a failure */
    public Reshaping(List<Api> servers, String table, Supplier<String> report) {
        this.servers = List.copyOf(servers);
        this.table = table;
        this.report = report;
    }

    public void create(String options) {
        await("table " + table, () -> ask("PUT", "/v1/tables/" + table, options).ok());
    }

    /** The tablet that has the key becomes two, the right one of which begins with it. */
    public void split(String at) {
        perform(
                "split at " + at,
                () -> begin(tabletOf(at), "split", "{\"at\":{\"pk\":\"" + at + "\"}}"));
    }

    /** The tablet that has the key and its right neighbour become one. */
    public void merge(String pk) {
        perform("merge at " + pk, () -> begin(tabletOf(pk), "merge", ""));
    }

    /** The replica at the master goes to a node that has none, or that of another member. */
    public void move(String pk, boolean ofMaster) {
        perform(
                "move at " + pk,
                () -> {
                    JsonNode tablet = tabletOf(pk);
                    String master = text(tablet, "master");
                    List<String> members = members(tablet);
                    String from =
                            members.stream()
                                    .filter(node -> node.equals(master) == ofMaster)
                                    .findFirst()
                                    .orElse("");
                    String to =
                            nodes().stream()
                                    .filter(node -> !members.contains(node))
                                    .findFirst()
                                    .orElse("");
                    return from.isEmpty() || to.isEmpty()
                            ? Optional.empty()
                            : begin(
                                    tablet,
                                    "move",
                                    "{\"from\":\"" + from + "\",\"to\":\"" + to + "\"}");
                });
    }

    /** Another member becomes the master. */
    public void handOver(String pk) {
        perform(
                "hand-over at " + pk,
                () -> {
                    JsonNode tablet = tabletOf(pk);
                    List<String> members = members(tablet);
                    int master = members.indexOf(text(tablet, "master"));
                    String to = members.get((master + 1) % members.size());
                    return begin(tablet, "master", "{\"to\":\"" + to + "\"}");
                });
    }

    /** All replicas leave the node, which takes part again afterwards. */
    public void drain(String node) {
        String path = "/v1/cluster/nodes/" + node;
        perform("drain of " + node, () -> operation(ask("POST", path + "/drain", "")));
        await("undrained", () -> ask("POST", path + "/undrain", "").ok());
    }

    /** How many operations came to nothing and were asked for again. */
    public int aborted() {
        return aborted;
    }

    // ---------------------------------------------------------------- what there is

    /** The node that masters the tablet which has the key. */
    public String master(String pk) {
        String[] master = {""};
        await(
                "a master",
                () -> {
                    master[0] = text(tabletOf(pk), "master");
                    return !master[0].isEmpty();
                });
        return master[0];
    }

    /** The nodes with a replica of the tablet that has the key. */
    public List<String> members(String pk) {
        return members(tabletOf(pk));
    }

    private static List<String> members(JsonNode tablet) {
        List<String> members = new ArrayList<>();
        tablet.path("replicas").forEach(replica -> members.add(text(replica, "node")));
        return members;
    }

    /** The keys at which tablets begin, in their order; that of the first is empty. */
    public List<String> bounds() {
        return tablets().stream().map(tablet -> text(tablet, "from")).toList();
    }

    /** In key order. */
    private List<JsonNode> tablets() {
        List<JsonNode> tablets = new ArrayList<>();
        await(
                "the tablets",
                () -> {
                    Answer answer = ask("GET", "/v1/tables/" + table + "/tablets", "");
                    if (answer.ok()) {
                        tablets.clear();
                        JSON.readTree(answer.body()).get("tablets").forEach(tablets::add);
                    }
                    return answer.ok();
                });
        return tablets;
    }

    private JsonNode tabletOf(String pk) {
        JsonNode found = null;
        for (JsonNode tablet : tablets()) {
            found = text(tablet, "from").compareTo(pk) <= 0 ? tablet : found;
        }
        return found;
    }

    private List<String> nodes() {
        List<String> nodes = new ArrayList<>();
        await(
                "the nodes",
                () -> {
                    Answer answer = ask("GET", "/v1/cluster", "");
                    if (answer.ok()) {
                        JSON.readTree(answer.body())
                                .path("nodes")
                                .forEach(node -> nodes.add(text(node, "id")));
                    }
                    return answer.ok();
                });
        return nodes;
    }

    private boolean allServe() {
        return tablets().stream().allMatch(tablet -> text(tablet, "state").equals("serving"));
    }

    private static String text(JsonNode node, String name) {
        return node.path(name).asString("");
    }

    // ---------------------------------------------------------------- what is asked for

    private Optional<String> begin(JsonNode tablet, String what, String body) {
        String path = "/v1/tables/" + table + "/tablets/" + text(tablet, "id") + "/" + what;
        return operation(ask("POST", path, body));
    }

    /** Empty when it was not taken: something else is under way, or nobody leads the metadata. */
    private static Optional<String> operation(Answer begun) {
        return begun.status() == 202
                ? Optional.of(text(JSON.readTree(begun.body()), "operation"))
                : Optional.empty();
    }

    private void perform(String what, Supplier<Optional<String>> begin) {
        await(
                what,
                () -> {
                    Optional<String> operation = begin.get();
                    return operation.isPresent() && isDone(operation.get());
                });
        await("all serve after " + what, this::allServe);
    }

    private boolean isDone(String operation) {
        String[] state = {""};
        await(
                "operation " + operation,
                () -> {
                    Answer answer = ask("GET", "/v1/cluster/operations/" + operation, "");
                    state[0] =
                            answer.ok() ? text(JSON.readTree(answer.body()), "state") : "running";
                    return !state[0].equals("running");
                });
        boolean done = state[0].equals("done");
        aborted += done ? 0 : 1;
        return done;
    }

    private Answer ask(String method, String path, String body) {
        Api server = servers.get(asked++ % servers.size());
        return body.isEmpty()
                ? server.send(method, path, body)
                : server.send(method, path, body, "Content-Type", "application/json");
    }

    private void await(String what, BooleanSupplier event) {
        if (!Eventually.happens(PATIENCE, event)) {
            throw new AssertionError("not in time: " + what + "\n" + report.get());
        }
    }
}
