package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.tablet.GroupLife.Plan;

/** Kinds of lives in which everything is drawn from the seed, and some things happen more often. */
enum RandomScenario implements Scenario {

    /** Anything may happen. */
    OF_THREE(Plan.OF_THREE),

    OF_FIVE(Plan.OF_FIVE),

    /** Leaders of meta come and go in the middle of elections. */
    META_LEADERS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.META_LEADER, 60)
                            .with(Happening.SUSPECT, 40)
                            .with(Happening.META_CUT, 20))),

    /** Masters lose power and are back at once. */
    MASTERS_RESTART(
            Plan.OF_THREE.with(
                    Mix.USUAL.with(Happening.RESTART_MASTER, 25).with(Happening.HOLD_SYNCS, 40))),

    /** Replicas lose power right after they answered a fence. */
    POWER_CUTS_AT_FENCES(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.WRITE, 700)
                            .with(Happening.READ, 100)
                            .with(Happening.META_CUT_MASTER, 30)
                            .with(Happening.HEAL, 30))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.powerCutAtFencePerMille = 500;
        }
    },

    /** Replicas lose power in the moment in which a snapshot takes the place of what they had. */
    POWER_CUTS_AT_SWITCHES(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.FLUSH, 60)
                            .with(Happening.WIPE, 6)
                            .with(Happening.STOP, 30))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.powerCutAtSwitchPerMille = 500;
        }
    },

    /** Masters are cut off and write on, and others take over. */
    LONELY_MASTERS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.WRITE, 700)
                            .with(Happening.READ, 100)
                            .with(Happening.ISOLATE_MASTER, 25)
                            .with(Happening.ISOLATE, 15)
                            .with(Happening.SUSPECT, 40)
                            .with(Happening.HEAL, 30))),

    /** Sessions go on everywhere, while masters are cut off, log is freed, and disks and processes change. */
    SESSIONS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.SESSION, 400)
                            .with(Happening.FAIL_SYNC, 2)
                            .with(Happening.READ, 100)
                            .with(Happening.ISOLATE_MASTER, 25)
                            .with(Happening.ISOLATE, 15)
                            .with(Happening.FLUSH, 40)
                            .with(Happening.WIPE, 4)
                            .with(Happening.SUSPECT, 40)
                            .with(Happening.STOP, 25)
                            .with(Happening.RESTART, 60)
                            .with(Happening.HEAL, 30))),

    /** What a new master inherits reaches the others entry by entry, and it is cut off meanwhile. */
    SLOW_INHERITANCE(
            Plan.OF_THREE
                    .entryByEntry()
                    .with(
                            Mix.USUAL
                                    .with(Happening.ISOLATE_NEW_MASTER, 60)
                                    .with(Happening.ISOLATE_MASTER, 15)
                                    .with(Happening.RESTART_MASTER, 10)
                                    .with(Happening.SUSPECT, 40)
                                    .with(Happening.HEAL, 60))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.delayMinMicros = 1_000;
            life.group().world.delayMaxMicros = 6_000;
        }
    },

    /** Tables get more and fewer copies, and disks are lost. */
    REPLICA_CHANGES(
            Plan.OF_FIVE
                    .starting(3, 3)
                    .with(
                            Mix.USUAL
                                    .with(Happening.COPIES, 12)
                                    .with(Happening.WIPE, 3)
                                    .with(Happening.SUSPECT, 30)
                                    .with(Happening.ISOLATE, 15)
                                    .with(Happening.ISOLATE_MASTER, 15))),

    /** Replicas move and nodes are drained, while masterships are handed over and leaders of meta change. */
    MOVES(
            Plan.OF_FIVE
                    .starting(3, 2)
                    .with(
                            Mix.USUAL
                                    .with(Happening.MOVE, 25)
                                    .with(Happening.DRAIN, 6)
                                    .with(Happening.HAND_OVER, 15)
                                    .with(Happening.META_LEADER, 20)
                                    .with(Happening.SUSPECT, 30)
                                    .with(Happening.ISOLATE, 10)
                                    .with(Happening.ISOLATE_MASTER, 15)
                                    .with(Happening.HEAL, 40))),

    /**
     * Tablets are split, and their children, while processes die, links are cut and leaders of meta change.
     */
    SPLITS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.SPLIT, 6)
                            .with(Happening.SPLIT_MIDDLE, 2)
                            .with(Happening.CANCEL_SPLIT, 1)
                            .with(Happening.META_LEADER, 15)
                            .with(Happening.RESTART_MASTER, 8)
                            .with(Happening.HAND_OVER, 10)
                            .with(Happening.SUSPECT, 15)
                            .with(Happening.ISOLATE_MASTER, 10)
                            .with(Happening.HEAL, 40))),

    /** Nobody says where. */
    SPLITS_IN_THE_MIDDLE(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.SPLIT_MIDDLE, 10)
                            .with(Happening.META_LEADER, 20)
                            .with(Happening.HEAL, 40))),

    /** Splits are asked for and called off. */
    SPLITS_CANCELLED(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.SPLIT, 20)
                            .with(Happening.CANCEL_SPLIT, 40)
                            .with(Happening.META_LEADER, 10)
                            .with(Happening.HOLD_SYNCS, 20)
                            .with(Happening.HEAL, 40))),

    /** Masters are cut off or lose power, and what they have done is slow to reach the others. */
    SPLITS_BY_FEW(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.SPLIT, 12)
                            .with(Happening.RESTART_MASTER, 40)
                            .with(Happening.ISOLATE_MASTER, 15)
                            .with(Happening.ISOLATE, 10)
                            .with(Happening.HOLD_SYNCS, 20)
                            .with(Happening.HEAL, 40))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.delayMinMicros = 1_000;
            life.group().world.delayMaxMicros = 12_000;
        }
    },

    /**
     * Tablets are split while replicas move, disks are lost and processes lose power as children are made.
     */
    SPLITS_AND_MOVES(
            Plan.OF_FIVE
                    .starting(3, 2)
                    .with(
                            Mix.USUAL
                                    .with(Happening.SPLIT, 8)
                                    .with(Happening.MOVE, 15)
                                    .with(Happening.DRAIN, 4)
                                    .with(Happening.WIPE, 2)
                                    .with(Happening.FLUSH, 30)
                                    .with(Happening.END, 5)
                                    .with(Happening.META_LEADER, 15)
                                    .with(Happening.SUSPECT, 20)
                                    .with(Happening.HEAL, 40))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.powerCutAtSwitchPerMille = 200;
        }
    },

    /** The only copy is split: nobody can take over. */
    SPLITS_ALONE(
            Plan.OF_THREE
                    .starting(1, 0)
                    .with(
                            Mix.USUAL
                                    .with(Happening.SPLIT, 10)
                                    .with(Happening.WIPE, 0)
                                    .with(Happening.DAMAGE, 0)
                                    .with(Happening.HAND_OVER, 0)
                                    .with(Happening.META_LEADER, 15)
                                    .with(Happening.STOP, 30)
                                    .with(Happening.RESTART, 80)
                                    .with(Happening.HEAL, 40))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.powerCutAtSwitchPerMille = 200;
        }
    },

    /** Tablets are split and merged again, while processes die, links are cut and leaders of meta change. */
    MERGES(
            Plan.OF_THREE
                    .lasting(1_600)
                    .with(
                            Mix.USUAL
                                    .with(Happening.SPLIT, 6)
                                    .with(Happening.MERGE, 12)
                                    .with(Happening.GIVE_UP_MERGE, 1)
                                    .with(Happening.META_LEADER, 6)
                                    .with(Happening.RESTART_MASTER, 4)
                                    .with(Happening.HAND_OVER, 6)
                                    .with(Happening.SUSPECT, 6)
                                    .with(Happening.ISOLATE_MASTER, 5)
                                    .with(Happening.FLUSH, 15)
                                    .with(Happening.HEAL, 50))),

    /** Merges are called off when one or both are sealed, and some before. */
    MERGES_GIVEN_UP(
            Plan.OF_THREE
                    .lasting(1_600)
                    .with(
                            Mix.USUAL
                                    .with(Happening.SPLIT, 8)
                                    .with(Happening.MERGE, 25)
                                    .with(Happening.GIVE_UP_MERGE, 1)
                                    .with(Happening.META_LEADER, 8)
                                    .with(Happening.HOLD_SYNCS, 10)
                                    .with(Happening.FULL_DISK, 2)
                                    .with(Happening.HEAL, 50))) {
        @Override
        void prepare(GroupLife life) {
            life.meta().beforeTold(() -> life.meta().orders().giveUpWhatIsSealed());
        }
    },

    /**
     * All that reshapes at once: splits, also in the middle, and merges, some of them called off, moves,
     * drains, more and fewer copies, hand-overs, leaders of meta that change; and masters that are cut off,
     * lost disks, and processes that lose power as replicas are made.
     */
    MERGES_AND_MOVES(
            Plan.OF_FIVE
                    .starting(3, 3)
                    .lasting(1_600)
                    .with(
                            Mix.USUAL
                                    .with(Happening.SPLIT, 8)
                                    .with(Happening.SPLIT_MIDDLE, 2)
                                    .with(Happening.CANCEL_SPLIT, 1)
                                    .with(Happening.MERGE, 20)
                                    .with(Happening.GIVE_UP_MERGE, 1)
                                    .with(Happening.MOVE, 10)
                                    .with(Happening.DRAIN, 2)
                                    .with(Happening.COPIES, 2)
                                    .with(Happening.HAND_OVER, 8)
                                    .with(Happening.WIPE, 1)
                                    .with(Happening.FLUSH, 30)
                                    .with(Happening.END, 3)
                                    .with(Happening.META_LEADER, 8)
                                    .with(Happening.SUSPECT, 8)
                                    .with(Happening.HEAL, 50))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.powerCutAtSwitchPerMille = 200;
        }
    },

    /** Only copies are merged. */
    MERGES_ALONE(
            Plan.OF_THREE
                    .starting(1, 0)
                    .lasting(1_600)
                    .with(
                            Mix.USUAL
                                    .with(Happening.SPLIT, 10)
                                    .with(Happening.MERGE, 20)
                                    .with(Happening.WIPE, 0)
                                    .with(Happening.DAMAGE, 0)
                                    .with(Happening.HAND_OVER, 0)
                                    .with(Happening.META_LEADER, 8)
                                    .with(Happening.STOP, 10)
                                    .with(Happening.RESTART, 80)
                                    .with(Happening.HEAL, 40))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.powerCutAtSwitchPerMille = 200;
        }
    },

    /** The only copy moves, and nobody else could take over. */
    MOVES_ALONE(
            Plan.OF_THREE
                    .starting(1, 2)
                    .with(
                            Mix.USUAL
                                    .with(Happening.WIPE, 0)
                                    .with(Happening.DAMAGE, 0)
                                    .with(Happening.MOVE, 25)
                                    .with(Happening.META_LEADER, 20)
                                    .with(Happening.STOP, 30)
                                    .with(Happening.RESTART, 80)
                                    .with(Happening.HEAL, 40))),

    /** Disks are replaced by empty ones while others are behind. */
    NEW_DISKS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.WIPE, 10)
                            .with(Happening.ISOLATE, 20)
                            .with(Happening.HEAL, 40)
                            .with(Happening.SUSPECT, 25))),

    /** Bytes of journals change, and syncs fail. */
    BAD_DISKS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.DAMAGE, 10)
                            .with(Happening.FAIL_SYNC, 10)
                            .with(Happening.ISOLATE, 20)
                            .with(Happening.HEAL, 40)
                            .with(Happening.SUSPECT, 25))),

    /** Bytes of journals change while processes run, and others have to be sent them. */
    ROTTING_DISKS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.WRITE, 700)
                            .with(Happening.READ, 100)
                            .with(Happening.ROT, 15)
                            .with(Happening.ISOLATE, 25)
                            .with(Happening.ISOLATE_MASTER, 15)
                            .with(Happening.FLUSH, 20)
                            .with(Happening.SUSPECT, 30)
                            .with(Happening.HEAL, 40))),

    /** Stretches and whole files of journals are lost, and disks are replaced and brought back. */
    SCARRED_DISKS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.SCAR, 12)
                            .with(Happening.DISK_BACK, 12)
                            .with(Happening.WIPE, 5)
                            .with(Happening.SPLIT, 3)
                            .with(Happening.FLUSH, 20)
                            .with(Happening.SUSPECT, 20)
                            .with(Happening.HEAL, 40))),

    /** Power goes in the middle of what journals do; files can be neither kept in order nor read for sure. */
    FAILING_FILES(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.POWER_CUT, 30)
                            .with(Happening.FAIL_FILES, 6)
                            .with(Happening.FAIL_READS, 20)
                            .with(Happening.FAIL_SYNC, 4)
                            .with(Happening.END, 15)
                            .with(Happening.FLUSH, 30)
                            .with(Happening.ISOLATE, 15)
                            .with(Happening.RESTART, 80)
                            .with(Happening.HEAL, 40))),

    /**
     * Rows are so long that a journal's files are soon full, and what is kept for slaves is soon too much.
     */
    LONG_ROWS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.WRITE, 700)
                            .with(Happening.READ, 100)
                            .with(Happening.FLUSH, 60)
                            .with(Happening.ISOLATE, 15)
                            .with(Happening.STOP, 30)
                            .with(Happening.FULL_DISK, 5)
                            .with(Happening.HEAL, 30))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.rowMaxBytes = 40 << 10;
        }
    },

    /** The metadata is slow: what is decided there is often decided twice, or too late. */
    SLOW_METADATA(
            Plan.OF_FIVE
                    .starting(3, 3)
                    .with(
                            Mix.USUAL
                                    .with(Happening.META_SLOW, 25)
                                    .with(Happening.MISTAKE, 20)
                                    .with(Happening.MOVE, 15)
                                    .with(Happening.COPIES, 6)
                                    .with(Happening.DRAIN, 6)
                                    .with(Happening.SPLIT, 3)
                                    .with(Happening.HAND_OVER, 10)
                                    .with(Happening.WIPE, 2)
                                    .with(Happening.RESTART_MASTER, 10)
                                    .with(Happening.SUSPECT, 20)
                                    .with(Happening.HEAL, 40))),

    /** Stores are flushed, log is freed, and processes die. */
    FLUSHES(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.FLUSH, 60)
                            .with(Happening.STOP, 40)
                            .with(Happening.RESTART, 80))),

    /** There is one copy, and nobody who could take over. */
    ALONE(
            Plan.OF_THREE
                    .starting(1, 1)
                    .with(
                            Mix.USUAL
                                    .with(Happening.WIPE, 0)
                                    .with(Happening.DAMAGE, 0)
                                    .with(Happening.HAND_OVER, 0)
                                    .with(Happening.END, 10)
                                    .with(Happening.FLUSH, 30))),

    /** Syncs fail, and no disk is bad otherwise. */
    FAILING_SYNCS(
            Plan.OF_THREE.with(
                    Mix.USUAL.with(Happening.FAIL_SYNC, 10).with(Happening.SUSPECT, 20))),

    /** Disks have no room, for a while. */
    FULL_DISKS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.WRITE, 700)
                            .with(Happening.FULL_DISK, 30)
                            .with(Happening.RESTART_MASTER, 8)
                            .with(Happening.END, 8)
                            .with(Happening.FLUSH, 30))),

    /** Processes end as they should, and links break. */
    ORDERLY_ENDS(
            Plan.OF_THREE.with(
                    Mix.USUAL
                            .with(Happening.END, 25)
                            .with(Happening.LINK_BREAKS, 25)
                            .with(Happening.RESTART, 60))),

    /** Every queue is short, stores are flushed by themselves, and the disk is slow to read. */
    SHORT_QUEUES(
            Plan.OF_THREE
                    .with(Plan.TIGHT)
                    .with(
                            Mix.USUAL
                                    .with(Happening.WRITE, 900)
                                    .with(Happening.HOLD_SYNCS, 30)
                                    .with(Happening.LINK_BREAKS, 10))) {
        @Override
        void prepare(GroupLife life) {
            life.group().world.coldPerMille = 300;
            life.group().world.readMaxMicros = 3_000;
        }
    },

    /** Masterships are handed over as planned and nothing fails: not even what one copy held may be lost. */
    HAND_OVERS(Plan.OF_THREE.with(Mix.requests().with(Happening.HAND_OVER, 10))) {
        @Override
        void prepare(GroupLife life) {
            life.ledger().keepsAccepted();
            life.goodWeather();
        }
    };

    private final Plan plan;

    RandomScenario(Plan plan) {
        this.plan = plan;
    }

    /** What else is different. */
    void prepare(GroupLife life) {}

    /** One such life, yet to be lived. */
    GroupLife life(long seed, Tampering removed) {
        GroupLife life = new GroupLife(seed, plan, removed);
        prepare(life);
        return life;
    }

    @Override
    public void live(long seed, Tampering removed) {
        life(seed, removed).live();
    }
}
