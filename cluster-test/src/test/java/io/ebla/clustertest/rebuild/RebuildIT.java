package io.ebla.clustertest.rebuild;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.ClusterNode;
import io.ebla.clustertest.process.ClusterProcesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A slave that the log does not reach any more, between real processes: it takes the state of another as a
 * snapshot, whoever of the two dies meanwhile, and is then as good as before.
 */
class RebuildIT {

    private static final int CHUNK = 256 << 10;
    private static final int FLUSH = 2 << 20;
    private static final int STATE = 16 << 20;

    /** Chunks that may be on their way: read ahead, in the buffers of both ends, not yet written. */
    private static final int ON_THE_WAY = 16;

    /** Two may be under way while a third is filled. */
    private static final int FLUSHES = 3;

    @TempDir private Path directory;
    private ClusterProcesses cluster;
    private ClusterNode slave;
    private ReplicatedTable table;

    /** Little log is kept, so that a few megabytes are more than it reaches back. */
    @BeforeEach
    void make() {
        cluster = new ClusterProcesses(directory, 1, 3);
        slave = cluster.node("t3");
        for (ClusterNode node : cluster.tabletServers()) {
            node.property("oplog.segment-size", "4MB")
                    .property("oplog.retention", "4MB")
                    .property("oplog.flush-above", "6MB")
                    .property("oplog.minimum-free", "24MB")
                    .property("tablet.idle-flush", "500ms")
                    .property("store.install-flush", FLUSH + "B")
                    .property("replication.catch-up-rate", "1500KB")
                    .property("replication.snapshot-keep", "10m"); // a JVM may start slowly
        }
        cluster.start();
        table = ReplicatedTable.notMasteredBy(slave, cluster, "{\"replicas\":3}");
    }

    @AfterEach
    void end() {
        cluster.close();
    }

    @Test
    void aReceiverKilledInTheMiddleGoesOnAndIsAsGoodAsBefore() {
        fallBehindTheLog();
        ClusterNode master = table.master();
        slave.bringBack();
        ClusterNode meta = cluster.metaServers().get(0);
        table.await("it is told", () -> Operations.of(meta).progressOf("rebuild") > 0.1);
        awaitSent(master, STATE / 3);
        slave.kill();
        table.write(20);
        slave.bringBack();
        awaitRebuilt();
        table.write(20);
        table.assertSameRows(slave);

        SentSnapshots sent = SentSnapshots.of(master);
        SentSnapshots.Stream last = sent.last();
        System.out.println("RebuildIT: " + sent + ", twice " + sent.sentTwice(last.view()));
        assertThat(sent.streams()).as("one view in two parts").hasSize(2);
        assertThat(last.whole()).isTrue();
        assertThat(last.from()).as("%s", sent).isPositive();
        assertThat(sent.sentTwice(last.view()))
                .as("%s", sent)
                .isLessThanOrEqualTo(FLUSHES * FLUSH / CHUNK + ON_THE_WAY);

        String replica = MapOfMeta.of(cluster).replica(slave);
        slave.kill();
        table.write(5);
        slave.bringBack();
        table.awaitCaughtUp(slave);
        assertThat(slave.process().output()).as("knows itself again").doesNotContain("snapshot");
        assertThat(MapOfMeta.of(cluster).replica(slave)).isEqualTo(replica);

        ClusterNode other = other(master, slave);
        other.kill();
        table.write(20);
        table.awaitCaughtUp(slave);
        List<String> rows = table.scan(slave, "local");
        master.kill();
        assertThat(table.scan(slave, "local")).as("alone").isEqualTo(rows).hasSize(table.rows());
    }

    @Test
    @Tag("long")
    void aSenderKilledInTheMiddleIsReplacedByAnotherViewFromTheStart() {
        fallBehindTheLog();
        ClusterNode first = table.master();
        slave.bringBack();
        awaitSent(first, STATE / 3);
        SentSnapshots before = SentSnapshots.of(first);
        first.kill();
        awaitRebuilt();
        ClusterNode second = table.master();
        assertThat(second).isNotIn(first, slave);
        SentSnapshots.Stream last = SentSnapshots.of(second).last();
        assertThat(last.from()).isZero();
        assertThat(last.whole()).isTrue();
        assertThat(last.view()).isNotEqualTo(before.last().view());
        table.write(20);
        table.assertSameRows(slave);
        first.bringBack();
        table.assertSameRows(first);
    }

    /** Its process stands still: the others go on at once, and what it lacks is at first still in the log. */
    @Test
    @Tag("long")
    void aSlaveThatStandsStillIsSentTheLogAndOnceThatIsGoneASnapshot() {
        table.write(50);
        table.awaitCaughtUp(slave);
        slave.pause();
        table.write(50);
        slave.resume();
        table.assertSameRows(slave);
        assertThat(slave.process().output()).doesNotContain("a snapshot is fetched");

        ClusterNode master = table.master();
        slave.pause();
        table.fill(STATE);
        // Until then what was sent may still be on its way, and would be all it needs.
        table.await(
                "the connection is given up",
                () -> master.process().output().contains("peer_disconnected node=" + slave.id()));
        awaitJournalsFreed();
        slave.resume();
        awaitRebuilt();
        table.write(20);
        table.assertSameRows(slave);
    }

    @Test
    @Tag("long")
    void aWipedSlaveComesBackAsALearnerWithAnotherReplica() throws IOException {
        table.fill(STATE);
        table.awaitCaughtUp(slave);
        slave.kill();
        String before = MapOfMeta.of(cluster).replica(slave);
        remove(slave.data());
        table.write(20);
        slave.bringBack();
        awaitRebuilt();
        table.write(20);
        table.await(
                "the new replica is a member",
                () -> table.members().equals(List.of("t1", "t2", "t3")));
        table.assertSameRows(slave);
        MapOfMeta after = MapOfMeta.of(cluster);
        assertThat(after.replica(slave)).isNotEqualTo(before);
        assertThat(after.text()).doesNotContain(before);
    }

    /** Leaves the slave down until nobody has the log any more that it lacks. */
    private void fallBehindTheLog() {
        table.write(100);
        table.awaitCaughtUp(slave);
        slave.kill();
        table.fill(STATE);
        for (int i = 0; i < 20; i++) {
            table.overwrite(i);
        }
        table.deleteLast();
        awaitJournalsFreed();
    }

    private void awaitJournalsFreed() {
        Metric journal = new Metric("ebla_journal_size_bytes");
        for (ClusterNode node : cluster.tabletServers()) {
            if (node.runs()) {
                table.await(
                        "the journal of " + node.id() + " is freed",
                        () -> journal.of(node) < STATE * 0.9);
            }
        }
    }

    private void awaitSent(ClusterNode sender, long bytes) {
        Metric sent = new Metric("ebla_replication_snapshot_sent_bytes_total", "node", slave.id());
        table.await("a part is sent", () -> sent.of(sender) >= bytes);
    }

    private void awaitRebuilt() {
        table.await(
                slave.id() + " is rebuilt",
                () -> slave.process().output().contains("was rebuilt from a snapshot"));
    }

    private ClusterNode other(ClusterNode one, ClusterNode two) {
        return cluster.tabletServers().stream()
                .filter(node -> node != one && node != two)
                .findFirst()
                .orElseThrow();
    }

    private static void remove(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            all.sorted(Comparator.reverseOrder())
                    .forEach(
                            path -> {
                                try {
                                    Files.delete(path);
                                } catch (IOException failed) {
                                    throw new UncheckedIOException(failed);
                                }
                            });
        }
    }
}
