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
import io.ebla.metaserver.cluster.ClusterCommand.SoleMaster;
import io.ebla.metaserver.election.SoleElections;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

/** Commands as a cluster in trouble might bring them forth: sensible, stale, doubled and wrong ones. */
final class RandomCommands {

    private static final int NODES = 5;

    private final Random random;
    private final RandomReplication replication;
    private final RandomTasks tasks;
    private final RandomSplits splits;
    private final RandomMerges merges;
    private int replicas;
    private int at;

    RandomCommands(Random random) {
        this.random = random;
        this.splits = new RandomSplits(random, this::run);
        this.merges = new RandomMerges(random, this::run);
        this.replication = new RandomReplication(random, this::freshOrUsed, this::run);
        this.tasks = new RandomTasks(random);
    }

    ClusterCommand next(ClusterState state) {
        at++;
        return switch (random.nextInt(64)) {
            case 0, 1, 2, 3 -> register(state);
            case 4, 5, 6 -> create(state);
            case 7 ->
                    new ClusterCommand.ChangeTable(
                            table(), random.nextInt(4) - 1, random.nextInt(4), at);
            case 8 -> new ClusterCommand.DropTable(table(), at);
            case 9 -> elect(state);
            case 10 -> soleMasters(state);
            case 11, 12, 13, 14 -> opened(state);
            case 15, 16 -> dropped(state);
            case 17, 18 -> replication.epochs(state, at);
            case 19, 20, 21, 22 -> replication.winners(state, at);
            case 23, 24 -> replication.learners(state, at);
            case 25 -> replication.retirement(state, at);
            case 26, 27 -> replication.change(state, at);
            case 28 -> replication.settle(state, at);
            case 29 -> replication.renewal(state, at);
            case 30 -> replication.handOver(state, at);
            case 31, 32 -> replication.moves(state, at);
            case 33, 34 -> tasks.begun(state, at);
            case 35 -> random.nextBoolean() ? tasks.steps(state, at) : tasks.forgotten(state, at);
            case 36 -> replication.steps(state, at);
            case 37 -> splits.begin(state, at);
            case 38, 39 -> splits.step(state, at);
            case 40 -> splits.swap(state, at);
            case 41, 42, 43, 44 -> splits.opened(state, at);
            case 45, 46, 47 -> merges.begin(state, at);
            case 48, 49, 50, 51 -> merges.step(state, at);
            case 52, 53, 54 -> merges.swap(state, at);
            default -> merges.opened(state, at);
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
                StoreId.of(node + "-store" + (random.nextInt(20) == 0 ? 1 : 0)),
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
            tablet.replicaToHold(node)
                    .filter(replica -> random.nextInt(12) > 0)
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
        int copies = 1 + random.nextInt(3);
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
        int first = random.nextInt(NODES);
        for (int i = 0; i < copies; i++) {
            NodeId node = random.nextInt(60) == 0 ? node() : NodeId.of("t" + (first + i) % NODES);
            placed.add(new ReplicaDescriptor(node, freshOrUsed(), false, false));
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
        return new ClusterCommand.RecordSoleMasters(
                SoleElections.soleMastersOn(state, node(), this::freshOrUsed), at);
    }

    private ClusterCommand soleMasters(ClusterState state) {
        List<SoleMaster> masters = new ArrayList<>();
        for (int i = 1 + random.nextInt(2); i > 0 && !state.tablets().isEmpty(); i--) {
            TabletDescriptor tablet = any(state.tablets().values());
            ReplicaDescriptor replica = any(tablet.replicas());
            NodeDescriptor node = run(replica.node());
            masters.add(
                    new SoleMaster(
                            tablet.id(),
                            Math.max(0, tablet.epoch() - random.nextInt(2)),
                            node.id(),
                            node.incarnation(),
                            replica));
        }
        return new ClusterCommand.RecordSoleMasters(masters, at);
    }

    private ClusterCommand opened(ClusterState state) {
        NodeDescriptor node = state.nodes().get(node());
        if (node == null || random.nextInt(10) == 0) {
            node = run(node());
        }
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
        List<ReplicaId> replicas =
                state.retired().keySet().stream().filter(each -> random.nextBoolean()).toList();
        return new ClusterCommand.TabletsDropped(node(), some, replicas, at);
    }

    private <T> T any(Collection<T> of) {
        return of.stream().skip(random.nextInt(of.size())).findFirst().orElseThrow();
    }
}
