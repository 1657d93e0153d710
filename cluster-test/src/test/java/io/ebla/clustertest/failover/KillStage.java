package io.ebla.clustertest.failover;

import io.ebla.clustertest.failover.KillCell.Way;
import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import io.ebla.core.failpoint.NodeMoment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;

/**
 * What a cell's procedure is about: the tablets it needs, who does what in them, and how it is begun. The
 * table of the load has two tablets, of which the first is split and merged again; a fourth server has no
 * part in a tablet before one moves there. One thread.
 */
final class KillStage implements AutoCloseable {

    static final String LONE = "lone";

    private static final String TABLE = Rows.TABLE;
    private static final String BOUND = "{\"at\":{\"pk\":\"f\"}}";
    private static final String ALIGNING = "merge.aligning";
    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 90));
    private static final Duration ASK_AGAIN = Duration.ofMillis(100);

    /** A split that does not come is cancelled after two minutes. */
    private static final Duration CANCELLED_BY = Duration.ofSeconds(240);

    private final ClusterProcesses cluster;
    private final ArmedPoints points;
    private final ClusterLook look;
    private final Topology topology;
    private final Random random;
    private final List<ClusterNode> drained = new ArrayList<>();
    private final ExecutorService asker = Executors.newSingleThreadExecutor();
    private final List<Future<?>> asking = new ArrayList<>();
    private volatile boolean reached;
    private volatile String lastRefusal = "";
    private ClusterNode master;
    private ClusterNode rightMaster;
    private ClusterNode slave;
    private ClusterNode free;
    private ClusterNode crowded;
    private String tablet;

    KillStage(ClusterProcesses cluster, ArmedPoints points, Random random) {
        this.cluster = cluster;
        this.points = points;
        this.look = new ClusterLook(cluster);
        this.topology = new Topology(cluster);
        this.random = random;
    }

    // ---------------------------------------------------------------- before

    /** Makes the tables. */
    void found() {
        Api api = new Api(cluster.tabletServers().get(0).uri());
        String two = "{\"replicas\":3,\"splitAt\":[\"p\"]}";
        await("the table", () -> api.put("/v1/tables/" + TABLE, two).ok());
        await("the other table", () -> api.put("/v1/tables/" + LONE, "{\"replicas\":3}").ok());
        await("its row", () -> api.put(Api.row(LONE, "only", null), "1").committed());
    }

    /** Waits until nothing is under way, and everybody has what the masters have. */
    void awaitRest() {
        String[] unrest = new String[1];
        boolean rests =
                Eventually.happens(
                        PATIENCE,
                        () -> {
                            unrest[0] = look.unrest(List.of(TABLE, LONE));
                            return unrest[0].isEmpty();
                        });
        if (!rests) {
            throw new AssertionError("no rest: " + unrest[0]);
        }
        String uncovered = look.uncovered(TABLE);
        if (!uncovered.isEmpty()) {
            throw new AssertionError("not covered once: " + uncovered);
        }
        topology.awaitCopies(look.tablets(TABLE).size())
                .ifPresent(
                        behind -> {
                            throw new AssertionError("copies are behind: " + behind);
                        });
    }

    /** Brings the tablets into the form that a cell needs, and sees who is who. */
    void prepare(KillCell cell) {
        // What is even moves nothing, and a balance that began when the last cell was over ends by
        // it.
        await("balancing is paused", () -> look.balancing(true).status() == 202);
        awaitRest();
        boolean divided = look.tablets(TABLE).size() == 3;
        boolean wanted =
                switch (cell.procedure()) {
                    case SPLIT -> false;
                    case MERGE, MOVE, DRAIN, REBALANCE -> true;
                    default -> divided;
                };
        if (divided != wanted) {
            String first = path(look.tablets(TABLE).get(0).get("id").asString());
            boolean[] asked = new boolean[1];
            await(
                    "there are " + (wanted ? 3 : 2) + " tablets",
                    () -> {
                        asked[0] =
                                asked[0]
                                        || (divided
                                                ? look.post(first + "/merge", "").ok()
                                                : look.post(first + "/split", BOUND).ok());
                        return look.tablets(TABLE).size() == (wanted ? 3 : 2);
                    });
            awaitRest();
        }
        cast();
        if (cell.procedure() == Procedure.REBALANCE) {
            crowd();
            cast();
        } else if (cell.point().equals(ALIGNING)) {
            part();
        }
        reached = false;
    }

    /** The right one of two has a replica where the left one has none: else there is nothing to align. */
    private void part() {
        JsonNode right = look.tablets(TABLE).get(1);
        if (holds(right, free)) {
            return;
        }
        ClusterNode from =
                cluster.tabletServers().stream()
                        .filter(node -> holds(right, node) && node != rightMaster)
                        .findFirst()
                        .orElseThrow();
        String move = "{\"from\":\"" + from.id() + "\",\"to\":\"" + free.id() + "\"}";
        String path = path(right.get("id").asString()) + "/move";
        await("a move of the right one begins", () -> look.post(path, move).ok());
        await("it has moved", () -> holds(look.tablets(TABLE).get(1), free));
        awaitRest();
    }

    /**
     * One node masters all that it has a replica of: the one that has most, which is three of four tablets at
     * least, so that others master none, and one of those can have one.
     */
    private void crowd() {
        Map<ClusterNode, Integer> held = new LinkedHashMap<>();
        for (String table : List.of(TABLE, LONE)) {
            for (JsonNode each : look.tablets(table)) {
                each.get("replicas")
                        .forEach(
                                replica ->
                                        held.merge(
                                                cluster.node(replica.get("node").asString()),
                                                1,
                                                Integer::sum));
            }
        }
        crowded = Collections.max(held.entrySet(), Map.Entry.comparingByValue()).getKey();
        for (String table : List.of(TABLE, LONE)) {
            for (JsonNode each : look.tablets(table)) {
                if (holds(each, crowded)) {
                    String id = each.get("id").asString();
                    await(crowded.id() + " masters " + id, () -> masters(table, id));
                }
            }
        }
        awaitRest();
    }

    /** Whether it does; else that is asked for. */
    private boolean masters(String table, String id) {
        boolean so =
                look.tablets(table).stream()
                        .filter(each -> each.get("id").asString().equals(id))
                        .anyMatch(each -> each.path("master").asString("").equals(crowded.id()));
        if (!so) {
            String path = "/v1/tables/" + table + "/tablets/" + id + "/master";
            look.post(path, "{\"to\":\"" + crowded.id() + "\"}");
            Eventually.pause(ASK_AGAIN);
        }
        return so;
    }

    private static boolean holds(JsonNode tablet, ClusterNode node) {
        for (JsonNode replica : tablet.get("replicas")) {
            if (replica.get("node").asString().equals(node.id())) {
                return true;
            }
        }
        return false;
    }

    private void cast() {
        List<JsonNode> tablets = look.tablets(TABLE);
        JsonNode first = tablets.get(0);
        tablet = first.get("id").asString();
        master = cluster.node(first.get("master").asString());
        rightMaster = cluster.node(tablets.get(1).get("master").asString());
        List<ClusterNode> slaves = new ArrayList<>();
        List<ClusterNode> others = new ArrayList<>(cluster.tabletServers());
        for (JsonNode replica : first.get("replicas")) {
            ClusterNode holder = cluster.node(replica.get("node").asString());
            others.remove(holder);
            if (holder != master) {
                slaves.add(holder);
            }
        }
        slave = slaves.get(random.nextInt(slaves.size()));
        free = others.get(0);
    }

    /** Those of whom the first that comes to the moment is the victim. */
    List<ClusterNode> candidates(KillCell cell) {
        return switch (cell.victim()) {
            case META_LEADER -> List.of(topology.metaLeader());
            case MASTER -> List.of(master);
            case RIGHT_MASTER -> List.of(rightMaster);
            case SLAVE -> List.of(slave);
            case TARGET -> List.of(cell.procedure() == Procedure.MOVE ? free : slave);
            case SOURCE -> List.of(cell.procedure() == Procedure.MOVE ? slave : master);
            case ANOTHER ->
                    cluster.tabletServers().stream().filter(each -> each != master).toList();
            case ANYBODY -> cluster.tabletServers();
        };
    }

    // ---------------------------------------------------------------- the procedure

    /** Begins it, and waits for no answer: who would give it may be held. */
    void begin(KillCell cell) {
        switch (cell.way()) {
            case USUAL -> begin(cell.procedure(), cell.point());
            case NO_MIDDLE -> {
                String only = look.tablets(LONE).get(0).get("id").asString();
                ask("/v1/tables/" + LONE + "/tablets/" + only + "/split", "{}");
            }
            case TWO_DOWN -> {
                master.kill();
                slave.kill();
                ask(path(tablet) + "/split", BOUND);
                if (cell.victim() != KillCell.Victim.META_LEADER) {
                    await(CANCELLED_BY, "it is cancelled", () -> phaseOf("split", "cancelling"));
                    master.start();
                    slave.start();
                }
            }
            case MERGE_HELD -> {
                points.arm(List.of(master), NodeMoment.MERGE_FINISHED.point());
                begin(Procedure.MERGE, cell.point());
            }
            case TARGET_PAUSED -> {
                slave.pause();
                begin(Procedure.HAND_OVER, cell.point());
            }
            case TARGET_DRAINED -> {
                String held = NodeMoment.STORE_REPLACED.point();
                points.arm(List.of(free), held);
                begin(Procedure.MOVE, cell.point());
                await("the target is held", () -> points.heldAt(held).isPresent());
                drain(free);
            }
            case PAUSED -> {
                String held = NodeMoment.LEASE_GIVEN_UP.point();
                points.arm(List.of(crowded), held);
                begin(Procedure.REBALANCE, cell.point());
                await("the master is held", () -> points.heldAt(held).isPresent());
                asking.add(asker.submit(() -> look.balancing(true)));
            }
            case TAKEN_BACK -> {
                drain(master);
                ask("/v1/cluster/nodes/" + master.id() + "/undrain", "");
            }
        }
    }

    private void begin(Procedure procedure, String point) {
        switch (procedure) {
            case SPLIT -> {
                boolean middle =
                        point.equals("split.choosing")
                                || point.equals(NodeMoment.SPLIT_CHOSEN.point());
                ask(path(tablet) + "/split", middle ? "{}" : BOUND);
            }
            case MERGE -> ask(path(tablet) + "/merge", "");
            case MOVE ->
                    ask(
                            path(tablet) + "/move",
                            "{\"from\":\"" + slave.id() + "\",\"to\":\"" + free.id() + "\"}");
            case HAND_OVER -> ask(path(tablet) + "/master", "{\"to\":\"" + slave.id() + "\"}");
            case DRAIN -> drain(master);
            case ELECTION -> master.kill();
            case REBALANCE ->
                    await("balancing goes on", () -> look.balancing(false).status() == 202);
        }
    }

    private void drain(ClusterNode node) {
        drained.add(node);
        ask("/v1/cluster/nodes/" + node.id() + "/drain", "");
    }

    /**
     * What is refused for now is asked for again, until the victim is where it was to be. One after the
     * other.
     */
    private void ask(String path, String body) {
        asking.add(
                asker.submit(
                        () -> {
                            Answer answer = look.post(path, body);
                            while (answer.status() != 202 && !answer.lost() && !reached) {
                                lastRefusal = path + ": " + answer;
                                Eventually.pause(ASK_AGAIN);
                                answer = look.post(path, body);
                            }
                        }));
    }

    /** The victim is there: what was asked for has begun. */
    void reached() {
        reached = true;
    }

    /** What was last said to what was not begun, for the report of a failure. */
    String lastRefusal() {
        return lastRefusal;
    }

    private boolean phaseOf(String kind, String phase) {
        return look.operations().orElse(List.of()).stream()
                .anyMatch(
                        each ->
                                each.get("kind").asString().equals(kind)
                                        && each.get("phase").asString().equals(phase));
    }

    /** How long it may take until the victim is there. */
    Duration patience(KillCell cell) {
        return cell.way() == Way.TWO_DOWN ? CANCELLED_BY : PATIENCE;
    }

    // ---------------------------------------------------------------- after

    /** Takes back all that was done to bring the procedure where it was to be. */
    void release() {
        points.clear();
        for (ClusterNode node : cluster.nodes()) {
            node.resume();
            if (node.endedByItself()) {
                throw new AssertionError(node.id() + " ended by itself");
            }
        }
        cluster.start();
        await("all that was asked for is answered", () -> asking.stream().allMatch(Future::isDone));
        asking.clear();
        for (ClusterNode node : drained) {
            String path = "/v1/cluster/nodes/" + node.id();
            await(
                    "the drain ends",
                    () ->
                            look.operations()
                                    .filter(all -> all.stream().noneMatch(KillStage::drains))
                                    .isPresent());
            await("undrained", () -> look.post(path + "/undrain", "").status() == 202);
        }
        drained.clear();
    }

    @Override
    public void close() {
        reached = true;
        asker.shutdown();
    }

    private static boolean drains(JsonNode operation) {
        return operation.get("kind").asString().equals("drain")
                && operation.get("state").asString().equals("running");
    }

    private static String path(String id) {
        return "/v1/tables/" + TABLE + "/tablets/" + id;
    }

    private void await(String what, BooleanSupplier event) {
        await(PATIENCE, what, event);
    }

    private void await(Duration patience, String what, BooleanSupplier event) {
        if (!Eventually.happens(patience, event)) {
            throw new AssertionError("not so: " + what);
        }
    }
}
