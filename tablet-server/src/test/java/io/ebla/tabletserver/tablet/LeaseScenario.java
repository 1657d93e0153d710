package io.ebla.tabletserver.tablet;

import java.util.List;
import java.util.Random;

/**
 * Lives in which a lease, a clock or the end of an answer decides. Chance alone meets these too rarely: a
 * master that is cut off while it holds a lease, slaves that restart, a clock that drifts. What is left to
 * chance is when, how many replicas there are, and what clients ask for meanwhile.
 */
enum LeaseScenario implements Scenario {

    /** The master is cut off, and taken for dead at once. */
    CUT_OFF {
        @Override
        void direct(Stage stage) {
            stage.cutOff();
            stage.twoMasters(1_000);
        }
    },

    /** So it is, and accepts writes on its own disk: their positions are lost with it. */
    CUT_OFF_AND_ACCEPTS {
        @Override
        void direct(Stage stage) {
            stage.cutOff();
            stage.masterAcceptsAlone(1_000);
            stage.sessions(300);
        }
    },

    /** As above, and the others are restarted, with logs that no longer reach back to those writes. */
    CUT_OFF_AND_FORGOTTEN {
        @Override
        void direct(Stage stage) {
            stage.cutOff();
            stage.masterAcceptsAlone(100);
            stage.awaitAnother();
            stage.until(100, stage::othersServe);
            for (GroupNode slave : stage.slaves()) {
                slave.flush();
                slave.kill();
                stage.life().restart(slave);
            }
            stage.sessions(300);
        }
    },

    /** So it is, and is asked for writes with conditions. */
    CUT_OFF_AND_JUDGES {
        @Override
        void direct(Stage stage) {
            stage.cutOff();
            stage.until(
                    1_000,
                    () -> {
                        stage.client().writeIf(stage.master());
                        if (stage.random().nextInt(3) == 0) {
                            stage.othersServe();
                        }
                    });
        }
    },

    /** Its slaves restart in the same moment: none of them knows what it granted. */
    SLAVES_RESTART {
        @Override
        void direct(Stage stage) {
            stage.cutOff();
            for (GroupNode slave : stage.slaves()) {
                if (stage.random().nextBoolean()) {
                    slave.kill();
                } else {
                    slave.crash();
                }
            }
            stage.pass(stage.random().nextInt(20));
            stage.slaves().forEach(stage.life()::restart);
            stage.twoMasters(1_200);
        }
    },

    /** Slaves that follow another by then reach it again, and neither meta nor the other does. */
    HEALED_TOWARDS_SOME {
        @Override
        void direct(Stage stage) {
            stage.cutOff();
            stage.awaitAnother();
            stage.healTowardsAllBut(stage.another());
            stage.twoMasters(600);
        }
    },

    /**
     * It is cut off with writes that nobody else has, and another is elected. Some who promised not to follow
     * it any more lose power before their disks have that, and then reach nobody but it and meta.
     */
    FORGOTTEN_PROMISES {
        @Override
        void direct(Stage stage) {
            stage.pass(100);
            stage.slaves().forEach(slave -> slave.syncsHeld = true);
            stage.cutOff();
            stage.until(20, () -> stage.client().write(stage.master()));
            stage.pass(1_000 + stage.random().nextInt(1_000));
            List<GroupNode> forgetful = stage.slaves();
            forgetful.removeIf(slave -> slave.state().masters());
            while (forgetful.size() > stage.life().members().size() / 2) {
                forgetful.remove(0);
            }
            for (GroupNode slave : forgetful) {
                slave.crash();
                stage.life().group().isolate(slave);
                stage.life().group().network().heal(stage.master(), slave);
            }
            stage.slaves().forEach(slave -> slave.syncsHeld = false);
            forgetful.forEach(stage.life()::restart);
            stage.until(300, () -> stage.client().write(stage.master()));
        }
    },

    /** Its machine is suspended; another was elected when it goes on. */
    SUSPENDED {
        @Override
        void direct(Stage stage) {
            stage.cutOff();
            long millis = 700 + stage.random().nextInt(1_500);
            stage.master().suspend(millis);
            stage.until(millis, stage::othersServe);
            stage.twoMasters(400);
        }
    },

    /** Its reads wait for a disk that is slow. */
    SLOW_READS {
        @Override
        void direct(Stage stage) {
            stage.life().group().world.coldPerMille = 500;
            stage.life().group().world.readMaxMicros = 900_000;
            stage.traffic(50);
            stage.cutOff();
            stage.twoMasters(1_200);
            stage.life().group().world.readMaxMicros = 0;
        }
    },

    /** They wait for it while its clock runs ahead of the others, within the bound, and rows expire. */
    SLOW_READS_BY_A_FAST_CLOCK {
        @Override
        void direct(Stage stage) {
            World world = stage.life().group().world;
            stage.life().stepWall(stage.master(), 400 + stage.random().nextInt(300));
            stage.slaves()
                    .forEach(slave -> stage.life().stepWall(slave, -stage.random().nextInt(250)));
            stage.pass(400);
            stage.until(60, () -> stage.client().writeExpiring(stage.master(), 500, 1_300));
            world.coldPerMille = 1_000;
            world.readMaxMicros = 1_500_000;
            stage.cutOff();
            stage.until(200, () -> stage.client().readExpiringSlowly(stage.master()));
            world.readMaxMicros = 0;
            stage.until(
                    1_800,
                    () -> {
                        if (stage.another() != null) {
                            stage.client().readExpiring(stage.another());
                            stage.client().readExpiring(stage.another());
                        }
                    });
            world.coldPerMille = 0;
        }
    },

    /** Reads that came while another was master wait for its disk until it is master again. */
    ELECTED_AGAIN {
        @Override
        void direct(Stage stage) {
            stage.cutOff();
            stage.awaitAnother();
            GroupNode other = stage.another();
            stage.life().group().world.coldPerMille = 1_000;
            stage.life().group().world.readMaxMicros = 1_500_000;
            stage.until(
                    150,
                    () -> {
                        stage.client().get(stage.master(), ReadLevel.STRONG, 2_000);
                        stage.othersServe();
                    });
            stage.life().group().heal();
            stage.life().meta().heal();
            stage.pass(60);
            other.kill();
            stage.life().meta().suspect(other);
            stage.pass(1_500);
            stage.life().restart(other);
            stage.life().group().world.coldPerMille = 0;
            stage.life().group().world.readMaxMicros = 0;
        }
    },

    /** Its clock is slow and its slaves' are fast, all within the bound, under a lease of ten seconds. */
    DRIFT {
        @Override
        void direct(Stage stage) {
            stage.master().clock.drift(-4_900);
            stage.slaves().forEach(slave -> slave.clock.drift(4_900));
            stage.traffic(200);
            stage.cutOff();
            stage.pass(9_700);
            stage.twoMasters(600);
        }

        @Override
        ReplicationSettings replication() {
            return withLease(ReplicationSettings.DEFAULTS, 10_000);
        }
    },

    /** Beside it there is a node that is no member, which it still reaches. */
    NON_MEMBER {
        @Override
        void direct(Stage stage) {
            GroupNode stranger = stage.life().group().add();
            stage.traffic(50);
            stage.cutOff();
            stage.life().group().network().heal(stage.master(), stranger);
            stage.twoMasters(1_000);
            stranger.kill();
            stage.life().group().nodes().remove(stranger);
        }
    },

    /** It dies, and its successor is asked before the tail that it inherits counts. */
    SUCCESSION {
        @Override
        void direct(Stage stage) {
            stage.life().group().world.delayMinMicros = 2_000;
            stage.life().group().world.delayMaxMicros = 5_000;
            stage.until(60, () -> stage.client().write(stage.master()));
            stage.life().group().world.syncMaxMicros = 30_000;
            stage.master().kill();
            stage.life().meta().suspect(stage.master());
            stage.until(
                    900,
                    () -> {
                        for (GroupNode slave : stage.slaves()) {
                            stage.client().read(slave);
                            stage.client().read(slave);
                        }
                    });
            stage.life().restart(stage.master());
        }
    },

    /** Its disk is slower than those of its slaves: it commits what it has not applied itself. */
    SLOW_DISK {
        @Override
        void direct(Stage stage) {
            for (int i = 0; i < 6; i++) {
                stage.master().syncsHeld = true;
                stage.traffic(20 + stage.random().nextInt(60));
                stage.master().syncsHeld = false;
                stage.traffic(20);
            }
        }
    },

    /**
     * Writes are taken back while their rows are written and read, and some of them get their quorum late.
     */
    REVERTS {
        @Override
        void direct(Stage stage) {
            for (int i = 0; i < 4; i++) {
                stage.slaves().forEach(slave -> slave.syncsHeld = true);
                stage.until(30, () -> stage.client().writeWithRevert(stage.master(), 40));
                stage.slaves().forEach(slave -> stage.life().group().cut(stage.master(), slave));
                stage.until(50, () -> stage.client().read(stage.master()));
                stage.slaves().forEach(slave -> slave.syncsHeld = false);
                stage.until(20, () -> stage.client().read(stage.master()));
                stage.life().group().heal();
                stage.traffic(300);
            }
        }
    },

    /** As before, but the master is gone for good when it has decided. */
    REVERTS_AND_DIES {
        @Override
        void direct(Stage stage) {
            stage.slaves().forEach(slave -> slave.syncsHeld = true);
            stage.until(30, () -> stage.client().writeWithRevert(stage.master(), 40));
            stage.cutOff();
            stage.until(60, () -> stage.client().read(stage.master()));
            stage.slaves().forEach(slave -> slave.syncsHeld = false);
            stage.twoMasters(900);
        }
    },

    /** Wall clocks are apart, within the bound, and rows expire before and after a failover. */
    CLOCKS_APART {
        @Override
        void direct(Stage stage) {
            stage.life().stepWall(stage.master(), stage.random().nextInt(700));
            stage.slaves()
                    .forEach(slave -> stage.life().stepWall(slave, -stage.random().nextInt(250)));
            stage.pass(400);
            stage.until(60, () -> stage.client().writeExpiring(stage.master()));
            stage.cutOff();
            stage.until(
                    900,
                    () -> {
                        GroupNode asked =
                                stage.another() == null ? stage.master() : stage.another();
                        stage.client().readExpiring(asked);
                        stage.client().readExpiring(asked);
                    });
        }
    },

    /** Its wall clock steps far ahead, further than others take from it. */
    CLOCK_AHEAD {
        @Override
        void direct(Stage stage) {
            stage.life().log().aheadMaxMillis = 1_100;
            stage.life().stepWall(stage.master(), 2_000 + stage.random().nextInt(3_600_000));
            stage.traffic(600);
            stage.cutOff();
            stage.twoMasters(800);
        }
    };

    /** What happens once there is a master. */
    abstract void direct(Stage stage);

    ReplicationSettings replication() {
        return ReplicationSettings.DEFAULTS;
    }

    @Override
    public void live(long seed, Tampering removed) {
        GroupLife.Plan plan =
                new Random(seed).nextInt(3) == 0 ? GroupLife.Plan.OF_FIVE : GroupLife.Plan.OF_THREE;
        GroupLife life = new GroupLife(seed, plan, replication(), removed);
        life.live(
                () -> {
                    Stage stage = new Stage(life);
                    stage.traffic(60 + life.random().nextInt(60));
                    direct(stage);
                });
    }

    static ReplicationSettings withLease(ReplicationSettings settings, long millis) {
        return new ReplicationSettings(
                millis,
                settings.beatMillis(),
                settings.driftPerMille(),
                settings.wallStepMillis(),
                settings.stalledSyncMillis(),
                settings.windowEntries(),
                settings.windowBytes(),
                settings.readBytes(),
                settings.catchUpBytesPerSecond(),
                settings.probeMillis(),
                settings.maxClockOffsetMillis(),
                settings.handOverMillis());
    }
}
