package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCodec;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.cluster.ReplicaOperation.Kind;
import io.ebla.metaserver.cluster.ReplicaOperation.Phase;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is told of replica changes is what was done. */
class ReplicaOperationsTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65);

    private final SimulatedCluster cluster = new SimulatedCluster(11, 4, SETTINGS);

    private TabletId settledTable(int copies, StoreKind kind) {
        TabletId tablet = cluster.table(copies, kind);
        cluster.run(4_000);
        return tablet;
    }

    private List<ReplicaOperation> told() {
        return List.copyOf(cluster.state().replicaOperations().values());
    }

    private ReplicaOperation only() {
        assertThat(told()).hasSize(1);
        return told().get(0);
    }

    @Test
    void aRebuildElsewhereIsToldFromItsBeginningToItsEnd() {
        TabletId tablet = settledTable(3, StoreKind.DISK);
        assertThat(told()).isEmpty();
        cluster.node("t3").kill();
        cluster.runUntil(30_000, () -> !told().isEmpty());
        ReplicaOperation begun = only();
        assertThat(begun.kind()).isEqualTo(Kind.REBUILD);
        assertThat(begun.phase()).isEqualTo(Phase.BUILDING);
        assertThat(begun.tablet()).isEqualTo(tablet);
        assertThat(begun.from()).isEqualTo(NodeId.of("t3"));
        assertThat(begun.to()).isEqualTo(NodeId.of("t4"));
        assertThat(begun.endedAtMillis()).isZero();
        cluster.runUntil(30_000, () -> only().phase() == Phase.JOINING);
        assertThat(cluster.tablet(tablet).previousReplicas()).isNotEmpty();
        cluster.runUntil(30_000, () -> only().phase() == Phase.DONE);
        assertThat(cluster.tablet(tablet).previousReplicas()).isEmpty();
        assertThat(only().startedAtMillis()).isEqualTo(begun.startedAtMillis());
        assertThat(only().endedAtMillis()).isGreaterThanOrEqualTo(begun.startedAtMillis());
        ClusterCodec codec = new ClusterCodec();
        assertThat(codec.decodeState(codec.encode(cluster.state()))).isEqualTo(cluster.state());
    }

    @Test
    void aRebuildInPlaceIsFromItsNodeToItself() {
        settledTable(3, StoreKind.DISK);
        cluster.node("t2").kill();
        cluster.node("t2").restart(true);
        cluster.runUntil(30_000, () -> !told().isEmpty() && only().phase() == Phase.DONE);
        assertThat(only().kind()).isEqualTo(Kind.REBUILD);
        assertThat(only().from()).isEqualTo(NodeId.of("t2"));
        assertThat(only().to()).isEqualTo(NodeId.of("t2"));
    }

    @Test
    void aLearnerThatIsNotNeededAnyMoreIsToldAsAborted() {
        settledTable(3, StoreKind.DISK);
        cluster.node("t3").kill();
        cluster.cut("t4", "t1");
        cluster.cut("t4", "t2");
        cluster.runUntil(30_000, () -> !told().isEmpty());
        cluster.node("t3").restart(false);
        cluster.runUntil(30_000, () -> only().phase().ended());
        assertThat(only().phase()).isEqualTo(Phase.ABORTED);
        assertThat(only().detail()).isNotEmpty();
    }

    @Test
    void noMoreReplicasAreBuiltAtATimeThanMayBe() {
        ProcedureSettings two =
                new ProcedureSettings(
                        3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 2, 3, 32, 0.65);
        SimulatedCluster many = new SimulatedCluster(13, 4, two);
        many.table(3, StoreKind.DISK, 7);
        many.run(4_000);
        many.node("t3").kill();
        AtomicLong most = new AtomicLong();
        many.runUntil(
                90_000,
                () -> {
                    long building =
                            many.state().replicaOperations().values().stream()
                                    .filter(each -> each.phase() == Phase.BUILDING)
                                    .count();
                    most.accumulateAndGet(building, Math::max);
                    return many.state().tablets().values().stream()
                            .allMatch(tablet -> tablet.replicaOn(NodeId.of("t4")).isPresent());
                });
        assertThat(most.get()).isEqualTo(2);
        many.runUntil(
                30_000,
                () ->
                        many.state().tablets().values().stream()
                                .allMatch(each -> each.replicaOn(NodeId.of("t3")).isEmpty()));
        assertThat(many.state().replicaOperations()).hasSize(7);
    }

    @Test
    void copiesAddedAndTakenOutAreTold() {
        TabletId tablet = settledTable(1, StoreKind.DISK);
        cluster.copies(3);
        cluster.runUntil(
                30_000,
                () -> told().size() == 2 && told().stream().allMatch(each -> each.phase().ended()));
        assertThat(told()).allMatch(each -> each.kind() == Kind.ADD_REPLICA && each.from() == null);
        cluster.copies(1);
        cluster.runUntil(
                30_000,
                () -> told().size() == 4 && told().stream().allMatch(each -> each.phase().ended()));
        List<NodeId> left =
                told().stream()
                        .filter(each -> each.kind() == Kind.REMOVE_REPLICA)
                        .map(ReplicaOperation::from)
                        .toList();
        assertThat(left)
                .hasSize(2)
                .doesNotContainAnyElementsOf(
                        cluster.tablet(tablet).replicas().stream()
                                .map(ReplicaDescriptor::node)
                                .toList());
    }

    @Test
    void aTableThatIsDroppedAbortsWhatIsUnderWay() {
        settledTable(3, StoreKind.DISK);
        cluster.node("t3").kill();
        cluster.runUntil(30_000, () -> !told().isEmpty());
        TableName table = cluster.state().tables().firstKey();
        cluster.metadata.apply(new ClusterCommand.DropTable(table, 99));
        assertThat(only().phase()).isEqualTo(Phase.ABORTED);
        assertThat(only().endedAtMillis()).isEqualTo(99);
        assertThat(only().detail()).contains("dropped");
    }

    @Test
    void aTabletInMemoryThatLostAQuorumAtOnceSaysSo() {
        TabletId tablet = settledTable(3, StoreKind.MEMORY);
        for (String id : List.of("t1", "t2")) {
            cluster.node(id).kill();
            cluster.node(id).replicas.clear();
            cluster.node(id).restart(false);
        }
        cluster.forgetCommitted(tablet);
        cluster.runUntil(
                30_000, () -> told().stream().anyMatch(each -> each.kind() == Kind.EMPTY_TABLET));
        assertThat(told().stream().filter(each -> each.kind() == Kind.EMPTY_TABLET))
                .hasSize(1)
                .allMatch(each -> each.phase() == Phase.DONE && each.detail().contains("empty"));
    }
}
