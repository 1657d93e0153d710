package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.store.TabletStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A tablet group in one thread: the production tablet, journal and beats of each node, on virtual clocks, a
 * network that loses, repeats, delays and reorders, and disks that lose what was not synced. Everything
 * that happens is an event at a virtual time; one seed is one life.
 *
 * <p>There is no meta-server: {@link #elect} fences and names a winner as one would, and a test may do
 * otherwise. {@link #descriptor} is the map; {@link #publish} tells it to the nodes that are up.
 */
public final class LocalGroup {

    static final TabletId TABLET = new TabletId(7);
    static final TableName TABLE = new TableName("t");
    private static final long MILLI = Timeline.MILLI;
    private static final Logger QUIET = Logger.getLogger("io.ebla.tabletserver");

    private final Timeline time;
    private final SimulatedNetwork network;
    private final List<GroupNode> nodes = new ArrayList<>();
    private final Map<NodeId, GroupNode> byId = new HashMap<>();
    private final TabletSettings settings;
    private final ReplicationSettings replication;
    private final Tampering tampering;
    private final BiFunction<GroupNode, TabletStore, TabletStore> watch;
    private TabletDescriptor descriptor;
    private long version;
    private final boolean copies;
    private Consumer<GroupNode> switched = node -> {};
    private BiConsumer<GroupNode, MakingStep> making = (node, step) -> {};
    private BiConsumer<GroupNode, TabletId> removing = (node, tablet) -> {};

    /** May be changed at any time. */
    public final World world = new World();

    public LocalGroup(long seed, int replicas) {
        this(seed, replicas, TabletSettings.DEFAULTS, ReplicationSettings.DEFAULTS);
    }

    public LocalGroup(
            long seed, int replicas, TabletSettings settings, ReplicationSettings replication) {
        this(seed, replicas, settings, replication, Tampering.NONE, (node, store) -> store);
    }

    LocalGroup(
            long seed,
            int replicas,
            TabletSettings settings,
            ReplicationSettings replication,
            Tampering tampering,
            BiFunction<GroupNode, TabletStore, TabletStore> watch) {
        this(seed, replicas, settings, replication, tampering, watch, false);
    }

    /** @param watch looks on at what a node's store is told */
    private LocalGroup(
            long seed,
            int replicas,
            TabletSettings settings,
            ReplicationSettings replication,
            Tampering tampering,
            BiFunction<GroupNode, TabletStore, TabletStore> watch,
            boolean empty) {
        this.tampering = tampering;
        this.watch = watch;
        QUIET.setLevel(Level.OFF);
        this.time = new Timeline(seed);
        this.network = new SimulatedNetwork(this, time, world);
        this.settings = settings;
        this.replication = replication;
        this.copies = empty;
        List<ReplicaDescriptor> members = new ArrayList<>();
        for (int i = 1; i <= replicas; i++) {
            GroupNode node = named();
            members.add(new ReplicaDescriptor(node.id, node.replica, true, false));
            if (!empty) {
                node.holdsOne();
            }
        }
        descriptor = new TabletDescriptor(TABLET, TABLE, "", "", members, 0, null);
        nodes.forEach(GroupNode::start);
        if (!empty) {
            publish();
        }
    }

    /** Nodes that hold nothing before a map tells them to, and that fetch snapshots when they have to. */
    static LocalGroup without(
            long seed,
            int nodes,
            TabletSettings settings,
            ReplicationSettings replication,
            Tampering tampering,
            BiFunction<GroupNode, TabletStore, TabletStore> watch) {
        return new LocalGroup(seed, nodes, settings, replication, tampering, watch, true);
    }

    private GroupNode named() {
        GroupNode node = new GroupNode(this, "t" + (nodes.size() + 1));
        nodes.add(node);
        byId.put(node.id, node);
        return node;
    }

    Timeline time() {
        return time;
    }

    SimulatedNetwork network() {
        return network;
    }

    Tampering tampering() {
        return tampering;
    }

    /** The store of a node as whoever looks on wants it. */
    TabletStore watched(GroupNode node, TabletStore store) {
        return watch.apply(node, store);
    }

    TabletSettings settings() {
        return settings;
    }

    ReplicationSettings replication() {
        return replication;
    }

    // ---------------------------------------------------------------- time

    public long nowNanos() {
        return time.nowNanos();
    }

    /** A deadline as a request on this node carries it. */
    public long deadline(GroupNode node, long millis) {
        return node.clock.monotonicNanos() + millis * MILLI;
    }

    /** See {@link Timeline#after}. */
    public void after(long nanos, Runnable task) {
        time.after(nanos, task);
    }

    /** See {@link Timeline#run}. */
    public void run(long millis) {
        time.run(millis);
    }

    /** See {@link Timeline#runUntil}. */
    public boolean runUntil(BooleanSupplier holds, long mostMillis) {
        return time.runUntil(holds, mostMillis);
    }

    // ---------------------------------------------------------------- the map

    public TabletDescriptor descriptor() {
        return descriptor;
    }

    /** Another map; the nodes know it once it is {@link #publish published}. */
    public void descriptor(TabletDescriptor changed) {
        descriptor = changed;
    }

    /** Tells the map to every node that is up. */
    public void publish() {
        nodes.forEach(this::publish);
    }

    /** Tells the map to one node, if it is up. */
    public void publish(GroupNode node) {
        TableDescriptor table =
                new TableDescriptor(
                        TABLE, descriptor.members().size(), StoreKind.DISK, 0, List.of(), 0);
        node.update(
                new ClusterMap(
                        "sim",
                        1,
                        ++version,
                        List.of(),
                        List.of(table),
                        List.of(descriptor),
                        List.of()));
    }

    /** A node that holds an empty replica the map does not name yet. */
    public GroupNode add() {
        GroupNode node = named();
        node.holdsOne();
        node.start();
        return node;
    }

    /** Hears of nodes whose log now begins behind a snapshot. */
    void onSwitch(Consumer<GroupNode> listener) {
        switched = listener;
    }

    void switched(GroupNode node) {
        switched.accept(node);
    }

    /** Hears of nodes that make children of a split. */
    void onMaking(BiConsumer<GroupNode, MakingStep> listener) {
        making = listener;
    }

    void makes(GroupNode node, MakingStep step) {
        making.accept(node, step);
    }

    /** Hears of nodes that are about to remove a replica. */
    void onRemoval(BiConsumer<GroupNode, TabletId> listener) {
        removing = listener;
    }

    void removes(GroupNode node, TabletId tablet) {
        removing.accept(node, tablet);
    }

    /** Whether a replica that is told to fetch a snapshot does. */
    boolean copies() {
        return copies;
    }

    // ---------------------------------------------------------------- elections

    /**
     * Elects as meta would: a new epoch, fences at all members that are up and reachable, a majority of
     * answers, the longest log.
     *
     * @param reachable nodes that meta reaches
     * @return the winner, or null when no majority answered within 3 s
     */
    public GroupNode elect(GroupNode... reachable) {
        long epoch = descriptor.epoch() + 1;
        descriptor = withEpoch(epoch, null);
        Map<GroupNode, NodeApi.FenceAnswer> answers = new HashMap<>();
        for (GroupNode node : reachable) {
            if (node.isUp()) {
                tampering.fencing(node);
                node.tablet()
                        .pipeline()
                        .fence(epoch)
                        .thenAccept(
                                answer -> {
                                    if (answer.result() == NodeApi.FenceResult.FENCED) {
                                        answers.put(node, answer);
                                    }
                                });
            }
        }
        int majority = descriptor.members().size() / 2 + 1;
        if (!runUntil(() -> answers.size() >= majority, 3_000)) {
            return null;
        }
        GroupNode winner =
                answers.entrySet().stream()
                        .max(
                                Comparator.comparingLong(
                                                (Map.Entry<GroupNode, NodeApi.FenceAnswer> each) ->
                                                        each.getValue().lastEpoch())
                                        .thenComparingLong(each -> each.getValue().lastIndex())
                                        .thenComparing(each -> each.getKey().id))
                        .orElseThrow()
                        .getKey();
        name(winner, epoch);
        return winner;
    }

    /** Elects among all that are up, and waits until the winner serves. */
    public GroupNode serve() {
        GroupNode winner = elect(nodes.toArray(GroupNode[]::new));
        if (winner == null
                || !runUntil(
                        () -> winner.tablet().state() == TabletState.SERVING && winner.leaseHolds(),
                        3_000)) {
            throw new AssertionError("nobody serves");
        }
        return winner;
    }

    /** Records a master of an epoch and tells everybody. */
    public void name(GroupNode winner, long epoch) {
        descriptor = withEpoch(epoch, new Mastership(epoch, winner.id, winner.incarnation()));
        publish();
    }

    private TabletDescriptor withEpoch(long epoch, Mastership master) {
        return descriptor.withEpoch(epoch, master);
    }

    // ---------------------------------------------------------------- nodes and their network

    /** One of them, from 1. */
    public GroupNode node(int number) {
        return nodes.get(number - 1);
    }

    /** One of them, or null. */
    GroupNode node(NodeId id) {
        return byId.get(id);
    }

    public List<GroupNode> nodes() {
        return nodes;
    }

    /** See {@link SimulatedNetwork#cut}. */
    public void cut(GroupNode from, GroupNode to) {
        network.cut(from, to);
    }

    public void cutBoth(GroupNode one, GroupNode other) {
        network.cutBoth(one, other);
    }

    /** See {@link SimulatedNetwork#isolate}. */
    public void isolate(GroupNode node) {
        network.isolate(node);
    }

    public void heal() {
        network.heal();
    }

    // ---------------------------------------------------------------- answers

    /** Waits for an answer. */
    <T> Answers<T> await(Answers<T> answer) {
        if (!runUntil(answer::given, 10_000)) {
            throw new AssertionError("no answer within 10 s");
        }
        return answer;
    }

    Optional<String> value(Answers<ReadResult> read) {
        return await(read).result().row().map(SimulatedTablet::text);
    }

    /** Any supplier's answer, as soon as it comes. */
    <T> T await(Supplier<CompletableFuture<T>> call) {
        CompletableFuture<T> answer = call.get();
        if (!runUntil(answer::isDone, 10_000)) {
            throw new AssertionError("no answer within 10 s");
        }
        return answer.join();
    }
}
