package io.ebla.metaserver.election;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.Change;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterRules;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class SoleElectionsTest {

    private static final NodeId T1 = NodeId.of("t1");
    private static final TableName BOOKS = TableName.of("books");
    private static final ReplicaId FIRST = ReplicaId.of("replica-1");
    private static final Holding HELD = new Holding(new TabletId(1), FIRST);

    private ClusterState state = ClusterState.founded("cluster");

    @Test
    void aNewRunNeedsANewEpoch() {
        table(StoreKind.DISK);
        apply(opened("run-1"));
        register("store-1", "run-2", HELD);
        assertThat(tablet().master()).as("the former run masters nothing (E1)").isNull();
        elect();
        assertThat(tablet().master()).isEqualTo(new Mastership(2, T1, Incarnation.of("run-2")));
        assertThat(SoleElections.soleMastersOn(state, T1, SoleElectionsTest::never)).isEmpty();
    }

    @Test
    void aReplicaThatWasNeverOpenedMayBeMade() {
        table(StoreKind.DISK);
        register("store-1", "run-2");
        elect();
        assertThat(tablet().master()).isNotNull();
        assertThat(tablet().replicas().get(0).opened()).isFalse();
    }

    @Test
    void anOpenedReplicaThatIsGoneHasNoSuccessor() {
        table(StoreKind.DISK);
        apply(opened("run-1"));
        register("store-1", "run-2");
        assertThat(SoleElections.soleMastersOn(state, T1, SoleElectionsTest::never)).isEmpty();
        assertThat(tablet().replicas())
                .containsExactly(new ReplicaDescriptor(T1, FIRST, true, true));
    }

    @Test
    void anotherDataDirectoryLosesTheReplicasUntilTheFormerOneIsBack() {
        table(StoreKind.DISK);
        apply(opened("run-1"));
        register("store-2", "run-2", HELD);
        assertThat(tablet().replicas().get(0).lost()).as("a copy is not trusted").isTrue();
        register("store-2", "run-3", HELD);
        assertThat(tablet().replicas().get(0).lost()).isTrue();
        register("store-1", "run-4", HELD);
        assertThat(tablet().replicas().get(0).lost()).isFalse();
        elect();
        assertThat(tablet().master().incarnation()).isEqualTo(Incarnation.of("run-4"));
    }

    @Test
    void aLostMemoryReplicaIsRenewedAndItsOldIdForgotten() {
        table(StoreKind.MEMORY);
        apply(opened("run-1"));
        register("store-1", "run-2");
        elect();
        assertThat(tablet().replicas())
                .containsExactly(new ReplicaDescriptor(T1, ReplicaId.of("new"), false, false));
        assertThat(tablet().epoch()).isEqualTo(2);
        assertThat(state.strayed()).isEmpty();
    }

    @Test
    void aDiskReplicaIsNeverRenewed() {
        table(StoreKind.DISK);
        apply(opened("run-1"));
        register("store-1", "run-2");
        ClusterCommand.SoleMaster renewed =
                new ClusterCommand.SoleMaster(
                        new TabletId(1),
                        1,
                        T1,
                        Incarnation.of("run-2"),
                        new ReplicaDescriptor(T1, ReplicaId.of("new"), false, false));
        Change change =
                ClusterRules.apply(
                        state, new ClusterCommand.RecordSoleMasters(List.of(renewed), 9));
        assertThat(change.verdict()).isInstanceOf(Verdict.Refused.class);
        assertThat(change.state()).isSameAs(state);
    }

    @Test
    void ofTwoElectionsForOneEpochOnlyTheFirstIsRecorded() {
        table(StoreKind.DISK);
        register("store-1", "run-2");
        List<ClusterCommand.SoleMaster> winners =
                SoleElections.soleMastersOn(state, T1, SoleElectionsTest::never);
        apply(new ClusterCommand.RecordSoleMasters(winners, 5));
        Change second = ClusterRules.apply(state, new ClusterCommand.RecordSoleMasters(winners, 6));
        assertThat(second.verdict()).isInstanceOf(Verdict.Refused.class);
    }

    private void table(StoreKind store) {
        register("store-1", "run-1");
        apply(
                new ClusterCommand.CreateTable(
                        new TableDescriptor(BOOKS, 1, store, 0, List.of(), 1),
                        List.of(
                                new ClusterCommand.PlannedTablet(
                                        "",
                                        "",
                                        List.of(new ReplicaDescriptor(T1, FIRST, false, false)),
                                        new Mastership(1, T1, Incarnation.of("run-1")))),
                        1));
    }

    private ClusterCommand opened(String run) {
        return new ClusterCommand.ReplicasOpened(T1, Incarnation.of(run), List.of(HELD), 2);
    }

    private void register(String store, String run, Holding... holdings) {
        NodeDescriptor node =
                new NodeDescriptor(
                        T1, StoreId.of(store), Incarnation.of(run), "127.0.0.1:1", "", "");
        apply(new ClusterCommand.RegisterNode(node, List.of(holdings), 3));
    }

    private void elect() {
        apply(
                new ClusterCommand.RecordSoleMasters(
                        SoleElections.soleMastersOn(state, T1, () -> ReplicaId.of("new")), 4));
    }

    private static ReplicaId never() {
        throw new AssertionError("no new replica was called for");
    }

    private void apply(ClusterCommand command) {
        Change change = ClusterRules.apply(state, command);
        assertThat(change.verdict()).isInstanceOf(Verdict.Changed.class);
        state = change.state();
    }

    private TabletDescriptor tablet() {
        return state.tablets().get(new TabletId(1));
    }
}
