package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A node gets a new disk, and then the old one again: what is on it and nobody's goes. */
class OldDisksTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65);

    private final SimulatedCluster cluster = new SimulatedCluster(47, 4, SETTINGS);
    private final TabletId tablet = cluster.table(3, StoreKind.DISK);
    private final FakeNode node = cluster.node("t2");
    private final Map<TabletId, FakeNode.Replica> former = new HashMap<>(node.replicas);

    private void getsAnotherDisk() {
        node.kill();
        cluster.run(1_000);
        node.restart(true);
        cluster.runUntil(60_000, this::hasThreeLiving);
        cluster.runUntil(5_000, () -> cluster.state().retired().isEmpty());
    }

    private boolean hasThreeLiving() {
        return cluster.tablet(tablet).replicas().stream()
                        .filter(each -> each.opened() && !each.lost() && !each.learner())
                        .count()
                == 3;
    }

    private void getsTheFormerDisk() {
        node.kill();
        cluster.run(1_000);
        node.restartWithFormer(former);
    }

    @Test
    void theReplicaThatWasReplacedGoesAndTheTabletHasAllItsCopies() {
        cluster.run(2_000);
        getsAnotherDisk();
        FakeNode.Replica old = former.get(tablet);
        assertThat(cluster.tablet(tablet).replicas())
                .extracting(ReplicaDescriptor::id)
                .doesNotContain(old.id);
        getsTheFormerDisk();
        cluster.runUntil(5_000, () -> !node.replicas.containsValue(old));
        cluster.runUntil(60_000, this::hasThreeLiving);
        assertThat(cluster.state().retired()).isEmpty();
    }

    @Test
    void aTabletThatWasDroppedMeanwhileGoes() {
        cluster.run(2_000);
        getsAnotherDisk();
        cluster.metadata.apply(new ClusterCommand.DropTable(cluster.tablet(tablet).table(), 1));
        cluster.runUntil(5_000, () -> cluster.state().dropped().isEmpty());
        getsTheFormerDisk();
        cluster.runUntil(5_000, () -> node.replicas.isEmpty());
        cluster.runUntil(5_000, () -> cluster.state().dropped().isEmpty());
    }
}
