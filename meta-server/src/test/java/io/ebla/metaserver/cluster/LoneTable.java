package io.ebla.metaserver.cluster;

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
import io.ebla.metaserver.cluster.ClusterCommand.PlannedTablet;
import java.util.ArrayList;
import java.util.List;

/**
 * The metadata of one node that masters one table of one copy; each command is a millisecond after the last.
 */
public final class LoneTable {

    public static final TableName NAME = TableName.of("books");
    private static final NodeDescriptor NODE =
            new NodeDescriptor(
                    NodeId.of("t1"), StoreId.of("s1"), Incarnation.of("r1"), "a:1", "", "");

    private ClusterState state = ClusterState.founded("cluster");
    private long now;

    /** @param bounds between its tablets, in order */
    public LoneTable(String... bounds) {
        apply(new ClusterCommand.RegisterNode(NODE, List.of(), ++now));
        List<PlannedTablet> tablets = new ArrayList<>();
        for (int i = 0; i <= bounds.length; i++) {
            ReplicaDescriptor replica =
                    new ReplicaDescriptor(NODE.id(), ReplicaId.of("replica-" + i), false, false);
            tablets.add(
                    new PlannedTablet(
                            i == 0 ? "" : bounds[i - 1],
                            i == bounds.length ? "" : bounds[i],
                            List.of(replica),
                            new Mastership(1, NODE.id(), NODE.incarnation())));
        }
        TableDescriptor table =
                new TableDescriptor(NAME, 1, StoreKind.DISK, 0, List.of(bounds), now);
        apply(new ClusterCommand.CreateTable(table, tablets, ++now));
        opened(
                state.tablets().values().stream()
                        .map(each -> new Holding(each.id(), each.replicas().get(0).id()))
                        .toList());
    }

    public ClusterState state() {
        return state;
    }

    public long next() {
        return ++now;
    }

    /** In the order of their keys. */
    public TabletDescriptor tablet(int number) {
        return state.tabletsOf(NAME).get(number);
    }

    public void apply(ClusterCommand command) {
        assertThat(tryToApply(command)).isInstanceOf(Verdict.Changed.class);
    }

    /** Whatever becomes of it. */
    public Verdict tryToApply(ClusterCommand command) {
        Change change = ClusterRules.apply(state, command);
        state = change.state();
        return change.verdict();
    }

    private void opened(List<Holding> replicas) {
        apply(new ClusterCommand.ReplicasOpened(NODE.id(), NODE.incarnation(), replicas, ++now));
    }

    /** What the node makes of a tablet by a split or merge is open. */
    public void made(TabletDescriptor parent, TabletId... children) {
        ReplicaId replica = parent.replicas().get(0).id();
        List<Holding> made = new ArrayList<>();
        for (TabletId each : children) {
            made.add(new Holding(each, replica.ofChild(each)));
        }
        opened(made);
    }

    /** The node begins a run with a data directory, which may be another. */
    void registers(String store, Holding... held) {
        NodeDescriptor run =
                new NodeDescriptor(
                        NODE.id(), StoreId.of(store), Incarnation.of("r" + ++now), "a:1", "", "");
        state =
                ClusterRules.apply(state, new ClusterCommand.RegisterNode(run, List.of(held), now))
                        .state();
    }

    void restored() {
        state =
                new ClusterState(
                        state.clusterId(),
                        state.generation() + 1,
                        state.version(),
                        state.nextTabletId(),
                        state.nodes(),
                        state.tables(),
                        state.tablets(),
                        state.dropped(),
                        state.strayed(),
                        state.retired(),
                        state.elections(),
                        state.handOvers(),
                        state.replicaOperations(),
                        state.splits(),
                        state.merges(),
                        state.metaGroup(),
                        state.administration());
    }

    /** The node has removed what it had of tablets that there are no more. */
    void removed(TabletId... tablets) {
        apply(new ClusterCommand.TabletsDropped(NODE.id(), List.of(tablets), List.of(), ++now));
    }

    /** As if commands had led to it. */
    public void remember(ReplicaOperation... operations) {
        ClusterState.Draft draft = state.draft();
        for (ReplicaOperation each : operations) {
            draft.replicaOperations.put(each.id(), each);
        }
        state = draft.finish();
    }
}
