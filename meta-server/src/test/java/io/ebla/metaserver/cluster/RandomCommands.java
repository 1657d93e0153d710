package io.ebla.metaserver.cluster;

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
import io.ebla.metaserver.cluster.ClusterCommand.Winner;
import io.ebla.metaserver.election.Elections;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/** Commands as a cluster in trouble might bring them forth: sensible, stale, doubled and wrong ones. */
final class RandomCommands {

    private static final int NODES = 4;

    private final Random random;
    private int replicas;
    private int at;

    RandomCommands(Random random) {
        this.random = random;
    }

    ClusterCommand next(ClusterState state) {
        at++;
        return switch (random.nextInt(10)) {
            case 0, 1 -> register(state);
            case 2, 3 -> create(state);
            case 4 -> new ClusterCommand.ChangeTable(table(), random.nextInt(4) - 1, at);
            case 5 -> new ClusterCommand.DropTable(table(), at);
            case 6 -> elect(state);
            case 7 -> winners(state);
            case 8 -> opened(state);
            default -> dropped(state);
        };
    }

    private NodeId node() {
        return NodeId.of("t" + random.nextInt(NODES));
    }

    private TableName table() {
        return TableName.of("table" + random.nextInt(4));
    }

    private NodeDescriptor run(NodeId node) {
        return new NodeDescriptor(
                node,
                StoreId.of(node + "-store" + (random.nextInt(8) == 0 ? 1 : 0)),
                Incarnation.of("run" + random.nextInt(3)),
                "127.0.0.1:1",
                "",
                "zone" + random.nextInt(2));
    }

    private ClusterCommand register(ClusterState state) {
        NodeDescriptor node = run(node());
        return new ClusterCommand.RegisterNode(node, someHoldings(state, node.id()), at);
    }

    private List<Holding> someHoldings(ClusterState state, NodeId node) {
        List<Holding> holdings = new ArrayList<>();
        for (TabletDescriptor tablet : state.tablets().values()) {
            tablet.replicaOn(node)
                    .filter(replica -> random.nextInt(5) > 0)
                    .ifPresent(replica -> holdings.add(new Holding(tablet.id(), replica.id())));
        }
        if (random.nextInt(6) == 0) {
            holdings.add(new Holding(new TabletId(1 + random.nextInt(30)), ReplicaId.of("stray")));
        }
        return holdings;
    }

    private ClusterCommand create(ClusterState state) {
        TreeSet<String> splits = new TreeSet<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            splits.add("%02x".formatted(1 + random.nextInt(200)));
        }
        int copies = 1 + random.nextInt(2);
        TableDescriptor table =
                new TableDescriptor(
                        table(),
                        copies,
                        random.nextBoolean() ? StoreKind.DISK : StoreKind.MEMORY,
                        random.nextInt(2),
                        List.copyOf(splits),
                        at);
        List<String> bounds = new ArrayList<>(splits);
        bounds.add(0, "");
        bounds.add("");
        if (random.nextInt(10) == 0) {
            bounds.set(random.nextInt(bounds.size()), "77");
        }
        List<PlannedTablet> tablets = new ArrayList<>();
        for (int i = 0; i + 1 < bounds.size(); i++) {
            tablets.add(planned(state, bounds.get(i), bounds.get(i + 1), copies));
        }
        return new ClusterCommand.CreateTable(table, tablets, at);
    }

    private PlannedTablet planned(ClusterState state, String from, String to, int copies) {
        List<ReplicaDescriptor> placed = new ArrayList<>();
        for (int i = 0; i < copies; i++) {
            placed.add(new ReplicaDescriptor(node(), freshOrUsed(), false, false));
        }
        NodeDescriptor master = state.nodes().get(placed.get(0).node());
        boolean elected = master != null && random.nextInt(4) > 0;
        return new PlannedTablet(
                from,
                to,
                placed,
                elected ? new Mastership(1, master.id(), master.incarnation()) : null);
    }

    private ReplicaId freshOrUsed() {
        boolean used = replicas > 0 && random.nextInt(30) == 0;
        return ReplicaId.of("replica" + (used ? random.nextInt(replicas) : replicas++));
    }

    /** What the leader itself would propose. */
    private ClusterCommand elect(ClusterState state) {
        return new ClusterCommand.RecordWinners(
                Elections.winnersOn(state, node(), this::freshOrUsed), at);
    }

    private ClusterCommand winners(ClusterState state) {
        List<Winner> winners = new ArrayList<>();
        for (int i = 1 + random.nextInt(2); i > 0 && !state.tablets().isEmpty(); i--) {
            TabletDescriptor tablet = any(state.tablets().values());
            NodeDescriptor node = run(any(tablet.replicas()).node());
            winners.add(
                    new Winner(
                            tablet.id(),
                            Math.max(0, tablet.epoch() - random.nextInt(2)),
                            node.id(),
                            node.incarnation(),
                            tablet.replicas()));
        }
        return new ClusterCommand.RecordWinners(winners, at);
    }

    private ClusterCommand opened(ClusterState state) {
        NodeDescriptor node = run(node());
        return new ClusterCommand.ReplicasOpened(
                node.id(), node.incarnation(), someHoldings(state, node.id()), at);
    }

    private ClusterCommand dropped(ClusterState state) {
        List<TabletId> some = new ArrayList<>();
        for (TabletId tablet : state.dropped().keySet()) {
            if (random.nextBoolean()) {
                some.add(tablet);
            }
        }
        return new ClusterCommand.TabletsDropped(node(), some, at);
    }

    private <T> T any(Collection<T> of) {
        return of.stream().skip(random.nextInt(of.size())).findFirst().orElseThrow();
    }
}
