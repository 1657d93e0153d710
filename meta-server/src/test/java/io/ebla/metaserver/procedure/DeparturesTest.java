package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.liveness.Departures;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which masterships a node that leaves waits for. */
class DeparturesTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65);

    private final SimulatedCluster cluster = new SimulatedCluster(7, 3, SETTINGS);
    private final Departures departures = new Departures(cluster.liveness());
    private TabletId tablet;

    @BeforeEach
    void settle() {
        tablet = cluster.table(3, StoreKind.DISK);
        cluster.run(4_000);
        assertThat(cluster.master(tablet).id).isEqualTo(NodeId.of("t1"));
    }

    private int left(String node) {
        return departures.masterships(cluster.state(), NodeId.of(node));
    }

    private void leaves(String node) {
        cluster.liveness().leaving(cluster.node(node).descriptor());
    }

    @Test
    void whatAnyMemberThatStaysCanTake() {
        leaves("t1");
        leaves("t2");
        assertThat(left("t1")).isEqualTo(1);
        assertThat(left("t2")).isZero();
    }

    @Test
    void nothingWhenAllLeaveAtOnce() {
        leaves("t1");
        leaves("t2");
        leaves("t3");
        assertThat(left("t1")).isZero();
    }

    @Test
    void nothingWhenTheOthersAreDown() {
        leaves("t1");
        cluster.node("t2").kill();
        cluster.node("t3").kill();
        cluster.runUntil(60_000, () -> left("t1") == 0);
        assertThat(cluster.master(tablet).id).isEqualTo(NodeId.of("t1"));
    }
}
