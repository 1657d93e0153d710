package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.Mutation;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** What meta asks a node for the sake of its tablets: promises and hand-overs. Any thread. */
public final class MetaCalls {

    private final StoreId store;
    private final Incarnation incarnation;
    private final LocalReplicas replicas;
    private final Executor threads;

    /** @param threads that may wait for a disk */
    MetaCalls(StoreId store, Incarnation incarnation, LocalReplicas replicas, Executor threads) {
        this.threads = threads;
        this.store = store;
        this.incarnation = incarnation;
        this.replicas = replicas;
    }

    public CompletableFuture<NodeApi.Fenced> fence(NodeApi.Fence fence) {
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

    /** Flushes first and gives the children a head start: then little is left to do when nobody serves. */
    public CompletableFuture<NodeApi.SplitAnswer> split(NodeApi.Split asked) {
        LocalReplica parent = replicas.of(asked.tablet());
        Tablet tablet = parent == null ? null : parent.tablet();
        if (tablet == null) {
            return CompletableFuture.completedFuture(
                    new NodeApi.SplitAnswer(NodeApi.SplitResult.NOT_NOW));
        }
        if (asked.cancel()) {
            return tablet.pipeline()
                    .splitting()
                    .ask(asked.epoch(), new Mutation.CancelSplit(asked.low()));
        }
        Bytes at = Bytes.wrap(HexFormat.of().parseHex(asked.atHex()));
        Mutation.Split split = new Mutation.Split(at, asked.low(), asked.high());
        return CompletableFuture.runAsync(() -> makeReady(parent, split), threads)
                .thenCompose(ready -> ask(tablet, asked.epoch(), split));
    }

    private void makeReady(LocalReplica parent, Mutation.Split split) {
        parent.tablet().store().flush();
        if (!parent.tablet().pipeline().splitting().isSplit()) {
            replicas.headStarts().give(parent, List.of(split.low(), split.high()));
        }
    }

    /** Who was asked to make ready only is no master of that epoch, and its log is left alone. */
    private static CompletableFuture<NodeApi.SplitAnswer> ask(
            Tablet tablet, long epoch, Mutation split) {
        return epoch == NodeApi.NO_EPOCH
                ? CompletableFuture.completedFuture(
                        new NodeApi.SplitAnswer(NodeApi.SplitResult.NOT_NOW))
                : tablet.pipeline().splitting().ask(epoch, split);
    }

    public CompletableFuture<NodeApi.SplitKey> splitKey(NodeApi.AskSplitKey asked) {
        Tablet tablet = replicas.open(asked.tablet());
        boolean guesses = tablet != null && !asked.byLoad() && !tablet.store().counted();
        if (tablet == null || guesses || !tablet.servesStrongReads()) {
            return CompletableFuture.completedFuture(new NodeApi.SplitKey(false, null));
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    Bytes at = middle(tablet, asked.byLoad()).orElse(null);
                    String hex = at == null ? null : HexFormat.of().formatHex(at.toArray());
                    return new NodeApi.SplitKey(true, hex);
                },
                threads);
    }

    private static Optional<Bytes> middle(Tablet tablet, boolean byLoad) {
        return byLoad ? tablet.load().middle() : tablet.store().middle();
    }

    public CompletableFuture<NodeApi.Joined> join(NodeApi.Join asked) {
        return CompletableFuture.completedFuture(replicas.merges().join(asked));
    }

    public CompletableFuture<NodeApi.SealAnswer> seal(NodeApi.Seal asked) {
        Tablet tablet = replicas.open(asked.tablet());
        if (tablet == null) {
            return CompletableFuture.completedFuture(
                    new NodeApi.SealAnswer(NodeApi.SealResult.NOT_NOW));
        }
        Mutation mutation =
                asked.cancel()
                        ? new Mutation.CancelSplit(asked.into())
                        : new Mutation.Seal(asked.into(), asked.left(), asked.right());
        return tablet.pipeline()
                .splitting()
                .ask(asked.epoch(), mutation)
                .thenApply(answer -> new NodeApi.SealAnswer(sealed(answer.result())));
    }

    private static NodeApi.SealResult sealed(NodeApi.SplitResult result) {
        return switch (result) {
            case SPLIT -> NodeApi.SealResult.SEALED;
            case CANCELLED -> NodeApi.SealResult.CANCELLED;
            case NOT_NOW -> NodeApi.SealResult.NOT_NOW;
        };
    }

    public CompletableFuture<NodeApi.HandedOver> handOver(NodeApi.HandOver asked) {
        Tablet tablet = replicas.open(asked.tablet());
        return tablet == null
                ? CompletableFuture.completedFuture(
                        new NodeApi.HandedOver(false, "tablet " + asked.tablet() + " is not open"))
                : tablet.pipeline().handOver(asked.epoch(), asked.target());
    }
}
