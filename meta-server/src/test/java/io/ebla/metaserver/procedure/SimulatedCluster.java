package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.Verdict;
import io.ebla.metaserver.liveness.Liveness;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Two meta-servers, of which one leads, with their procedures as they run in production, and a few nodes,
 * all on one thread and virtual time. It checks at every write that no committed entry was lost, and that
 * no two nodes begin the same epoch.
 */
final class SimulatedCluster implements NodeNetwork {

    private static final TableName TABLE = TableName.of("books");

    final VirtualTime time = new VirtualTime();
    final FakeMetadata metadata = new FakeMetadata(time);
    private final Map<NodeId, FakeNode> nodes = new HashMap<>();
    private final Map<String, Liveness> livenesses = new HashMap<>();
    private final Map<String, LeaderProcedures> procedures = new HashMap<>();
    private final Map<TabletId, List<Long>> committed = new HashMap<>();
    private final Map<String, NodeId> begun = new HashMap<>();
    final Set<String> cuts = new HashSet<>();
    final Random random;

    /** The share of calls between meta and nodes that are lost, one half each way. */
    double loss;

    /** What masters say of the middle of any tablet; null for one of a single pk. */
    String middleHex;

    /** What nodes say of copies: that they are at them, for ever. */
    NodeApi.Joined joined = new NodeApi.Joined(false, false, "copying");

    /** Nodes that say something else. */
    final Map<NodeId, NodeApi.Joined> joinedOn = new HashMap<>();

    /** What masters say of seals, whether they are asked for one or to take it off. */
    NodeApi.SealResult sealed = NodeApi.SealResult.NOT_NOW;

    /** What masters were asked for the sake of merges, in order. */
    final List<NodeApi.Seal> sealsAsked = new ArrayList<>();

    /** The phases of operations that members told of, in order. */
    final List<String> told = new ArrayList<>();

    /** Nodes to which no master hands over: it says that they are behind. */
    final Set<NodeId> behind = new HashSet<>();

    private String leader = "m1";
    private long ids;

    /** What nodes were asked for the sake of splits, in order. */
    final List<NodeApi.Split> splitsAsked = new ArrayList<>();

    SimulatedCluster(long seed, int nodeCount, ProcedureSettings settings) {
        this(seed, nodeCount, settings, LeaderProcedures::new);
    }

    /** @param made makes the procedures of each member */
    SimulatedCluster(
            long seed,
            int nodeCount,
            ProcedureSettings settings,
            BiFunction<LeaderProcedures.Parts, ProcedureSettings, LeaderProcedures> made) {
        random = new Random(seed);
        for (String member : List.of("m1", "m2")) {
            Liveness liveness = new Liveness(time, 1_000, 2_000);
            livenesses.put(member, liveness);
            LeaderProcedures its =
                    made.apply(
                            new LeaderProcedures.Parts(
                                    metadata.member(member),
                                    liveness,
                                    this,
                                    time,
                                    task -> time.after(0, task),
                                    () -> "id-" + ids++),
                            settings);
            procedures.put(member, its);
            metadata.member(member).onChange(its::applied);
            its.observe((OperationObserver) (kind, phase, millis) -> told.add(kind + "." + phase));
            time.every(50, its::turn);
        }
        for (int i = 1; i <= nodeCount; i++) {
            FakeNode node = new FakeNode(this, "t" + i);
            nodes.put(node.id, node);
            node.register();
            time.every(250, node::beat);
            time.every(100, node::write);
            time.every(20, () -> follow(node));
        }
    }

    private void follow(FakeNode node) {
        if (reachesMeta(node) && node.known != metadata.state()) {
            node.learn(metadata.state());
        }
    }

    // ---------------------------------------------------------------- the world

    void run(long millis) {
        time.run(millis);
    }

    /** Runs until it is so, and gives the time that took; fails when it takes longer. */
    long runUntil(long mostMillis, java.util.function.BooleanSupplier so) {
        long began = time.millis();
        while (!so.getAsBoolean()) {
            assertThat(time.millis() - began)
                    .as("waited for, %s", metadata.state().tablets())
                    .isLessThan(mostMillis);
            time.run(10);
        }
        return time.millis() - began;
    }

    void lead(String member) {
        leader = member;
        metadata.lead(member);
    }

    ClusterState state() {
        return metadata.state();
    }

    FakeNode node(NodeId id) {
        return nodes.get(id);
    }

    FakeNode node(String id) {
        return nodes.get(NodeId.of(id));
    }

    List<FakeNode> nodes() {
        return List.copyOf(nodes.values());
    }

    Liveness liveness() {
        return livenesses.get(leader);
    }

    LeaderProcedures procedures() {
        return procedures.get(leader);
    }

    void cut(String one, String other) {
        cuts.add(one + "-" + other);
        cuts.add(other + "-" + one);
    }

    boolean connected(FakeNode from, FakeNode to) {
        return from.up && to.up && !cuts.contains(from.id + "-" + to.id);
    }

    boolean reachesMeta(FakeNode node) {
        return !leader.isEmpty() && !cuts.contains(node.id + "-meta");
    }

    void registered(NodeDescriptor node, List<Holding> holdings) {
        metadata.apply(new ClusterCommand.RegisterNode(node, holdings, time.wallMillis()));
        liveness().registered(node);
    }

    /** Tells the leader, and whether it knew what the report rests on. */
    boolean heard(FakeNode node, MetaApi.Heartbeat report) {
        return liveness().hear(node.id, report);
    }

    void tell(ClusterCommand command) {
        time.after(
                5,
                () -> {
                    if (!leader.isEmpty()) {
                        metadata.apply(command);
                    }
                });
    }

    // ---------------------------------------------------------------- tables

    /** A table on the first nodes; its first master is the first of them. */
    TabletId table(int copies, StoreKind kind) {
        table(copies, kind, 1);
        return state().tablets().firstKey();
    }

    /** One of that many tablets, all on the first nodes; returns when each has a master. */
    void table(int copies, StoreKind kind, int tablets) {
        List<ClusterCommand.PlannedTablet> planned = new ArrayList<>();
        List<String> splitAt = new ArrayList<>();
        for (int i = 0; i < tablets; i++) {
            if (i > 0) {
                splitAt.add(split(i));
            }
            planned.add(
                    planned(
                            i,
                            copies,
                            i == 0 ? "" : split(i),
                            i + 1 == tablets ? "" : split(i + 1)));
        }
        Verdict made =
                metadata.apply(
                        new ClusterCommand.CreateTable(
                                new TableDescriptor(TABLE, copies, kind, 0, splitAt, 1),
                                planned,
                                1));
        assertThat(made).isInstanceOf(Verdict.Changed.class);
        runUntil(
                5_000,
                () -> state().tablets().keySet().stream().allMatch(each -> master(each) != null));
    }

    private static String split(int number) {
        return String.format("%04x", 0x1000 + number);
    }

    private ClusterCommand.PlannedTablet planned(int number, int copies, String from, String to) {
        List<ReplicaDescriptor> replicas = new ArrayList<>();
        for (int i = 1; i <= copies; i++) {
            String id = number == 0 ? "first-" + i : "first-" + i + "-" + number;
            replicas.add(new ReplicaDescriptor(NodeId.of("t" + i), ReplicaId.of(id), false, false));
        }
        NodeDescriptor first = node("t1").descriptor();
        return new ClusterCommand.PlannedTablet(
                from, to, replicas, new Mastership(1, first.id(), first.incarnation()));
    }

    void copies(int copies) {
        metadata.apply(new ClusterCommand.ChangeTable(TABLE, 0, copies, 1));
    }

    TabletDescriptor tablet(TabletId id) {
        return state().tablets().get(id);
    }

    /** The node that masters the tablet and serves, or null. */
    FakeNode master(TabletId id) {
        Mastership master = tablet(id).master();
        FakeNode node = master == null ? null : node(master.node());
        return node != null
                        && node.serves(id)
                        && node.known.tablets().get(id).epoch() == master.epoch()
                ? node
                : null;
    }

    // ---------------------------------------------------------------- what must hold

    /** An entry was committed: what was committed before is below it, and one node begins an epoch. */
    void committed(TabletId tablet, long epoch, List<Long> log) {
        List<Long> before = committed.getOrDefault(tablet, List.of());
        boolean older = !before.isEmpty() && epoch < before.get(before.size() - 1);
        assertThat(older).as("an entry of epoch %s committed after %s", epoch, before).isFalse();
        assertThat(log.size())
                .as("committed entries were lost")
                .isGreaterThanOrEqualTo(before.size());
        assertThat(log.subList(0, before.size())).as("committed entries").isEqualTo(before);
        committed.put(tablet, List.copyOf(log));
        NodeId master =
                state().tablets().get(tablet).master() == null ? null : masterOf(tablet, epoch);
        NodeId other = master == null ? null : begun.putIfAbsent(tablet + "@" + epoch, master);
        assertThat(other == null || other.equals(master)).as("one master an epoch").isTrue();
    }

    private NodeId masterOf(TabletId tablet, long epoch) {
        TabletDescriptor now = tablet(tablet);
        return now.epoch() == epoch ? now.master().node() : null;
    }

    int committedEntries(TabletId tablet) {
        return committed.getOrDefault(tablet, List.of()).size();
    }

    /** Memory tables that lost a quorum at once begin again. */
    void forgetCommitted(TabletId tablet) {
        committed.remove(tablet);
    }

    // ---------------------------------------------------------------- the network of the leader

    @Override
    public CompletableFuture<NodeApi.Fenced> fence(NodeDescriptor to, NodeApi.Fence fence) {
        return call(to, node -> node.fence(fence));
    }

    @Override
    public CompletableFuture<NodeApi.HandedOver> handOver(
            NodeDescriptor to, NodeApi.HandOver handOver) {
        return call(to, node -> node.handOver(handOver));
    }

    /** No log is split here: nobody answers. */
    @Override
    public CompletableFuture<NodeApi.SplitAnswer> split(NodeDescriptor to, NodeApi.Split split) {
        splitsAsked.add(split);
        return new CompletableFuture<>();
    }

    @Override
    public CompletableFuture<NodeApi.Joined> join(NodeDescriptor to, NodeApi.Join join) {
        NodeApi.Joined other = joinedOn.get(to.id());
        return call(to, node -> other == null ? joined : other);
    }

    @Override
    public CompletableFuture<NodeApi.SealAnswer> seal(NodeDescriptor to, NodeApi.Seal seal) {
        sealsAsked.add(seal);
        return call(to, node -> new NodeApi.SealAnswer(sealed));
    }

    @Override
    public CompletableFuture<NodeApi.SplitKey> splitKey(
            NodeDescriptor to, NodeApi.AskSplitKey asked) {
        return call(to, node -> new NodeApi.SplitKey(true, middleHex));
    }

    private <T> CompletableFuture<T> call(NodeDescriptor to, Function<FakeNode, T> answer) {
        CompletableFuture<T> future = new CompletableFuture<>();
        FakeNode node = node(to.id());
        boolean arrives = random.nextDouble() >= loss / 2;
        boolean returns = random.nextDouble() >= loss / 2;
        time.after(
                3 + random.nextInt(5),
                () -> {
                    boolean reached = node.up && !cuts.contains(node.id + "-meta") && arrives;
                    T given = reached ? answer.apply(node) : null;
                    if (reached && returns) {
                        time.after(3 + node.slowMillis, () -> future.complete(given));
                    } else {
                        time.after(
                                1_000,
                                () -> future.completeExceptionally(new RuntimeException("lost")));
                    }
                });
        return future;
    }

    @Override
    public CompletableFuture<Boolean> refuses(NodeDescriptor to) {
        FakeNode node = node(to.id());
        CompletableFuture<Boolean> future = new CompletableFuture<>();
        time.after(2, () -> future.complete(!node.up && !cuts.contains(node.id + "-meta")));
        return future;
    }
}
