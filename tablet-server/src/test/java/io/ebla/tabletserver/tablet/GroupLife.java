package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.tablet.GroupLedger.Violation;
import io.ebla.tabletserver.tablet.GroupLedger.Write;
import io.ebla.tabletserver.tablet.LocalGroup.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One life of a tablet group, all of it drawn from a seed: writes, reads, crashes, cuts, slow syncs, clocks
 * that drift and step, elections with and without need. Then everything is healed, and the {@link
 * GroupLedger} judges.
 */
final class GroupLife {

    private static final long MILLI = 1_000_000L;
    private static final int KEYS = 4;
    private static final String[] NAMES = {"a", "b", "c", "d"};

    /**
     * How much happens.
     *
     * @param flushes whether stores are flushed and log is freed: a replica that then lacks what nobody's
     *     log holds any more needs a snapshot, which this group has no way to fetch
     */
    record Plan(int replicas, int millis, int meanPauseMillis, boolean flushes) {

        static final Plan OF_THREE = new Plan(3, 3_000, 4, false);
        static final Plan OF_FIVE = new Plan(5, 3_000, 4, false);
    }

    private final long seed;
    private final Plan plan;
    private final Random random;
    private final GroupLedger ledger = new GroupLedger();
    private final LocalGroup group;
    private final SimulatedMeta meta;
    private final List<Runnable> open = new ArrayList<>();
    private final Map<Node, Long> wallSteps = new HashMap<>();
    private int values;
    private String[] lastValue = new String[KEYS];

    /** @param removed what is left out of the protocol, {@link Tampering#NONE} as a rule */
    GroupLife(long seed, Plan plan, Tampering removed) {
        this.seed = seed;
        this.plan = plan;
        this.random = new Random(seed);
        Tampering watching = new Watching(removed);
        this.group =
                new LocalGroup(
                        random.nextLong(),
                        plan.replicas(),
                        TabletSettings.DEFAULTS,
                        ReplicationSettings.DEFAULTS,
                        watching);
        this.meta = new SimulatedMeta(group, random.nextLong(), watching);
    }

    GroupLedger ledger() {
        return ledger;
    }

    LocalGroup group() {
        return group;
    }

    SimulatedMeta meta() {
        return meta;
    }

    /** @throws Violation that names the seed */
    void live() {
        try {
            weather();
            long end = group.nowNanos() + plan.millis() * MILLI;
            while (group.nowNanos() < end) {
                happen();
                pass(1 + random.nextInt(2 * plan.meanPauseMillis()));
            }
            settle();
            ledger.judge();
        } catch (Violation found) {
            Violation named = new Violation("seed " + seed + ": " + found.getMessage());
            named.initCause(found);
            throw named;
        }
    }

    private void weather() {
        if (random.nextInt(3) == 0) {
            group.world.delayMaxMicros = 1_000 + random.nextInt(60_000);
        }
        if (random.nextInt(3) == 0) {
            group.world.lossPerMille = random.nextInt(150);
        }
        if (random.nextInt(3) == 0) {
            group.world.repeatPerMille = random.nextInt(150);
        }
        if (random.nextInt(3) == 0) {
            group.world.syncMaxMicros = 1_000 + random.nextInt(30_000);
        }
        for (Node node : group.nodes()) {
            node.clock.drift(random.nextInt(9_001) - 4_500);
        }
        pass(700);
    }

    /** Lets time pass, looking at every step. */
    void pass(long millis) {
        group.runUntil(
                () -> {
                    ledger.look(group.nodes());
                    return false;
                },
                millis);
        List<Runnable> still = List.copyOf(open);
        open.clear();
        still.forEach(Runnable::run);
    }

    // ---------------------------------------------------------------- what happens

    private void happen() {
        int what = random.nextInt(1_000);
        if (what < 480) {
            write(client());
        } else if (what < 860) {
            read(client());
        } else if (what < 880) {
            stop(anyNode());
        } else if (what < 915) {
            restartOne();
        } else if (what < 935) {
            group.cut(anyNode(), anyNode());
        } else if (what < 945) {
            group.isolate(anyNode());
        } else if (what < 952) {
            meta.cut(anyNode());
        } else if (what < 972) {
            group.heal();
            meta.heal();
        } else if (what < 978) {
            meta.suspect(anyNode());
        } else if (what < 981) {
            meta.changeLeader();
        } else if (what < 986) {
            Node node = anyNode();
            node.syncsHeld = true;
            group.after(random.nextInt(600) * MILLI, () -> node.syncsHeld = false);
        } else if (what < 992) {
            if (plan.flushes()) {
                flush(anyNode());
            }
        } else if (what < 994) {
            stepWall(anyNode(), random.nextInt(4_001) - 2_000);
        } else {
            isolateTheMaster();
        }
    }

    private static void flush(Node node) {
        if (node.isUp()) {
            node.flush();
        }
    }

    private void stepWall(Node node, long millis) {
        node.clock.stepWall(millis);
        wallSteps.merge(node, millis, Long::sum);
    }

    private Node anyNode() {
        return group.node(1 + random.nextInt(plan.replicas()));
    }

    private void stop(Node node) {
        long up = group.nodes().stream().filter(Node::isUp).count();
        if (node.isUp() && (up > plan.replicas() / 2 + 1 || random.nextInt(4) == 0)) {
            if (random.nextBoolean()) {
                node.crash();
            } else {
                node.kill();
            }
        }
    }

    private void restartOne() {
        for (Node node : group.nodes()) {
            if (!node.isUp()) {
                restart(node);
                return;
            }
        }
    }

    private void restart(Node node) {
        node.restart();
        meta.lives(node);
    }

    /** The cut that leases are for: slaves and meta go on without the master, clients do not. */
    void isolateTheMaster() {
        for (Node node : group.nodes()) {
            if (node.isUp() && node.state() == TabletState.SERVING) {
                group.isolate(node);
                meta.cut(node);
                return;
            }
        }
    }

    /** A node that thinks it serves, if there is one, the older as likely as the newer. */
    private Node client() {
        List<Node> serving = new ArrayList<>();
        for (Node node : group.nodes()) {
            if (node.isUp() && node.state().servesStrongReads()) {
                serving.add(node);
            }
        }
        return serving.isEmpty() || random.nextInt(20) == 0
                ? anyNode()
                : serving.get(random.nextInt(serving.size()));
    }

    void write(Node node) {
        if (!node.isUp()) {
            return;
        }
        int row = random.nextInt(KEYS);
        String key = NAMES[row];
        boolean delete = random.nextInt(12) == 0;
        String value = delete ? null : "v" + values++;
        String expected =
                switch (random.nextInt(8)) {
                    case 0 -> GroupLedger.ABSENT;
                    case 1 -> lastValue[row] == null ? GroupLedger.ABSENT : lastValue[row];
                    default -> null;
                };
        RowCondition condition =
                expected == null
                        ? RowCondition.ALWAYS
                        : (any, met) ->
                                met.map(SimulatedTablet::text)
                                        .orElse(GroupLedger.ABSENT)
                                        .equals(expected);
        RowOperation operation =
                delete
                        ? new RowOperation.Delete(RowKey.of(key), condition)
                        : SimulatedTablet.put(key, value, 0, condition);
        int copies =
                switch (random.nextInt(8)) {
                    case 0 -> 1;
                    case 1 -> WriteRequest.ALL;
                    default -> WriteRequest.QUORUM;
                };
        WriteRequest request =
                new WriteRequest(
                        List.of(operation),
                        copies,
                        random.nextInt(5) == 0,
                        group.deadline(node, 20 + random.nextInt(1_500)),
                        "",
                        null,
                        null);
        Write write = ledger.begin(key, value, expected);
        lastValue[row] = value;
        Answers<WriteResult> answer = new Answers<>();
        node.tablet()
                .write(
                        request,
                        node.whileThisRunLives(),
                        (result, failure) -> {
                            answer.complete(result, failure);
                            ledger.ended(write, answer);
                        });
    }

    void read(Node node) {
        if (!node.isUp()) {
            return;
        }
        String key = NAMES[random.nextInt(KEYS)];
        boolean strong = random.nextInt(10) != 0;
        long floor = ledger.now();
        node.tablet()
                .get(
                        RowKey.of(key),
                        strong ? ReadLevel.STRONG : ReadLevel.LOCAL,
                        null,
                        group.deadline(node, 20 + random.nextInt(1_500)),
                        node.whileThisRunLives(),
                        (result, failure) -> {
                            if (failure == null) {
                                ledger.read(
                                        key,
                                        floor,
                                        strong,
                                        result.row()
                                                .map(SimulatedTablet::text)
                                                .orElse(GroupLedger.ABSENT));
                            }
                        });
    }

    // ---------------------------------------------------------------- the end

    /** Heals everything and waits until a master serves and all have applied what it has. */
    private void settle() {
        group.heal();
        meta.heal();
        group.world.lossPerMille = 0;
        group.world.repeatPerMille = 0;
        wallSteps.forEach((node, millis) -> node.clock.stepWall(-millis));
        for (Node node : group.nodes()) {
            node.syncsHeld = false;
            if (!node.isUp()) {
                restart(node);
            }
        }
        boolean settled = false;
        for (int i = 0; i < 4 && !settled; i++) {
            settled =
                    group.runUntil(
                            () -> {
                                ledger.look(group.nodes());
                                return settled();
                            },
                            5_000);
            if (!settled && master() != null) {
                write(master()); // a slave may wait for the next entry to hear of the last commit
            }
        }
        if (!settled) {
            throw new Violation("the group does not come to rest: " + describe());
        }
        for (String name : NAMES) {
            Node master = master();
            long floor = ledger.now();
            Answers<ReadResult> answer = master.get(name);
            group.await(answer);
            ledger.read(name, floor, true, group.value(answer).orElse(GroupLedger.ABSENT));
        }
    }

    private Node master() {
        for (Node node : group.nodes()) {
            if (node.state() == TabletState.SERVING
                    && node.leaseHolds()
                    && node.tablet().pipeline().masterEpoch() == meta.tablet().epoch()) {
                return node;
            }
        }
        return null;
    }

    private boolean settled() {
        Node master = master();
        if (master == null) {
            return false;
        }
        long head = master.tablet().pipeline().appendedIndex();
        for (Node node : group.nodes()) {
            if (node.tablet().pipeline().applied().index() != head) {
                return false;
            }
        }
        return true;
    }

    private String describe() {
        StringBuilder text = new StringBuilder("meta " + meta.tablet().epoch() + " ");
        text.append(meta.tablet().master()).append("; ");
        for (Node node : group.nodes()) {
            WritePipeline pipeline = node.tablet().pipeline();
            text.append(node)
                    .append(' ')
                    .append(node.state())
                    .append(" epoch ")
                    .append(pipeline.masterEpoch())
                    .append(" log ")
                    .append(pipeline.appendedIndex())
                    .append(" committed ")
                    .append(pipeline.committedIndex())
                    .append(" applied ")
                    .append(pipeline.applied().index())
                    .append("; ");
        }
        return text.toString();
    }

    /** Looks on at what stores apply, and passes everything else to whatever is removed. */
    private final class Watching implements Tampering {

        private final Tampering removed;

        private Watching(Tampering removed) {
            this.removed = removed;
        }

        @Override
        public TabletStore store(Node node, TabletStore store) {
            return ledger.watch(node, removed.store(node, store));
        }

        @Override
        public Oplog oplog(Node node, Oplog oplog) {
            return removed.oplog(node, oplog);
        }

        @Override
        public ReplicationSettings replication(Node node, ReplicationSettings settings) {
            return removed.replication(node, settings);
        }

        @Override
        public Assignment assignment(Node node, Assignment assignment) {
            return removed.assignment(node, assignment);
        }

        @Override
        public ReplicaMessage message(Node target, ReplicaMessage message) {
            return removed.message(target, message);
        }

        @Override
        public NodeBeat.Reply reply(Node from, NodeBeat.Reply reply) {
            return removed.reply(from, reply);
        }

        @Override
        public NodeApi.FenceAnswer answer(Node from, NodeApi.FenceAnswer answer) {
            return removed.answer(from, answer);
        }
    }
}
