package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.tabletserver.tablet.GroupLife.Plan;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Lives in which a tablet is split, or two are merged, in the worst moment: the master of what is no more
 * does not hear of it, has not applied it as yet, or loses all that it has. When that is, where the bound
 * lies and what clients ask for meanwhile is drawn from a seed. There are three replicas, and leases of a
 * tenth of a second.
 */
enum ReshapeScenario implements Scenario {

    /**
     * What the master of a tablet was told to split, the others know and have open; its own disk is slow, and
     * it serves what was its own for as long as it has a lease.
     */
    SPLIT_WHILE_THE_MASTER_SYNCS {
        @Override
        void direct(GroupLife life) {
            GroupNode master = life.master();
            TabletId parent = life.meta().tablet().id();
            life.meta().beforeTold(() -> cutFromNow(life, master, isSplit(life)));
            life.meta().orders().split(false);
            await(life, () -> master.tablet(parent).pipeline().splitting().closed());
            master.syncsHeld = true;
            twoServe(life, master, parent, 300);
            master.syncsHeld = false;
        }
    },

    /**
     * The master of a tablet that was split is cut off before it hears so, and others master the children.
     */
    SPLIT_UNHEARD {
        @Override
        void direct(GroupLife life) {
            GroupNode master = life.master();
            TabletId parent = life.meta().tablet().id();
            life.meta()
                    .beforeTold(
                            () -> {
                                if (isSplit(life) && life.meta().reaches(master)) {
                                    cutFromNow(life, master, true);
                                    life.group().isolate(master);
                                    life.meta().suspect(master);
                                }
                            });
            life.meta().orders().split(false);
            await(life, () -> isSplit(life));
            twoServe(life, master, parent, 400);
        }
    },

    /** The master's disk is lost when nobody else knows that the tablet was split. */
    SPLIT_BY_ONE_WHOSE_DISK_IS_LOST {
        @Override
        void direct(GroupLife life) {
            GroupNode master = life.master();
            TabletId parent = life.meta().tablet().id();
            life.meta().orders().split(false);
            await(life, () -> master.tablet(parent).pipeline().splitting().isSplit());
            life.group().isolate(master);
            life.pass(100 + life.random().nextInt(100));
            master.crash();
            master.wipe();
            life.group().heal();
            life.restart(master);
            Victim.requests(life, 200);
        }
    },

    /** What two were merged into is open at both others; the right one's master has not applied its SEAL. */
    MERGED_WHILE_ONE_SYNCS {
        @Override
        void direct(GroupLife life) {
            TabletDescriptor right = twoMasters(life);
            GroupNode master = life.group().node(right.master().node());
            life.meta().beforeTold(() -> cutFromNow(life, master, isMerged(life)));
            life.meta().orders().merge();
            await(life, () -> master.tablet(right.id()).pipeline().splitting().closed());
            master.syncsHeld = true;
            twoServe(life, master, right.id(), 300);
            master.syncsHeld = false;
        }
    },

    /** The right one's master does not hear that its tablet was merged with another's. */
    MERGED_UNHEARD {
        @Override
        void direct(GroupLife life) {
            TabletDescriptor right = twoMasters(life);
            GroupNode master = life.group().node(right.master().node());
            life.meta().beforeTold(() -> cutFromNow(life, master, isMerged(life)));
            life.meta().orders().merge();
            await(life, () -> isMerged(life));
            if (!isMerged(life)) {
                throw new GroupLedger.Unrest("not merged: " + life.meta().state().merges());
            }
            twoServe(life, master, right.id(), 200);
        }
    };

    /** What happens once there is a master, and all have heard of it. */
    abstract void direct(GroupLife life);

    @Override
    public void live(long seed, Tampering removed) {
        GroupLife life =
                new GroupLife(seed, Plan.OF_THREE.starting(3, 0).with(Mix.requests()), removed);
        life.live(
                () -> {
                    life.awaitMaster();
                    Victim.requests(life, 60 + life.random().nextInt(60));
                    direct(life);
                    life.meta().beforeTold(() -> {});
                });
    }

    // ---------------------------------------------------------------- how far it is

    /**
     * Lets time pass until the very step in which something happens, or until it is clear that it does not.
     */
    private static void await(GroupLife life, BooleanSupplier happens) {
        life.group()
                .runUntil(
                        () -> {
                            life.look();
                            return happens.getAsBoolean();
                        },
                        2_000);
    }

    private static boolean isSplit(GroupLife life) {
        return life.meta().tablets().size() == 2;
    }

    private static boolean isMerged(GroupLife life) {
        return life.meta().state().merges().values().stream()
                .anyMatch(each -> each.phase() == MergeOperation.Phase.DONE);
    }

    // ---------------------------------------------------------------- what is done to them

    private static void cutFromNow(GroupLife life, GroupNode node, boolean due) {
        if (due) {
            life.meta().cut(node);
        }
    }

    /** Two neighbours with different masters; the right one of them. */
    private static TabletDescriptor twoMasters(GroupLife life) {
        SimulatedMeta meta = life.meta();
        meta.orders().split(false);
        rest(life, 2);
        List<GroupNode> nodes = life.group().nodes();
        int first = life.random().nextInt(nodes.size());
        for (int i = 0; i < 10 && isOneMaster(meta); i++) {
            GroupNode to = nodes.get((first + i) % nodes.size());
            meta.orders().handOver(meta.tablets().get(1), to);
            rest(life, 2);
        }
        return meta.tablets().get(1);
    }

    private static boolean isOneMaster(SimulatedMeta meta) {
        List<TabletDescriptor> tablets = meta.tablets();
        return tablets.get(0).master().node().equals(tablets.get(1).master().node());
    }

    private static void rest(GroupLife life, int tablets) {
        Victim.requests(life, 40);
        for (int i = 0; i < 100 && !isAtRest(life, tablets); i++) {
            Victim.requests(life, 20);
        }
        if (!isAtRest(life, tablets)) {
            throw new GroupLedger.Unrest("not " + tablets + " at rest: " + life.meta().tablets());
        }
    }

    private static boolean isAtRest(GroupLife life, int tablets) {
        return life.meta().tablets().size() == tablets
                && life.meta().whole()
                && life.meta().state().handOvers().values().stream()
                        .allMatch(each -> each.phase().ended());
    }

    /**
     * Clients write where the rows of a tablet are by now, and some read them where they were, at the master
     * that it had.
     */
    private static void twoServe(GroupLife life, GroupNode former, TabletId tablet, long millis) {
        long end = life.group().nowNanos() + millis * Timeline.MILLI;
        while (life.group().nowNanos() < end) {
            life.client().write(life.client().whomToAsk());
            readAt(life, former, tablet);
            life.pass(1);
        }
    }

    private static void readAt(GroupLife life, GroupNode node, TabletId id) {
        Tablet tablet = node.tablet(id);
        List<String> rows =
                GroupClient.rows().stream()
                        .filter(row -> life.log().lineage().holds(id, row))
                        .toList();
        if (tablet != null && !rows.isEmpty()) {
            String row = rows.get(life.random().nextInt(rows.size()));
            life.client().get(node, tablet, row, ReadLevel.STRONG, null, 500);
        }
    }
}
