package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.tablet.GroupLedger.Violation;
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
    private final CommittedLog log = new CommittedLog();
    private final SimulatedMeta meta;
    private final GroupClient client;
    private final List<Runnable> open = new ArrayList<>();
    private final Map<GroupNode, Long> wallSteps = new HashMap<>();

    /** @param removed what is left out of the protocol, {@link Tampering#NONE} as a rule */
    GroupLife(long seed, Plan plan, Tampering removed) {
        this(seed, plan, ReplicationSettings.DEFAULTS, removed);
    }

    GroupLife(long seed, Plan plan, ReplicationSettings replication, Tampering removed) {
        this.seed = seed;
        this.plan = plan;
        this.random = new Random(seed);
        this.group =
                new LocalGroup(
                        random.nextLong(),
                        plan.replicas(),
                        TabletSettings.DEFAULTS,
                        replication,
                        removed,
                        this::watch);
        log.of(group);
        this.meta = new SimulatedMeta(group, random.nextLong(), removed);
        this.client = new GroupClient(group, ledger, new ReadJudge(log), random);
    }

    private TabletStore watch(GroupNode node, TabletStore store) {
        return ledger.watch(node, log.watch(node, store));
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

    GroupClient client() {
        return client;
    }

    CommittedLog log() {
        return log;
    }

    Random random() {
        return random;
    }

    /** @throws Violation that names the seed */
    void live() {
        live(this::wander);
    }

    private void wander() {
        weather();
        long end = group.nowNanos() + plan.millis() * MILLI;
        while (group.nowNanos() < end) {
            happen();
            pass(1 + random.nextInt(2 * plan.meanPauseMillis()));
        }
    }

    /**
     * A life that somebody directs.
     *
     * @throws Violation that names the seed
     */
    void live(Runnable directed) {
        try {
            directed.run();
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
        for (GroupNode node : group.nodes()) {
            node.clock.drift(random.nextInt(9_001) - 4_500);
        }
        pass(700);
    }

    /** Lets time pass, looking at every step. */
    void pass(long millis) {
        group.runUntil(
                () -> {
                    look();
                    return false;
                },
                millis);
        List<Runnable> still = List.copyOf(open);
        open.clear();
        still.forEach(Runnable::run);
    }

    private void look() {
        log.look();
        ledger.look(group.nodes());
    }

    // ---------------------------------------------------------------- what happens

    private void happen() {
        int what = random.nextInt(1_000);
        if (what < 480) {
            client.write(client.whomToAsk());
        } else if (what < 860) {
            client.read(client.whomToAsk());
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
            GroupNode node = anyNode();
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

    private static void flush(GroupNode node) {
        if (node.isUp()) {
            node.flush();
        }
    }

    /** Steps a wall clock; what was stepped is stepped back in the end. */
    void stepWall(GroupNode node, long millis) {
        node.clock.stepWall(millis);
        wallSteps.merge(node, millis, Long::sum);
    }

    private GroupNode anyNode() {
        return group.node(1 + random.nextInt(plan.replicas()));
    }

    private void stop(GroupNode node) {
        long up = group.nodes().stream().filter(GroupNode::isUp).count();
        if (node.isUp() && (up > plan.replicas() / 2 + 1 || random.nextInt(4) == 0)) {
            if (random.nextBoolean()) {
                node.crash();
            } else {
                node.kill();
            }
        }
    }

    private void restartOne() {
        for (GroupNode node : group.nodes()) {
            if (!node.isUp()) {
                restart(node);
                return;
            }
        }
    }

    void restart(GroupNode node) {
        node.restart();
        meta.lives(node);
    }

    /** The cut that leases are for: slaves and meta go on without the master, clients do not. */
    void isolateTheMaster() {
        for (GroupNode node : group.nodes()) {
            if (node.isUp() && node.state() == TabletState.SERVING) {
                group.isolate(node);
                meta.cut(node);
                return;
            }
        }
    }

    // ---------------------------------------------------------------- the end

    /** Heals everything and waits until a master serves and all have applied what it has. */
    private void settle() {
        group.heal();
        meta.heal();
        group.world.lossPerMille = 0;
        group.world.repeatPerMille = 0;
        wallSteps.forEach((node, millis) -> node.clock.stepWall(-millis));
        for (GroupNode node : group.nodes()) {
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
                                look();
                                return settled();
                            },
                            5_000);
            if (!settled && master() != null) {
                client.write(
                        master()); // a slave may wait for the next entry to hear of the last commit
            }
        }
        if (!settled) {
            throw new Violation("the group does not come to rest: " + describe());
        }
        for (String name : GroupClient.rows()) {
            GroupNode master = master();
            long floor = ledger.now();
            Answers<ReadResult> answer = master.get(name);
            group.await(answer);
            ledger.read(name, floor, true, group.value(answer).orElse(GroupLedger.ABSENT));
        }
    }

    /** Lets time pass until there is a master that serves. */
    GroupNode awaitMaster() {
        for (int i = 0; i < 40_000 && master() == null; i++) {
            pass(1);
        }
        if (master() == null) {
            throw new Violation("nobody serves: " + describe());
        }
        return master();
    }

    /** The replicas that the life began with. */
    List<GroupNode> members() {
        return group.nodes().subList(0, plan.replicas());
    }

    private GroupNode master() {
        for (GroupNode node : group.nodes()) {
            if (node.isUp()
                    && node.state() == TabletState.SERVING
                    && node.leaseHolds()
                    && node.tablet().pipeline().masterEpoch() == meta.tablet().epoch()) {
                return node;
            }
        }
        return null;
    }

    private boolean settled() {
        GroupNode master = master();
        if (master == null) {
            return false;
        }
        long head = master.tablet().pipeline().appendedIndex();
        for (GroupNode node : group.nodes()) {
            if (node.tablet().pipeline().applied().index() != head) {
                return false;
            }
        }
        return true;
    }

    private String describe() {
        StringBuilder text = new StringBuilder("meta " + meta.tablet().epoch() + " ");
        text.append(meta.tablet().master()).append("; ");
        for (GroupNode node : group.nodes()) {
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
}
