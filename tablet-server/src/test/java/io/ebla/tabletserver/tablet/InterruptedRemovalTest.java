package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.store.TabletStores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that died while it removed a replica goes on with that at its next start, wherever it was: the log's
 * record says that the tablet was dropped, until nothing is left of it (L7).
 */
class InterruptedRemovalTest {

    private static final TabletId TABLET = new TabletId(1);
    private static final TableName TABLE = new TableName("t");

    @TempDir private Path data;
    private final List<HostedNode> nodes = new ArrayList<>();

    @AfterEach
    void end() {
        nodes.forEach(HostedNode::close);
    }

    private HostedNode start(SegmentOplog journal) {
        HostedNode node = new HostedNode(data, "run-" + nodes.size(), journal);
        nodes.add(node);
        return node.start();
    }

    /** A node that held a replica, closed, and a log that says that it was dropped. */
    private HostedNode droppedInTheLogOnly() throws Exception {
        HostedNode node = start(HostedNode.journal(data));
        node.host.update(
                new ClusterMap(
                        "cluster",
                        1,
                        1,
                        List.of(),
                        List.of(new TableDescriptor(TABLE, 2, StoreKind.DISK, 0, List.of(), 1)),
                        List.of(
                                new TabletDescriptor(
                                        TABLET,
                                        TABLE,
                                        "",
                                        "",
                                        List.of(
                                                new ReplicaDescriptor(
                                                        HostedNode.SELF,
                                                        new ReplicaId("first"),
                                                        false,
                                                        false)),
                                        0,
                                        null)),
                        List.of(),
                        List.of()));
        Eventually.until("open", () -> node.host.openedUnreported().size() == 1);
        node.close();
        try (SegmentOplog journal = HostedNode.journal(data)) {
            CompletableFuture<Void> dropped = new CompletableFuture<>();
            journal.drop(
                    TABLET,
                    new Oplog.AppendListener() {
                        @Override
                        public void durable() {
                            dropped.complete(null);
                        }

                        @Override
                        public void failed(RuntimeException cause) {
                            dropped.completeExceptionally(cause);
                        }
                    });
            dropped.get(30, TimeUnit.SECONDS);
        }
        return node;
    }

    private void removesWhatIsLeft(HostedNode before) throws IOException {
        SegmentOplog journal = HostedNode.journal(data);
        assertThat(journal.dropped()).containsExactly(TABLET);
        HostedNode again = start(journal);
        Eventually.until("the record is forgotten", () -> journal.dropped().isEmpty());
        assertThat(before.folderOf(TABLET)).doesNotExist();
        assertThat(again.host.holdings()).isEmpty();
    }

    @Test
    void beforeAnyFileWasMoved() throws Exception {
        removesWhatIsLeft(droppedInTheLogOnly());
    }

    @Test
    void whenTheDescriptorIsGone() throws Exception {
        HostedNode node = droppedInTheLogOnly();
        Files.delete(node.folderOf(TABLET).resolve(TabletStores.DESCRIPTOR));
        removesWhatIsLeft(node);
    }

    @Test
    void whenAllFilesAreGoneAndTheRecordIsNotForgotten() throws Exception {
        HostedNode node = droppedInTheLogOnly();
        try (Stream<Path> files = Files.walk(node.folderOf(TABLET))) {
            for (Path file : files.sorted((one, other) -> other.compareTo(one)).toList()) {
                Files.delete(file);
            }
        }
        removesWhatIsLeft(node);
    }
}
