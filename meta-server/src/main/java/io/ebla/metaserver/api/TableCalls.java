package io.ebla.metaserver.api;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterCommand.PlannedTablet;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.liveness.Liveness;
import io.ebla.metaserver.placement.Loads;
import io.ebla.metaserver.placement.Placement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Creating, changing and dropping tables. */
final class TableCalls {

    private final MetadataTablet metadata;
    private final Proposals proposals;
    private final Liveness liveness;
    private final Clock clock;
    private final Supplier<ReplicaId> newReplicas;
    private final int defaultReplicas;

    TableCalls(
            MetadataTablet metadata,
            Liveness liveness,
            Clock clock,
            Supplier<ReplicaId> newReplicas,
            int defaultReplicas) {
        this.metadata = metadata;
        this.proposals = new Proposals(metadata);
        this.liveness = liveness;
        this.clock = clock;
        this.newReplicas = newReplicas;
        this.defaultReplicas = defaultReplicas;
    }

    /** Places the tablets, gives them their first masters, and records all of it at once. */
    CompletableFuture<MetaApi.TableCreated> create(MetaApi.CreateTable request) {
        List<String> bounds = bounds(request.splitAt());
        TableDescriptor table = describe(request);
        return proposals
                .decide(state -> Optional.of(plan(state, table, bounds)))
                .thenApply(
                        created -> {
                            ClusterState state = metadata.state();
                            TableDescriptor stored = require(state, table.name());
                            return new MetaApi.TableCreated(stored, created, state.map());
                        });
    }

    private TableDescriptor describe(MetaApi.CreateTable request) {
        int replicas = request.replicas() == 0 ? defaultReplicas : request.replicas();
        if (replicas < 1 || request.ttlMillis() < 0) {
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT, "replicas and ttl must not be negative");
        }
        return new TableDescriptor(
                request.name(),
                replicas,
                request.store(),
                request.ttlMillis(),
                request.splitAt(),
                clock.wallMillis());
    }

    /** The tablet bounds of the pks to split at, "" at both ends. */
    private static List<String> bounds(List<String> splitAt) {
        if (splitAt.size() >= TableDescriptor.TABLETS_MAX) {
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a table starts with at most " + TableDescriptor.TABLETS_MAX + " tablets");
        }
        List<String> bounds = new ArrayList<>();
        bounds.add("");
        for (String hex : splitAt) {
            String bound = bound(hex);
            if (bound.compareTo(bounds.get(bounds.size() - 1)) <= 0) {
                throw new EblaException(
                        ErrorCode.INVALID_ARGUMENT,
                        "splitAt must be distinct, ascending and not empty");
            }
            bounds.add(bound);
        }
        bounds.add("");
        return bounds;
    }

    private static String bound(String hexOfPk) {
        try {
            Bytes pk = Bytes.wrap(HexFormat.of().parseHex(hexOfPk));
            return HexFormat.of().formatHex(KeyRange.boundOfPk(pk).toArray());
        } catch (IllegalArgumentException malformed) {
            throw new EblaException(ErrorCode.INVALID_ARGUMENT, "splitAt is not hex: " + hexOfPk);
        }
    }

    private ClusterCommand plan(ClusterState state, TableDescriptor table, List<String> bounds) {
        TableDescriptor existing = state.tables().get(table.name());
        List<PlannedTablet> tablets = existing == null ? place(state, table, bounds) : List.of();
        return new ClusterCommand.CreateTable(table, tablets, clock.wallMillis());
    }

    private List<PlannedTablet> place(
            ClusterState state, TableDescriptor table, List<String> bounds) {
        int count = bounds.size() - 1;
        List<List<NodeId>> placed = Placement.place(candidates(state), count, table.replicas());
        List<PlannedTablet> tablets = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            List<ReplicaDescriptor> replicas = new ArrayList<>();
            for (NodeId node : placed.get(i)) {
                replicas.add(new ReplicaDescriptor(node, newReplicas.get(), false, false));
            }
            NodeDescriptor master = state.nodes().get(placed.get(i).get(0));
            tablets.add(
                    new PlannedTablet(
                            bounds.get(i),
                            bounds.get(i + 1),
                            replicas,
                            new Mastership(1, master.id(), master.incarnation())));
        }
        return tablets;
    }

    private List<Placement.Candidate> candidates(ClusterState state) {
        return Loads.candidates(
                state,
                node -> liveness.mayBeGiven(node) && !state.administration().isDrained(node.id()));
    }

    CompletableFuture<TableDescriptor> change(TableName name, MetaApi.ChangeTable request) {
        TableDescriptor table = require(metadata.state(), name);
        int replicas = request.replicas() == null ? table.replicas() : request.replicas();
        int nodes = candidates(metadata.state()).size();
        if (replicas > table.replicas() && replicas > nodes) {
            throw new EblaException(
                    ErrorCode.NOT_ENOUGH_NODES,
                    replicas + " copies need as many nodes, there are " + nodes);
        }
        long ttlMillis = request.ttlMillis() == null ? table.ttlMillis() : request.ttlMillis();
        return proposals
                .propose(
                        new ClusterCommand.ChangeTable(
                                name, ttlMillis, replicas, clock.wallMillis()))
                .thenApply(changed -> require(metadata.state(), name));
    }

    CompletableFuture<Boolean> drop(TableName name) {
        return proposals.propose(new ClusterCommand.DropTable(name, clock.wallMillis()));
    }

    private static TableDescriptor require(ClusterState state, TableName name) {
        TableDescriptor table = state.tables().get(name);
        if (table == null) {
            throw new EblaException(ErrorCode.TABLE_NOT_FOUND, "there is no table " + name);
        }
        return table;
    }
}
