package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies on a disk and is nobody's, as far as the metadata says. */
class OrphansTest {

    private static final TableName TABLE = new TableName("t");
    private static final TabletId TABLET = new TabletId(1);
    private static final ReplicaId REPLICA = new ReplicaId("first");
    private static final ReplicaId STRANGER = new ReplicaId("stranger");

    @TempDir private Path data;
    private long version;

    private ClusterMap map(List<TabletDescriptor> tablets, List<TabletId> dropped) {
        return new ClusterMap(
                "cluster",
                1,
                ++version,
                List.of(),
                List.of(new TableDescriptor(TABLE, 1, StoreKind.DISK, 0, List.of(), 1)),
                tablets,
                dropped,
                List.<MetaApi.Retired>of());
    }

    private ClusterMap named() {
        ReplicaDescriptor replica =
                new ReplicaDescriptor(HostedNode.SELF, REPLICA, false, false, false);
        return map(
                List.of(new TabletDescriptor(TABLET, TABLE, "", "", List.of(replica), 0, null)),
                List.of());
    }

    private HostedNode node(String run) throws Exception {
        return new HostedNode(data, run, HostedNode.journal(data)).start();
    }

    @Test
    void aReplicaThatTheMetadataDoesNotKnowIsCountedAndKeptUntilItIsCalledDropped()
            throws Exception {
        try (HostedNode node = node("run-1")) {
            node.host.update(named());
            Eventually.until("made", () -> node.host.openedUnreported().size() == 1);
            assertThat(node.host.orphanedReplicas()).isZero();
        }
        try (HostedNode again = node("run-2")) {
            again.host.update(map(List.of(), List.of()));
            Eventually.until("counted", () -> again.host.orphanedReplicas() == 1);
            assertThat(again.folderOf(TABLET)).exists();
            assertThat(again.host.holdings()).containsExactly(new MetaApi.Holding(TABLET, REPLICA));
            again.host.update(map(List.of(), List.of(TABLET)));
            Eventually.until("gone", () -> again.host.droppedUnreported().equals(List.of(TABLET)));
            assertThat(again.folderOf(TABLET)).doesNotExist();
            Eventually.until("counted", () -> again.host.orphanedReplicas() == 0);
        }
    }

    /** Killed after the children were described: its SPLIT is in the log, and not applied again yet. */
    @Test
    void aChildOfAParentThatIsHeldIsAwaitedAndAStrangerIsNot() throws Exception {
        ReplicaFiles files = new ReplicaFiles(data);
        TabletId child = new TabletId(11);
        files.write(new ReplicaFiles.Replica(TABLET, TABLE, "", "", REPLICA));
        files.write(new ReplicaFiles.Replica(child, TABLE, "", "6d", REPLICA.ofChild(child)));
        files.write(new ReplicaFiles.Replica(new TabletId(12), TABLE, "6d", "", STRANGER));
        try (HostedNode node = node("run-1")) {
            Eventually.until("opened", () -> node.host.statuses().size() == 3);
            node.host.update(named());
            Eventually.until("looked at", () -> node.host.orphanedReplicas() > 0);
            assertThat(node.host.orphanedReplicas()).isEqualTo(1);
        }
    }

    @Test
    void aFolderWithoutADescriptorIsCountedAndKeptAndAnEmptyOneIsNothing() throws Exception {
        Path unnamed = data.resolve("tablets").resolve(new TabletId(7).text());
        Files.createDirectories(unnamed);
        Files.createDirectories(data.resolve("tablets").resolve(new TabletId(8).text()));
        Files.writeString(unnamed.resolve("CURRENT"), "something");
        try (HostedNode node = node("run-1")) {
            assertThat(node.host.orphanedFolders()).isEqualTo(1);
            assertThat(unnamed.resolve("CURRENT")).exists();
        }
    }
}
