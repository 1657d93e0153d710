package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.store.TabletStore;
import java.util.concurrent.Executor;

/**
 * Puts a tablet together over an open store: recovers it, then joins pipeline and read path.
 *
 * @param readers bounded threads for what may touch a disk
 * @param workers threads that run the writers' turns
 * @param group the way to the other replicas
 * @param counters of the node
 * @param earlier what was granted before a replica is opened
 */
record TabletFactory(
        NodeId self,
        Clock clock,
        TabletSettings settings,
        ReplicationSettings replication,
        Executor readers,
        Executor workers,
        LocalEnv.Group group,
        TabletObserver observer,
        ReplicationCounters counters,
        EarlierGrants earlier) {

    /** Of a tablet that counts for itself. */
    TabletFactory(
            NodeId self,
            Clock clock,
            TabletSettings settings,
            ReplicationSettings replication,
            Executor readers,
            Executor workers,
            LocalEnv.Group group,
            TabletObserver observer) {
        this(
                self,
                clock,
                settings,
                replication,
                readers,
                workers,
                group,
                observer,
                new ReplicationCounters(),
                new EarlierGrants(clock, replication.leaseMillis(), 0));
    }

    /**
     * May read much of the log: not for a thread that must not wait. What was granted before the opening
     * is not known, so it answers no fence until that has run out (E8).
     */
    Tablet open(TabletId id, KeyRange range, Oplog oplog, TabletStore store) {
        EpochHistory history = new EpochHistory(store.epochs());
        TabletRecovery.Recovered recovered = TabletRecovery.recover(id, store, oplog, history);
        Failures failures = new Failures(id, settings.retryAfterMillis());
        LocalEnv env = new LocalEnv(id, clock, oplog, store, readers, workers, group);
        TabletParts parts =
                new TabletParts(
                        id,
                        self,
                        env,
                        settings,
                        replication,
                        new TabletTime(clock, recovered.highestTimestampMillis()),
                        new Mailbox(settings.mailboxOperations(), settings.mailboxBytes()),
                        new Overlay(),
                        new Idempotency(),
                        new ReadWaits(settings.readWaits(), failures),
                        new Replies(),
                        failures,
                        history,
                        new LeaseTracker(replication),
                        new Grant(replication.leaseNanos(), recovered.promisedEpoch()),
                        earlier.untilNanos(id),
                        observer,
                        counters);
        WritePipeline pipeline = new WritePipeline(parts, recovered);
        env.runs(pipeline);
        return new Tablet(range, parts, pipeline, store, readers);
    }
}
