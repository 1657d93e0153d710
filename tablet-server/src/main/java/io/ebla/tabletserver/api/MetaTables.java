package io.ebla.tabletserver.api;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import java.util.concurrent.CompletableFuture;

/**
 * What the API asks of the metadata service. Futures complete on any thread, and fail with an {@code
 * EblaException}.
 */
interface MetaTables {

    /** Fails with {@code table_exists} or {@code not_enough_nodes}. */
    CompletableFuture<MetaApi.TableCreated> create(MetaApi.CreateTable request);

    /** Fails with {@code table_not_found}. */
    CompletableFuture<TableDescriptor> change(TableName name, MetaApi.ChangeTable request);

    /** Fails with {@code table_not_found}. */
    CompletableFuture<Void> drop(TableName name);

    /**
     * Begins to hand a tablet over. Fails with {@code node_not_found}, {@code tablet_not_found}, {@code
     * operation_in_progress}.
     */
    CompletableFuture<MetaApi.Begun> moveMaster(TabletId tablet, NodeId to);

    /**
     * Begins to move a replica. Fails with {@code node_not_found}, {@code tablet_not_found}, {@code
     * not_enough_nodes}, {@code operation_in_progress}.
     */
    CompletableFuture<MetaApi.Begun> moveReplica(TabletId tablet, NodeId from, NodeId to);

    /**
     * Begins to merge a tablet with its right neighbour, or finds the merge that runs or did so. Fails with
     * {@code tablet_not_found}, {@code no_right_neighbour}, {@code operation_in_progress}.
     */
    CompletableFuture<MetaApi.Begun> merge(TableName table, TabletId tablet);

    /**
     * Begins to split a tablet, or finds the split that runs or did so. Fails with {@code tablet_not_found},
     * {@code cannot_split}, {@code operation_in_progress}.
     *
     * @param at the bound between the children, or null for the middle
     */
    CompletableFuture<MetaApi.Begun> split(TableName table, TabletId tablet, Bytes at);

    /** The map as meta has it now. */
    CompletableFuture<ClusterMap> map();
}
