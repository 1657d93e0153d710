package io.ebla.clustertest.architecture;

import java.util.List;

/** The classes that own time, chance, sleep and threads, each with the reason why it must. */
final class Owners {

    record Owner(String className, String reason) {
        @Override
        public String toString() {
            return className.substring(className.lastIndexOf('.') + 1) + " (" + reason + ")";
        }
    }

    static final List<Owner> OF_CLOCKS =
            List.of(
                    new Owner(
                            "io.ebla.core.time.SystemClock",
                            "the one implementation of Clock on the system's clocks"));

    static final List<Owner> OF_CHANCE =
            List.of(
                    new Owner(
                            "io.ebla.tabletserver.TabletServerConfiguration",
                            "draws the incarnation of this process, once"),
                    new Owner(
                            "io.ebla.tabletserver.tablet.DataDirectory",
                            "draws the store id of a new data directory"),
                    new Owner(
                            "io.ebla.tabletserver.oplog.SegmentOplog",
                            "draws the number of a new journal"),
                    new Owner(
                            "io.ebla.metaserver.raft.RaftMetadataTablet",
                            "draws the id of a new cluster"),
                    new Owner(
                            "io.ebla.metaserver.api.MetaRoutes",
                            "draws replica ids, which go into commands as data"),
                    new Owner(
                            "io.ebla.metaserver.procedure.ProcedureConfiguration",
                            "draws ids of replicas and operations, which go into commands"));

    static final List<Owner> OF_SLEEP =
            List.of(
                    new Owner(
                            "io.ebla.tabletserver.oplog.TurnThread",
                            "parks its own thread between turns until it is woken"),
                    new Owner(
                            "io.ebla.tabletserver.tablet.Pace",
                            "lets work in the background rest between its pieces"),
                    new Owner(
                            "io.ebla.core.failpoint.FailPoints",
                            "holds a thread for a test that is going to kill the process"),
                    new Owner("io.ebla.cli.BulkImport", "waits as the server's Retry-After asks"),
                    new Owner("io.ebla.cli.bench.BenchRun", "lets the load run for its time"));

    static final List<Owner> OF_THREADS =
            List.of(
                    new Owner(
                            "io.ebla.tabletserver.oplog.TurnThread",
                            "the journal's writer and its housekeeping"),
                    new Owner(
                            "io.ebla.tabletserver.tablet.HostThreads",
                            "the workers, readers and timers of a node"),
                    new Owner(
                            "io.ebla.tabletserver.FatalExitTimer",
                            "ends a process whose journal failed, whatever else hangs"),
                    new Owner(
                            "io.ebla.tabletserver.membership.MembershipConfiguration",
                            "the one thread that talks to meta"),
                    new Owner(
                            "io.ebla.metaserver.MetaServerConfiguration",
                            "hands the common pool to the answers of the map"),
                    new Owner(
                            "io.ebla.metaserver.procedure.ProcedureConfiguration",
                            "the one thread of what the leader does by itself"));

    static final List<Owner> OF_BLOCKING =
            List.of(
                    new Owner(
                            "io.ebla.tabletserver.membership.MetaTransport",
                            "waits for its connections when the process ends"));

    private Owners() {}
}
