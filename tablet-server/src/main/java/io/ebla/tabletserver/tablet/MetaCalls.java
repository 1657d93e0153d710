package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What meta asks a node for the sake of its tablets: promises and hand-overs. Any thread. */
final class MetaCalls {

    private final StoreId store;
    private final Incarnation incarnation;
    private final LocalReplicas replicas;

    MetaCalls(StoreId store, Incarnation incarnation, LocalReplicas replicas) {
        this.store = store;
        this.incarnation = incarnation;
        this.replicas = replicas;
    }

    CompletableFuture<NodeApi.Fenced> fence(NodeApi.Fence fence) {
        List<CompletableFuture<NodeApi.FenceAnswer>> answers = new ArrayList<>();
        for (NodeApi.TabletEpoch asked : fence.tablets()) {
            Tablet tablet = replicas.open(asked.tablet());
            answers.add(
                    tablet == null
                            ? CompletableFuture.completedFuture(noAnswer(asked.tablet()))
                            : tablet.pipeline().fence(asked.epoch()));
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(
                        all ->
                                new NodeApi.Fenced(
                                        store,
                                        incarnation,
                                        answers.stream().map(CompletableFuture::join).toList()));
    }

    /** A replica that is being opened may be there soon; one that is not held is absent (E10). */
    private NodeApi.FenceAnswer noAnswer(TabletId tablet) {
        boolean held = replicas.of(tablet) != null || replicas.isBusy(tablet);
        return new NodeApi.FenceAnswer(
                tablet,
                held ? NodeApi.FenceResult.NOT_NOW : NodeApi.FenceResult.ABSENT,
                null,
                0,
                0,
                0,
                0,
                0);
    }

    CompletableFuture<NodeApi.HandedOver> handOver(NodeApi.HandOver asked) {
        Tablet tablet = replicas.open(asked.tablet());
        return tablet == null
                ? CompletableFuture.completedFuture(
                        new NodeApi.HandedOver(false, "tablet " + asked.tablet() + " is not open"))
                : tablet.pipeline().handOver(asked.epoch(), asked.target());
    }
}
