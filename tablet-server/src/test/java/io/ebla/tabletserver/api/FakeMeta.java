package io.ebla.tabletserver.api;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.network.NodeNetwork;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The metadata of a cluster in memory. Of one node, until others {@linkplain #join join}; tablets then go to
 * the nodes in turn, the first replica of each being its master. Nobody is elected but who is asked to be.
 */
final class FakeMeta implements MetaTables {

    /** A tablet server, and the network that hears of the others; null where there is none. */
    private record Node(TabletHost host, NodeNetwork network) {

        void take(ClusterMap map) {
            if (network != null) {
                network.nodes().update(map);
            }
            host.update(map);
        }

        NodeDescriptor descriptor() {
            String grpc = network == null ? "" : "127.0.0.1:" + network.port();
            return new NodeDescriptor(
                    host.self(), host.store(), host.incarnation(), "127.0.0.1:1", grpc, "");
        }
    }

    private final Node self;
    private final Clock clock;
    private final List<Node> nodes = new ArrayList<>();
    private FakeMeta leader = this;
    private final TreeMap<TableName, TableDescriptor> tables = new TreeMap<>();
    private final List<TabletDescriptor> tablets = new ArrayList<>();
    private final List<TabletId> dropped = new ArrayList<>();
    private final Map<TabletId, Bytes> splits = new HashMap<>();
    private long version;
    private long lastTablet;
    private NodeId deaf;
    private boolean down;
    private boolean masterless;
    final AtomicInteger mapCalls = new AtomicInteger();

    FakeMeta(TabletHost host, NodeNetwork network, Clock clock) {
        this.self = new Node(host, network);
        this.clock = clock;
        nodes.add(self);
    }

    /** The node joins: it takes in its first map, which knows of no table. */
    synchronized void register() {
        self.host().onUnreported(() -> leader.opened(self.host()));
        publish();
    }

    /** This node becomes one of another's cluster, whose metadata is asked from now on. */
    void join(FakeMeta other) {
        leader = other;
        synchronized (other) {
            other.nodes.add(self);
            other.publish();
        }
    }

    /** One node hears of no map any more, until {@linkplain #hears all do} again. */
    synchronized void deafen(NodeId node) {
        deaf = node;
    }

    /** All hear of every map again. */
    synchronized void hears() {
        deaf = null;
        publish();
    }

    private void publish() {
        ClusterMap map = next();
        nodes.stream()
                .filter(node -> !node.host().self().equals(deaf))
                .forEach(node -> node.take(map));
    }

    /** Takes a tablet's master away; its node goes on serving until it is told. */
    synchronized void depose(TabletId id) {
        replace(id, tablet -> tablet.withEpoch(tablet.epoch() + 1, null));
        publish();
    }

    /** Makes the node that has the tablet's one replica its master. */
    synchronized void elect(TabletId id) {
        replace(
                id,
                tablet -> {
                    NodeId holder = tablet.replicas().get(0).node();
                    Node node =
                            nodes.stream()
                                    .filter(it -> it.host().self().equals(holder))
                                    .findFirst()
                                    .orElseThrow();
                    long epoch = tablet.epoch() + 1;
                    return tablet.withEpoch(
                            epoch, new Mastership(epoch, holder, node.host().incarnation()));
                });
        publish();
    }

    /**
     * Fences those that are there and makes that node the master, which must have the longest log of them.
     */
    void elect(TabletId id, NodeId to, List<TabletHost> voters) {
        long epoch;
        synchronized (this) {
            replace(id, tablet -> tablet.withEpoch(tablet.epoch() + 1, null));
            epoch = tablet(id).epoch();
            publish();
        }
        long longest = 0;
        long own = 0;
        for (TabletHost voter : voters) {
            NodeApi.FenceAnswer answer = fenced(voter, id, epoch);
            longest = Math.max(longest, answer.lastIndex());
            own = voter.self().equals(to) ? answer.lastIndex() : own;
        }
        if (own < longest) {
            throw new AssertionError(to + " ends at " + own + ", another at " + longest);
        }
        synchronized (this) {
            TabletHost winner = node(to).host();
            replace(
                    id,
                    tablet ->
                            tablet.withEpoch(
                                    epoch, new Mastership(epoch, to, winner.incarnation())));
            publish();
        }
    }

    private static NodeApi.FenceAnswer fenced(TabletHost voter, TabletId id, long epoch) {
        NodeApi.Fence fence =
                new NodeApi.Fence(
                        "fake", voter.self(), List.of(new NodeApi.TabletEpoch(id, epoch)));
        NodeApi.FenceAnswer[] answer = new NodeApi.FenceAnswer[1];
        Waiting.until(
                () -> {
                    answer[0] = voter.metaCalls().fence(fence).join().answers().get(0);
                    return answer[0].result() == NodeApi.FenceResult.FENCED;
                });
        return answer[0];
    }

    synchronized TabletDescriptor tablet(TabletId id) {
        return tablets.stream().filter(it -> it.id().equals(id)).findFirst().orElseThrow();
    }

    private Node node(NodeId id) {
        return nodes.stream().filter(it -> it.host().self().equals(id)).findFirst().orElseThrow();
    }

    private void replace(TabletId id, UnaryOperator<TabletDescriptor> change) {
        tablets.replaceAll(tablet -> tablet.id().equals(id) ? change.apply(tablet) : tablet);
    }

    /** A node opened replicas: from now on they count. */
    private synchronized void opened(TabletHost host) {
        Set<ReplicaId> opened = new HashSet<>();
        host.openedUnreported().forEach(holding -> opened.add(holding.replica()));
        if (opened.isEmpty()) {
            return;
        }
        tablets.replaceAll(
                tablet ->
                        new TabletDescriptor(
                                tablet.id(),
                                tablet.table(),
                                tablet.fromHex(),
                                tablet.toHex(),
                                tablet.replicas().stream()
                                        .map(each -> opened(each, opened))
                                        .toList(),
                                tablet.epoch(),
                                tablet.master()));
        publish();
    }

    private static ReplicaDescriptor opened(ReplicaDescriptor replica, Set<ReplicaId> opened) {
        return opened.contains(replica.id())
                ? new ReplicaDescriptor(replica.node(), replica.id(), true, replica.lost())
                : replica;
    }

    /** Whether every call fails, as when no meta-server is there. */
    synchronized void down(boolean isDown) {
        down = isDown;
    }

    /** Whether tables made from now on get no master. */
    synchronized void masterless(boolean withoutMaster) {
        masterless = withoutMaster;
    }

    @Override
    public CompletableFuture<MetaApi.TableCreated> create(MetaApi.CreateTable request) {
        return leader.answer(() -> leader.made(request));
    }

    private MetaApi.TableCreated made(MetaApi.CreateTable request) {
        int replicas = Math.max(1, request.replicas());
        if (replicas > nodes.size()) {
            throw new EblaException(ErrorCode.NOT_ENOUGH_NODES, "there are " + nodes.size());
        }
        TableDescriptor table =
                new TableDescriptor(
                        request.name(),
                        replicas,
                        request.store(),
                        request.ttlMillis(),
                        request.splitAt(),
                        clock.wallMillis());
        TableDescriptor existing = tables.get(request.name());
        if (existing != null) {
            if (!FakePlacement.sameOptions(existing, table)) {
                throw new EblaException(ErrorCode.TABLE_EXISTS, request.name() + " differs");
            }
            return new MetaApi.TableCreated(existing, false, current());
        }
        tables.put(table.name(), table);
        place(table);
        publish();
        return new MetaApi.TableCreated(table, true, current());
    }

    private void place(TableDescriptor table) {
        List<TabletHost> hosts = nodes.stream().map(Node::host).toList();
        tablets.addAll(FakePlacement.place(table, lastTablet, hosts, !masterless));
        lastTablet += table.splitAt().size() + 1;
    }

    @Override
    public CompletableFuture<TableDescriptor> change(TableName name, MetaApi.ChangeTable request) {
        return leader.answer(() -> leader.changed(name, request));
    }

    private TableDescriptor changed(TableName name, MetaApi.ChangeTable request) {
        TableDescriptor old = existing(name);
        if (request.replicas() != null && request.replicas() > 1) {
            throw new EblaException(ErrorCode.NOT_ENOUGH_NODES, "there is one node");
        }
        TableDescriptor changed =
                new TableDescriptor(
                        name,
                        old.replicas(),
                        old.store(),
                        request.ttlMillis() == null ? old.ttlMillis() : request.ttlMillis(),
                        old.splitAt(),
                        old.createdAt());
        tables.put(name, changed);
        publish();
        return changed;
    }

    @Override
    public CompletableFuture<Void> drop(TableName name) {
        return leader.answer(() -> leader.dropped(name));
    }

    private Void dropped(TableName name) {
        existing(name);
        tables.remove(name);
        for (TabletDescriptor tablet : List.copyOf(tablets)) {
            if (tablet.table().equals(name)) {
                tablets.remove(tablet);
                dropped.add(tablet.id());
            }
        }
        publish();
        return null;
    }

    @Override
    public CompletableFuture<ClusterMap> map() {
        mapCalls.incrementAndGet();
        return leader.answer(leader::current);
    }

    @Override
    public CompletableFuture<MetaApi.Begun> moveMaster(TabletId tablet, NodeId to) {
        return leader.answer(() -> leader.moving(tablet, to));
    }

    @Override
    public CompletableFuture<MetaApi.Begun> moveReplica(TabletId tablet, NodeId from, NodeId to) {
        return leader.answer(() -> leader.moving(tablet, from, to));
    }

    /** Nothing is moved here: it is only asked for. */
    private MetaApi.Begun moving(TabletId id, NodeId from, NodeId to) {
        if (nodes.stream().noneMatch(node -> node.host().self().equals(to))) {
            throw new EblaException(ErrorCode.NODE_NOT_FOUND, "there is no node " + to);
        }
        if (tablet(id).replicaOn(from).isEmpty()) {
            throw new EblaException(ErrorCode.INVALID_ARGUMENT, "no replica on " + from);
        }
        return new MetaApi.Begun("move-" + id + "-" + from + "-" + to);
    }

    @Override
    public CompletableFuture<MetaApi.Begun> merge(TableName table, TabletId tablet) {
        return leader.answer(
                () -> {
                    throw new EblaException(
                            ErrorCode.NO_RIGHT_NEIGHBOUR, tablet(tablet).id() + " has none");
                });
    }

    @Override
    public CompletableFuture<MetaApi.Begun> split(TableName table, TabletId tablet, Bytes at) {
        return leader.answer(() -> leader.splitting(tablet, at == null ? Bytes.EMPTY : at));
    }

    /** Nothing is split here: it is only asked for. */
    private MetaApi.Begun splitting(TabletId id, Bytes at) {
        if (!splits.computeIfAbsent(tablet(id).id(), any -> at).equals(at)) {
            throw new EblaException(ErrorCode.OPERATION_IN_PROGRESS, id + " is being split");
        }
        return new MetaApi.Begun("split-" + id);
    }

    /** Begins it for good only when nothing else moves; what is begun goes on until it is done. */
    private MetaApi.Begun moving(TabletId id, NodeId to) {
        if (nodes.stream().noneMatch(node -> node.host().self().equals(to))) {
            throw new EblaException(ErrorCode.NODE_NOT_FOUND, "there is no node " + to);
        }
        if (tablet(id).replicaOn(to).isEmpty()) {
            throw new EblaException(ErrorCode.INVALID_ARGUMENT, "no replica on " + to);
        }
        if (tablet(id).master() == null) {
            throw new EblaException(ErrorCode.OPERATION_IN_PROGRESS, "it has no master now");
        }
        List<TabletHost> voters = nodes.stream().map(Node::host).toList();
        CompletableFuture.runAsync(() -> elect(id, to, voters));
        return new MetaApi.Begun("move-" + id);
    }

    private TableDescriptor existing(TableName name) {
        TableDescriptor table = tables.get(name);
        if (table == null) {
            throw new EblaException(ErrorCode.TABLE_NOT_FOUND, "there is no table " + name);
        }
        return table;
    }

    private ClusterMap next() {
        version++;
        return current();
    }

    private ClusterMap current() {
        return new ClusterMap(
                "fake",
                1,
                version,
                nodes.stream().map(Node::descriptor).toList(),
                List.copyOf(tables.values()),
                tablets,
                dropped);
    }

    private synchronized <T> CompletableFuture<T> answer(Supplier<T> call) {
        if (down) {
            return CompletableFuture.failedFuture(
                    new EblaException(ErrorCode.META_UNAVAILABLE, "no meta-server answers"));
        }
        try {
            return CompletableFuture.completedFuture(call.get());
        } catch (EblaException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }
}
