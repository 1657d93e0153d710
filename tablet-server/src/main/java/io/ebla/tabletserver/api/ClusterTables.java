package io.ebla.tabletserver.api;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.membership.MetaClient;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;

/** The tables of the cluster, by way of its meta-servers. */
record ClusterTables(MetaClient meta) implements MetaTables {

    @Override
    public CompletableFuture<MetaApi.TableCreated> create(MetaApi.CreateTable request) {
        return meta.createTable(request);
    }

    @Override
    public CompletableFuture<TableDescriptor> change(TableName name, MetaApi.ChangeTable request) {
        return meta.changeTable(name, request);
    }

    @Override
    public CompletableFuture<Void> drop(TableName name) {
        return meta.dropTable(name);
    }

    @Override
    public CompletableFuture<MetaApi.Begun> moveMaster(TabletId tablet, NodeId to) {
        return meta.moveMaster(tablet, to);
    }

    @Override
    public CompletableFuture<MetaApi.Begun> moveReplica(TabletId tablet, NodeId from, NodeId to) {
        return meta.moveReplica(tablet, from, to);
    }

    @Override
    public CompletableFuture<MetaApi.Begun> merge(TableName table, TabletId tablet) {
        return meta.merge(table, tablet);
    }

    @Override
    public CompletableFuture<MetaApi.Begun> split(TableName table, TabletId tablet, Bytes at) {
        String hex = at == null ? null : HexFormat.of().formatHex(at.toArray());
        return meta.split(table, tablet, new MetaApi.SplitTablet(hex));
    }

    @Override
    public CompletableFuture<ClusterMap> map() {
        return meta.map();
    }
}
