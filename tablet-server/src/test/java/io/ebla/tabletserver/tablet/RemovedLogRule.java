package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.oplog.JournalDisk;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaMessage.Append;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rules of log, disk, restart and snapshots, taken away; see {@link RemovedRule}. */
enum RemovedLogRule implements RemovedRule {

    /** A follower applies whatever it is sent. */
    L1_ONLY_COMMITTED_IS_APPLIED(RandomScenario.LONELY_MASTERS, 300) {
        @Override
        public ReplicaMessage message(GroupNode target, ReplicaMessage message) {
            if (!(message instanceof Append append) || append.entries().isEmpty()) {
                return message;
            }
            List<LogEntry> entries = append.entries().entries();
            return EarlyCommit.committing(append, entries.get(entries.size() - 1).index());
        }
    },

    /** A replica that begins again takes all of its log for committed. */
    L2_TAIL_WAITS_FOR_A_MASTER(RandomScenario.OF_THREE, 60) {
        @Override
        public Oplog oplog(GroupNode node, Oplog oplog) {
            return TamperedOplog.of(
                    oplog,
                    new TamperedOplog.Change() {
                        @Override
                        public Object after(String method, Object result) {
                            return method.equals("tail")
                                    ? ((Optional<?>) result).map(tail -> told((Oplog.Tail) tail))
                                    : result;
                        }
                    });
        }

        private Oplog.Tail told(Oplog.Tail tail) {
            return new Oplog.Tail(
                    tail.lastEpoch(),
                    tail.lastIndex(),
                    tail.promisedEpoch(),
                    tail.lastIndex(),
                    tail.firstIndex());
        }
    },

    /** What a killed process left unsynced counts as durable for the next one. */
    L2_OPENED_IS_SYNCED(RandomScenario.FLUSHES, 300) {
        @Override
        public JournalDisk disk(GroupNode node, JournalDisk disk) {
            return LyingDisk.aboutWhatWasThere(disk);
        }
    },

    /** A sync that failed counts as one that did not. */
    L3_FAILED_SYNC_IS_FINAL(RandomScenario.BAD_DISKS, 60) {
        @Override
        public JournalDisk disk(GroupNode node, JournalDisk disk) {
            return LyingDisk.aboutFailures(disk);
        }
    },

    /** Damage of what was durable is taken for a torn end, and cut. */
    L3_DAMAGE_IS_NOT_A_TORN_END(RandomScenario.BAD_DISKS, 150) {
        @Override
        public boolean cutsDamage() {
            return true;
        }
    },

    /** Log is freed that only the memory of the store has. */
    L4_FREED_IS_FLUSHED(RandomScenario.FLUSHES, 60) {
        @Override
        public Oplog oplog(GroupNode node, Oplog oplog) {
            return adding(oplog, "release", 1, 3);
        }
    },

    /** The log goes on behind another entry than the snapshot ends with. */
    L5_LOG_RESTARTS_AT_THE_SNAPSHOT(RandomScenario.NEW_DISKS, 60) {
        @Override
        public Oplog oplog(GroupNode node, Oplog oplog) {
            return adding(oplog, "restart", 2, 1);
        }
    },

    /** After a power cut the old store is taken although the log was switched to the new one. */
    L5_THE_RECORD_SWITCHES(RandomScenario.POWER_CUTS_AT_SWITCHES, 500) {
        @Override
        public boolean settlesInstallations() {
            return false;
        }
    },

    /** A node removes what the newest map does not mention, without being told that it was dropped. */
    L7_UNKNOWN_IS_NOT_DROPPED(ReplicaScenario.NOT_MENTIONED, 20) {
        @Override
        public ClusterMap map(GroupNode node, ClusterMap map) {
            List<MetaApi.Retired> retired = new ArrayList<>(map.retired());
            if (map.tablets().isEmpty() && node.held() != null) {
                retired.add(new MetaApi.Retired(LocalGroup.TABLET, node.id, node.held()));
            }
            return Maps.with(map, map.tablets(), retired);
        }
    },

    /** A node removes what the newest set does not name, while the former one is still needed. */
    L7_FORMER_MEMBERS_ARE_RETIRED_FIRST(RandomScenario.REPLICA_CHANGES, 60) {
        @Override
        public ClusterMap map(GroupNode node, ClusterMap map) {
            List<MetaApi.Retired> retired = new ArrayList<>(map.retired());
            for (TabletDescriptor tablet : map.tablets()) {
                tablet.previousReplicas().stream()
                        .filter(former -> former.node().equals(node.id))
                        .filter(former -> tablet.replicaOn(node.id).isEmpty())
                        .forEach(
                                former ->
                                        retired.add(
                                                new MetaApi.Retired(
                                                        tablet.id(), node.id, former.id())));
            }
            return Maps.with(map, map.tablets(), retired);
        }
    },

    /** Whatever map comes last counts, however old. */
    L8_OLDER_MAPS_ARE_REFUSED(RandomScenario.META_LEADERS, 0) {
        @Override
        public ClusterMap map(GroupNode node, ClusterMap map) {
            return Maps.numbered(map, node.group().nowNanos());
        }
    };

    private final Scenario scenario;
    private final int livesMax;

    RemovedLogRule(Scenario scenario, int livesMax) {
        this.scenario = scenario;
        this.livesMax = livesMax;
    }

    @Override
    public Scenario scenario() {
        return scenario;
    }

    @Override
    public int livesMax() {
        return livesMax;
    }

    /** A log of which one argument of one call, an index, is higher than it was given. */
    private static Oplog adding(Oplog oplog, String call, int argument, long more) {
        return TamperedOplog.of(
                oplog,
                new TamperedOplog.Change() {
                    @Override
                    public void before(String method, Object[] arguments) {
                        if (method.equals(call)) {
                            arguments[argument] = (long) arguments[argument] + more;
                        }
                    }
                });
    }
}
