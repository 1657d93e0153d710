package io.ebla.tabletserver.api;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The metadata of a cluster of one node, in memory, with the node as master of everything. */
final class FakeMeta implements MetaTables {

    private final TabletHost host;
    private final Clock clock;
    private final TreeMap<TableName, TableDescriptor> tables = new TreeMap<>();
    private final List<TabletDescriptor> tablets = new ArrayList<>();
    private final List<TabletId> dropped = new ArrayList<>();
    private long version;
    private long lastTablet;
    private boolean down;
    private boolean masterless;
    final AtomicInteger mapCalls = new AtomicInteger();

    FakeMeta(TabletHost host, Clock clock) {
        this.host = host;
        this.clock = clock;
    }

    /** The node joins: it takes in its first map, which knows of no table. */
    synchronized void register() {
        host.onUnreported(this::opened);
        host.update(next());
    }

    /** The node opened replicas: from now on they count. */
    private synchronized void opened() {
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
        host.update(next());
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
        return answer(() -> made(request));
    }

    private MetaApi.TableCreated made(MetaApi.CreateTable request) {
        int replicas = Math.max(1, request.replicas());
        if (replicas > 1) {
            throw new EblaException(ErrorCode.NOT_ENOUGH_NODES, "there is one node");
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
            if (!sameOptions(existing, table)) {
                throw new EblaException(ErrorCode.TABLE_EXISTS, request.name() + " differs");
            }
            return new MetaApi.TableCreated(existing, false, current());
        }
        tables.put(table.name(), table);
        place(table);
        return new MetaApi.TableCreated(table, true, next());
    }

    private static boolean sameOptions(TableDescriptor one, TableDescriptor other) {
        return one.store() == other.store()
                && one.ttlMillis() == other.ttlMillis()
                && one.splitAt().equals(other.splitAt());
    }

    private void place(TableDescriptor table) {
        List<String> bounds = new ArrayList<>();
        bounds.add("");
        for (String hex : table.splitAt()) {
            Bytes pk = Bytes.wrap(HexFormat.of().parseHex(hex));
            bounds.add(KeyRange.boundOfPk(pk).toString());
        }
        bounds.add("");
        for (int i = 0; i + 1 < bounds.size(); i++) {
            tablets.add(
                    new TabletDescriptor(
                            new TabletId(++lastTablet),
                            table.name(),
                            bounds.get(i),
                            bounds.get(i + 1),
                            List.of(
                                    new ReplicaDescriptor(
                                            host.self(),
                                            new ReplicaId(UUID.randomUUID().toString()),
                                            false,
                                            false)),
                            masterless ? 0 : 1,
                            masterless
                                    ? null
                                    : new Mastership(1, host.self(), host.incarnation())));
        }
    }

    @Override
    public CompletableFuture<TableDescriptor> change(TableName name, MetaApi.ChangeTable request) {
        return answer(
                () -> {
                    TableDescriptor old = existing(name);
                    if (request.replicas() != null && request.replicas() > 1) {
                        throw new EblaException(ErrorCode.NOT_ENOUGH_NODES, "there is one node");
                    }
                    TableDescriptor changed =
                            new TableDescriptor(
                                    name,
                                    old.replicas(),
                                    old.store(),
                                    request.ttlMillis() == null
                                            ? old.ttlMillis()
                                            : request.ttlMillis(),
                                    old.splitAt(),
                                    old.createdAt());
                    tables.put(name, changed);
                    next();
                    return changed;
                });
    }

    @Override
    public CompletableFuture<Void> drop(TableName name) {
        return answer(
                () -> {
                    existing(name);
                    tables.remove(name);
                    for (TabletDescriptor tablet : List.copyOf(tablets)) {
                        if (tablet.table().equals(name)) {
                            tablets.remove(tablet);
                            dropped.add(tablet.id());
                        }
                    }
                    next();
                    return null;
                });
    }

    @Override
    public CompletableFuture<ClusterMap> map() {
        mapCalls.incrementAndGet();
        return answer(this::current);
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
        NodeDescriptor self =
                new NodeDescriptor(
                        host.self(), host.store(), host.incarnation(), "127.0.0.1:1", "", "");
        return new ClusterMap(
                "fake", 1, version, List.of(self), List.copyOf(tables.values()), tablets, dropped);
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
