package io.ebla.tabletserver.tablet;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.tablet.GroupLedger.Unrest;
import io.ebla.tabletserver.tablet.GroupLedger.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.slf4j.LoggerFactory;

/**
 * One life of a tablet group, all of it drawn from a seed: writes, reads, crashes, cuts, slow syncs, clocks
 * that drift and step, elections with and without need. Then everything is healed, and the {@link
 * GroupLedger} judges.
 */
final class GroupLife {

    private static final long MILLI = 1_000_000L;

    /** Everything within tenths of a second, so that much happens in a short life. */
    static final ReplicationSettings QUICK =
            new ReplicationSettings(
                    100, 20, 10, 2, 400, 10_000, 16L << 20, 1 << 10, 64L << 20, 40, 1_000, 300);

    /**
     * How much happens.
     *
     * @param spares nodes that hold nothing in the beginning
     */
    record Plan(
            int replicas,
            int spares,
            int millis,
            int meanPauseMillis,
            Mix mix,
            ReplicationSettings replication,
            TabletSettings tablet) {

        private static final TabletSettings USUAL = TabletSettings.DEFAULTS;

        /** Every queue is so short that it is full at times. */
        static final TabletSettings TIGHT =
                new TabletSettings(6, 2_000, 3, 1_000, 2, 3, 86_400_000L, 100, 1, 1);

        static final Plan OF_THREE = new Plan(3, 1, 700, 1, Mix.USUAL, QUICK, USUAL);

        /** Everything takes its time, and no disk is bad. */
        static final Plan STEADY =
                new Plan(3, 0, 3_000, 4, Mix.steady(), ReplicationSettings.DEFAULTS, USUAL);

        static final Plan OF_FIVE =
                new Plan(5, 1, 700, 1, Mix.USUAL.with(Happening.COPIES, 3), QUICK, USUAL);

        /** Replicas with other numbers, and no other nodes. */
        Plan with(ReplicationSettings other) {
            return new Plan(replicas, 0, millis, meanPauseMillis, mix, other, tablet);
        }

        Plan with(Mix other) {
            return new Plan(replicas, spares, millis, meanPauseMillis, other, replication, tablet);
        }

        /** The same with other numbers of nodes. */
        Plan starting(int otherReplicas, int otherSpares) {
            return new Plan(
                    otherReplicas, otherSpares, millis, meanPauseMillis, mix, replication, tablet);
        }

        /** Those who catch up are sent one entry at a time. */
        Plan entryByEntry() {
            ReplicationSettings one =
                    new ReplicationSettings(
                            replication.leaseMillis(),
                            replication.beatMillis(),
                            replication.driftPerMille(),
                            replication.wallStepMillis(),
                            replication.stalledSyncMillis(),
                            replication.windowEntries(),
                            replication.windowBytes(),
                            1,
                            replication.catchUpBytesPerSecond(),
                            replication.probeMillis(),
                            replication.maxClockOffsetMillis(),
                            replication.handOverMillis());
            return new Plan(replicas, spares, millis, meanPauseMillis, mix, one, tablet);
        }

        /** The same with other bounds of the tablet. */
        Plan with(TabletSettings other) {
            return new Plan(replicas, spares, millis, meanPauseMillis, mix, replication, other);
        }

        Plan lasting(int otherMillis) {
            return new Plan(
                    replicas, spares, otherMillis, meanPauseMillis, mix, replication, tablet);
        }
    }

    static {
        ((Logger) LoggerFactory.getLogger("io.ebla.tabletserver.oplog")).setLevel(Level.OFF);
    }

    private final long seed;
    private final Plan plan;
    private final Random random;
    private final CommittedLog log = new CommittedLog();
    private final GroupLedger ledger = new GroupLedger(log.lineage());
    private final LocalGroup group;
    private final SimulatedMeta meta;
    private final GroupClient client;
    private final Damages damages;
    private boolean weather = true;
    private final List<Runnable> open = new ArrayList<>();
    private final Map<GroupNode, Long> wallSteps = new HashMap<>();

    /** @param removed what is left out of the protocol, {@link Tampering#NONE} as a rule */
    GroupLife(long seed, Plan plan, Tampering removed) {
        this.seed = seed;
        this.plan = plan;
        this.random = new Random(seed);
        this.group =
                LocalGroup.without(
                        random.nextLong(),
                        plan.replicas() + plan.spares(),
                        plan.tablet(),
                        plan.replication(),
                        removed,
                        this::watch);
        log.of(group);
        this.meta = new SimulatedMeta(group, plan.replicas(), random.nextLong(), removed);
        this.client = new GroupClient(group, ledger, new ReadJudge(log), random);
        this.damages = new Damages(this, random);
    }

    /** A life of replicas with other numbers, and of nothing else. */
    GroupLife(long seed, Plan plan, ReplicationSettings replication, Tampering removed) {
        this(seed, plan.with(replication), removed);
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

    /** Network, disks and clocks are as good as they can be. */
    void goodWeather() {
        weather = false;
    }

    /** @throws Violation that names the seed */
    void live() {
        live(this::wander);
    }

    private void wander() {
        if (weather) {
            weather();
        } else {
            pass(300);
        }
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
            client.judge().end();
        } catch (Violation found) {
            String what = "seed " + seed + ": " + found.getMessage();
            Violation named = found instanceof Unrest ? new Unrest(what) : new Violation(what);
            named.initCause(found);
            throw named;
        }
    }

    private void weather() {
        if (random.nextInt(3) == 0) {
            group.world.delayMaxMicros = 1_000 + random.nextInt(12_000);
        }
        if (random.nextInt(3) == 0) {
            group.world.lossPerMille = random.nextInt(150);
        }
        if (random.nextInt(3) == 0) {
            group.world.repeatPerMille = random.nextInt(150);
        }
        if (random.nextInt(3) == 0) {
            group.world.syncMaxMicros = 1_000 + random.nextInt(8_000);
        }
        for (GroupNode node : group.nodes()) {
            node.clock.drift(random.nextInt(9_001) - 4_500);
        }
        pass(150);
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

    void look() {
        log.look();
        ledger.look(group.nodes());
    }

    // ---------------------------------------------------------------- what happens

    private void happen() {
        switch (plan.mix().draw(random)) {
            case WRITE -> client.write(client.whomToAsk());
            case READ -> client.read(client.whomToAsk());
            case STOP -> stop(anyNode());
            case RESTART -> restartOne();
            case CUT -> group.cut(anyNode(), anyNode());
            case ISOLATE -> group.isolate(anyNode());
            case ISOLATE_MASTER -> isolateTheMaster(TabletState.SERVING);
            case META_CUT -> meta.cut(anyNode());
            case META_CUT_MASTER -> {
                if (master() != null) {
                    meta.cut(master());
                }
            }
            case HEAL -> {
                group.heal();
                meta.heal();
            }
            case SUSPECT -> meta.suspect(anyNode());
            case META_LEADER -> meta.changeLeader(60);
            case META_DEAD -> meta.changeLeader(400);
            case HOLD_SYNCS -> holdSyncs(anyNode());
            case FLUSH -> anyNode().flush();
            case STEP_WALL -> stepWall(anyNode(), random.nextInt(4_001) - 2_000);
            case HAND_OVER -> meta.orders().handOver(anyNode());
            case SPLIT -> meta.orders().split(false);
            case SPLIT_MIDDLE -> meta.orders().split(true);
            case CANCEL_SPLIT -> meta.orders().cancelSplit();
            case MERGE -> meta.orders().merge();
            case GIVE_UP_MERGE -> meta.orders().giveUpMerge();
            case MOVE -> meta.orders().move(anyNode());
            case DRAIN -> meta.orders().drainOrNot(anyNode());
            case COPIES -> changeCopies();
            case WIPE -> damages.wipe();
            case DAMAGE -> damages.flip();
            case FAIL_SYNC -> damages.failSync();
            case RESTART_MASTER -> restartTheMaster();
            case FULL_DISK -> damages.fill(anyNode());
            case SCAR -> damages.scar();
            case DISK_BACK -> damages.diskBack();
            case FAIL_FILES -> damages.failFiles();
            case FAIL_READS -> damages.failReads();
            case POWER_CUT -> cutPower(anyNode());
            case META_SLOW -> meta.slow(20 + random.nextInt(200));
            case MISTAKE -> meta.orders().mistake(anyNode());
            case END -> anyNode().end();
            case ROT -> damages.rot();
            case SESSION -> client.readSession();
            case LINK_BREAKS -> anyNode().loses(anyNode());
            case ISOLATE_NEW_MASTER -> isolateTheMaster(TabletState.TAKING_OVER);
        }
    }

    private void changeCopies() {
        if (group.nodes().size() > 5) {
            meta.copies(meta.copies() == 3 ? 5 : 3);
        }
    }

    private void holdSyncs(GroupNode node) {
        node.syncsHeld = true;
        group.after(random.nextInt(120) * MILLI, () -> node.syncsHeld = false);
    }

    /** Within the next operations of its disk; one that is down loses it as it begins. */
    private void cutPower(GroupNode node) {
        node.disk().cutPowerIn(random.nextInt(12));
        if (!node.isUp()) {
            restart(node);
        }
    }

    private void restartTheMaster() {
        for (GroupNode node : group.nodes()) {
            if (node.isUp() && node.masters()) {
                node.crash();
                restart(node);
                return;
            }
        }
    }

    /** Steps a wall clock; what was stepped is stepped back in the end. */
    void stepWall(GroupNode node, long millis) {
        node.clock.stepWall(millis);
        wallSteps.merge(node, millis, Long::sum);
    }

    private GroupNode anyNode() {
        return group.node(1 + random.nextInt(group.nodes().size()));
    }

    private void stop(GroupNode node) {
        long up = group.nodes().stream().filter(GroupNode::isUp).count();
        if (node.isUp() && (up > group.nodes().size() / 2 + 1 || random.nextInt(4) == 0)) {
            if (random.nextBoolean()) {
                node.crash();
            } else {
                node.kill();
            }
        }
    }

    private void restartOne() {
        for (GroupNode node : group.nodes()) {
            if (!node.isUp() && random.nextBoolean()) {
                restart(node);
                return;
            }
        }
    }

    void restart(GroupNode node) {
        node.start();
        meta.lives(node);
    }

    /** The cut that leases are for: slaves and meta go on without the master, clients do not. */
    void isolateTheMaster(TabletState state) {
        for (GroupNode node : group.nodes()) {
            if (node.isUp() && node.is(state)) {
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
        wallSteps.clear();
        for (GroupNode node : group.nodes()) {
            node.syncsHeld = false;
        }
        new GroupRest(this).await();
        for (String name : GroupClient.rows()) {
            TabletDescriptor tablet = meta.tablet(name);
            GroupNode master = master(tablet);
            long floor = ledger.now();
            Answers<ReadResult> answer = master.get(tablet.id(), name);
            group.await(answer);
            if (!answer.succeeded()) {
                throw new Violation("nobody answers for '" + name + "': " + answer.failure());
            }
            ledger.read(name, floor, true, group.value(answer).orElse(GroupLedger.ABSENT));
        }
    }

    /** Lets time pass until there is a master that serves. */
    GroupNode awaitMaster() {
        for (int i = 0; i < 40_000 && master() == null; i++) {
            pass(1);
        }
        if (master() == null) {
            throw new Unrest("nobody serves: " + meta.tablets());
        }
        return master();
    }

    /** The replicas that the life began with. */
    List<GroupNode> members() {
        return group.nodes().subList(0, plan.replicas());
    }

    /** The node that serves the newest epoch of the tablet, of one of them if it was split; or null. */
    GroupNode master() {
        return meta.tablets().stream()
                .map(this::master)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** The node that serves the tablet's newest epoch, or null. */
    GroupNode master(TabletDescriptor served) {
        for (GroupNode node : group.nodes()) {
            Tablet tablet = node.isUp() ? node.tablet(served.id()) : null;
            if (tablet != null
                    && tablet.state() == TabletState.SERVING
                    && GroupNode.leaseHolds(node, tablet)
                    && tablet.pipeline().masterEpoch() == served.epoch()) {
                return node;
            }
        }
        return null;
    }
}
