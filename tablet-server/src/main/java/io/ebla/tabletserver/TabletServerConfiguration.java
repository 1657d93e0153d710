package io.ebla.tabletserver;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.api.ApiConfiguration;
import io.ebla.tabletserver.membership.MembershipConfiguration;
import io.ebla.tabletserver.network.NetworkConfiguration;
import io.ebla.tabletserver.oplog.FileJournalDisk;
import io.ebla.tabletserver.oplog.InMemoryOplog;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.ReservedClock;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.ops.OpsConfiguration;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.store.InMemoryTabletStores;
import io.ebla.tabletserver.store.RocksSettings;
import io.ebla.tabletserver.store.RocksTabletStores;
import io.ebla.tabletserver.tablet.DataDirectory;
import io.ebla.tabletserver.tablet.FatalExit;
import io.ebla.tabletserver.tablet.HostSettings;
import io.ebla.tabletserver.tablet.JudgedClock;
import io.ebla.tabletserver.tablet.Storage;
import io.ebla.tabletserver.tablet.TabletHost;
import io.ebla.tabletserver.tablet.TabletObserver;
import io.ebla.tabletserver.tablet.TabletSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The tablet server as a role of the application: its engine, and the parts of the module around it.
 * The engine is plain Java; here alone it meets its settings and its life in the process.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({TabletServerProperties.class, ReplicationProperties.class})
@Import({
    ApiConfiguration.class,
    MembershipConfiguration.class,
    NetworkConfiguration.class,
    OpsConfiguration.class
})
public class TabletServerConfiguration {

    private static final Logger LOG = LoggerFactory.getLogger(TabletServerConfiguration.class);

    /** Exit status of a process that had to end itself. */
    private static final int FATAL_STATUS = 70;

    private static final long MEMORY_LOG_BYTES = 128L << 20;

    @Bean
    Clock clock() {
        return new SystemClock();
    }

    /** The node's clock, judged by those of other nodes (T2). */
    @Bean(defaultCandidate = false)
    JudgedClock judgedClock(Clock clock, ReplicationProperties replication) {
        return new JudgedClock(clock, replication.maxClockOffset().toMillis());
    }

    /** The node's clock for its tablets, which does not go back over a restart (T1). */
    @Bean(defaultCandidate = false)
    ReservedClock tabletClock(DataDirectory data, @Qualifier("judgedClock") JudgedClock clock) {
        Path directory = data.path().resolve("clock");
        try {
            return ReservedClock.open(FileJournalDisk.open(directory), clock);
        } catch (IOException failure) {
            throw new IllegalStateException("cannot reserve time in " + directory, failure);
        }
    }

    /** This run of the process. */
    @Bean
    Incarnation incarnation() {
        return new Incarnation(UUID.randomUUID().toString());
    }

    /** Taken before anything else touches the directory. */
    @Bean
    DataDirectory dataDirectory(TabletServerProperties settings) {
        return DataDirectory.open(settings.data(), new NodeId(settings.nodeId()));
    }

    /** Ends the process at once: an orderly end would wait for a disk that has failed. */
    @Bean
    FatalExit fatalExit() {
        return reason -> {
            LOG.error("this process ends: {}", reason);
            Runtime.getRuntime().halt(FATAL_STATUS);
        };
    }

    @Bean
    SegmentOplog journal(
            DataDirectory data,
            TabletServerProperties settings,
            Clock clock,
            ObjectProvider<OplogObserver> observer,
            FatalExit fatalExit) {
        Path directory = data.path().resolve("journal");
        try {
            return SegmentOplog.open(
                    FileJournalDisk.open(directory),
                    oplogSettings(settings.oplog()),
                    clock,
                    observer.getIfAvailable(() -> OplogObserver.NONE),
                    () -> endAfterGrace(fatalExit, directory));
        } catch (IOException failure) {
            throw new IllegalStateException("cannot open the journal in " + directory, failure);
        }
    }

    private static void endAfterGrace(FatalExit fatalExit, Path journal) {
        LOG.error("the journal in {} failed", journal);
        new FatalExitTimer(fatalExit, HostSettings.DEFAULTS.failedGraceMillis())
                .start("the journal failed to sync");
    }

    @Bean
    RocksTabletStores diskStores(DataDirectory data, TabletServerProperties settings) {
        return new RocksTabletStores(data.path(), storeSettings(settings.store()));
    }

    @Bean
    TabletHost tabletHost(
            DataDirectory data,
            Incarnation incarnation,
            @Qualifier("tabletClock") ReservedClock clock,
            @Qualifier("judgedClock") JudgedClock judge,
            Oplog journal,
            RocksTabletStores diskStores,
            TabletServerProperties settings,
            ReplicationProperties replication,
            ObjectProvider<TabletObserver> observer,
            ReplicaNetwork network,
            FatalExit fatalExit) {
        OplogSettings oplog = oplogSettings(settings.oplog());
        return new TabletHost(
                new TabletHost.Parts(
                        data,
                        incarnation,
                        clock,
                        judge,
                        new Storage(journal, diskStores),
                        new Storage(
                                new InMemoryOplog(
                                        MEMORY_LOG_BYTES, oplog.queueEntries(), oplog.queueBytes()),
                                new InMemoryTabletStores()),
                        observer.getIfAvailable(() -> TabletObserver.NONE),
                        fatalExit,
                        network),
                hostSettings(settings, replication));
    }

    @Bean
    TabletHostLifecycle tabletHostLifecycle(TabletHost host, SnapshotSource snapshots) {
        host.snapshotsFrom(snapshots);
        return new TabletHostLifecycle(host);
    }

    private static OplogSettings oplogSettings(TabletServerProperties.Oplog settings) {
        OplogSettings defaults = OplogSettings.defaults();
        return new OplogSettings(
                settings.segmentSize().toBytes(),
                defaults.queueEntries(),
                settings.queueSize().toBytes(),
                defaults.groupBytes(),
                settings.retention().toBytes(),
                settings.minimumFree().toBytes(),
                defaults.freeSpaceCheckMillis(),
                defaults.idleMarkerMillis());
    }

    private static RocksSettings storeSettings(TabletServerProperties.Store settings) {
        RocksSettings defaults = RocksSettings.DEFAULTS;
        return new RocksSettings(
                settings.blockCache().toBytes(),
                settings.writeBuffers().toBytes(),
                defaults.inlineValueBytes(),
                settings.backgroundRate().toBytes(),
                defaults.backgroundThreads(),
                defaults.openFilesPerTablet(),
                settings.installFlush().toBytes(),
                settings.directReads());
    }

    private static HostSettings hostSettings(
            TabletServerProperties settings, ReplicationProperties replication) {
        TabletServerProperties.Tablet tablet = settings.tablet();
        TabletSettings defaults = TabletSettings.DEFAULTS;
        int cores = Runtime.getRuntime().availableProcessors();
        return new HostSettings(
                new TabletSettings(
                        tablet.mailboxOperations(),
                        tablet.mailboxSize().toBytes(),
                        tablet.groupOperations(),
                        settings.groupBytes(),
                        defaults.groupsInFlight(),
                        defaults.readWaits(),
                        tablet.idempotencyRetention().toMillis(),
                        tablet.expiryInterval().toMillis(),
                        tablet.expiryRows(),
                        defaults.retryAfterMillis()),
                tablet.workers() == 0 ? Math.min(2, cores) : tablet.workers(),
                tablet.readThreads() == 0 ? 2 * cores : tablet.readThreads(),
                tablet.readQueue(),
                HostSettings.DEFAULTS.tickMillis(),
                HostSettings.DEFAULTS.flushCheckMillis(),
                settings.oplog().flushAbove().toBytes(),
                tablet.idleFlush().toMillis(),
                HostSettings.DEFAULTS.drainMillis(),
                HostSettings.DEFAULTS.failedGraceMillis(),
                replication.settings(settings.appendBytes()));
    }
}
