package io.ebla.clustertest.failover;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Bad luck that befalls a cluster. Each is told whom it hits; all of it is over once the faults are healed
 * (nothing cut, nothing paused, clocks right, everyone started).
 */
enum Fault {
    KILL_MASTER {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode master = topology.aMaster(random);
            master.kill();
            return master.id();
        }
    },
    KILL_SLAVE {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode slave = topology.another(topology.aMaster(random), random);
            slave.kill();
            return slave.id();
        }
    },
    KILL_META_LEADER {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode leader = topology.metaLeader();
            leader.kill();
            return leader.id();
        }
    },
    /** The metadata's leader and a master: the election has to be resumed by the next leader. */
    KILL_META_LEADER_AND_MASTER {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode leader = topology.metaLeader();
            ClusterNode master = topology.aMaster(random);
            master.kill();
            leader.kill();
            return leader.id() + " and " + master.id();
        }
    },
    KILL_EVERYONE {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            cluster.nodes().parallelStream().forEach(ClusterNode::kill);
            return "all";
        }
    },
    /** Everybody is asked to stop, at once. */
    TERMINATE_EVERYONE {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            cluster.nodes().parallelStream().forEach(ClusterNode::terminate);
            return "all";
        }
    },
    PAUSE_EVERYONE {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            cluster.nodes().forEach(ClusterNode::pause);
            return "all";
        }
    },
    /** Reads and writes go on. */
    KILL_ALL_META_SERVERS {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            cluster.metaServers().forEach(ClusterNode::kill);
            return "all meta-servers";
        }
    },
    /** An orderly stop, which hands its masterships over. */
    TERMINATE_MASTER {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode master = topology.aMaster(random);
            return master.id() + ", exit status " + master.terminate();
        }
    },
    PAUSE_MASTER {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode master = topology.aMaster(random);
            master.pause();
            return master.id();
        }
    },
    PAUSE_SLAVE {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode slave = topology.another(topology.aMaster(random), random);
            slave.pause();
            return slave.id();
        }
    },
    PAUSE_META_LEADER {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode leader = topology.metaLeader();
            leader.pause();
            return leader.id();
        }
    },
    /** Nobody but its clients hears the master, and it hears only them. */
    CUT_OFF_MASTER(true) {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode master = topology.aMaster(random);
            cut(cluster, master, true, true);
            return master.id();
        }
    },
    /** The others hear the master no more; it hears them. */
    MASTER_UNHEARD(true) {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode master = topology.aMaster(random);
            cut(cluster, master, true, false);
            return master.id();
        }
    },
    /** The master hears the others no more; they hear it. */
    DEAF_MASTER(true) {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode master = topology.aMaster(random);
            cut(cluster, master, false, true);
            return master.id();
        }
    },
    /** The master loses its slaves but not the metadata, which has to give its tablets to one of them. */
    CUT_MASTER_FROM_SLAVES(true, true) {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode master = topology.aMaster(random);
            for (ClusterNode slave : cluster.tabletServers()) {
                if (slave != master) {
                    cluster.wires().cut(master.id(), slave.id());
                    cluster.wires().cut(slave.id(), master.id());
                }
            }
            return master.id();
        }
    },
    CUT_OFF_META_LEADER(true) {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode leader = topology.metaLeader();
            cut(cluster, leader, true, true);
            return leader.id();
        }
    },
    /** The others hear the metadata's leader no more; it hears them. */
    META_LEADER_UNHEARD(true) {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode leader = topology.metaLeader();
            cut(cluster, leader, true, false);
            return leader.id();
        }
    },
    /** A slave is heard by nobody: its acknowledgements and grants are lost. */
    SLAVE_UNHEARD(true) {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode slave = topology.another(topology.aMaster(random), random);
            cut(cluster, slave, true, false);
            return slave.id();
        }
    },
    /** Each of all ways from one to another may be cut, and one of four is. */
    CUT_ONE_WAY_AT_RANDOM(true) {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            List<String> ways = new ArrayList<>();
            for (ClusterNode from : cluster.nodes()) {
                for (ClusterNode to : cluster.nodes()) {
                    if (from != to && random.nextInt(4) == 0) {
                        cluster.wires().cut(from.id(), to.id());
                        ways.add(from.id() + ">" + to.id());
                    }
                }
            }
            return String.join(" ", ways);
        }
    },
    /**
     * The wall clock of a master jumps back by minutes or forth by up to one: a node that was ahead must not
     * lead for as long, even if its clock has been put right.
     */
    STEP_CLOCK_OF_MASTER {
        @Override
        String strike(ClusterProcesses cluster, Topology topology, Random random) {
            ClusterNode master = topology.aMaster(random);
            int seconds = random.nextBoolean() ? 5 + random.nextInt(55) : -30 - random.nextInt(300);
            SteppedClock.of(master).set(seconds);
            return master.id() + " by " + seconds + " s";
        }

        @Override
        String impossible(ClusterProcesses cluster) {
            return SteppedClock.available() ? "" : "faketime is not installed";
        }
    };

    private final boolean cuts;
    private final boolean borne;

    Fault() {
        this(false);
    }

    Fault(boolean cuts) {
        this(cuts, false);
    }

    /** @param borne whether every tablet has to take writes again while it lasts */
    Fault(boolean cuts, boolean borne) {
        this.cuts = cuts;
        this.borne = borne;
    }

    boolean isBorne() {
        return borne;
    }

    /** Makes it happen; whom it hit. */
    abstract String strike(ClusterProcesses cluster, Topology topology, Random random);

    /** Why it cannot be made to happen here; empty if it can. */
    String impossible(ClusterProcesses cluster) {
        return !cuts || cluster.wires().canCut() ? "" : "nothing can be cut here";
    }

    private static void cut(
            ClusterProcesses cluster, ClusterNode node, boolean from, boolean towards) {
        List<ClusterNode> others = cluster.nodes().stream().filter(other -> other != node).toList();
        for (ClusterNode other : others) {
            if (from) {
                cluster.wires().cut(node.id(), other.id());
            }
            if (towards) {
                cluster.wires().cut(other.id(), node.id());
            }
        }
    }
}
