package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.StoreId;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** Calls of a leader of the {@link SimulatedMeta} to nodes: slow, lost, or answered by another run. */
final class SimulatedCalls implements NodeNetwork {

    private static final long TIMEOUT_NANOS = 1_000 * Timeline.MILLI;

    private static final long SLOW_SYNC_NANOS = 120 * Timeline.MILLI;

    private final SimulatedMeta meta;
    private final LocalGroup group;

    SimulatedCalls(SimulatedMeta meta) {
        this.meta = meta;
        this.group = meta.group();
    }

    @Override
    public CompletableFuture<NodeApi.Fenced> fence(NodeDescriptor to, NodeApi.Fence fence) {
        return call(to, (node, answer) -> fence(node, fence, answer));
    }

    @Override
    public CompletableFuture<NodeApi.SplitAnswer> split(NodeDescriptor to, NodeApi.Split split) {
        if (meta.micros(0, 1_000) < 300_000) {
            // A leader that does not know that it was deposed asks for it again, whatever has
            // become of it.
            group.after(meta.micros(1_000, 250_000), () -> splitOnce(to, split));
        }
        return splitOnce(to, split);
    }

    private CompletableFuture<NodeApi.SplitAnswer> splitOnce(
            NodeDescriptor to, NodeApi.Split split) {
        return call(
                to,
                (node, answer) ->
                        node.metaCalls()
                                .split(split)
                                .thenAccept(done -> answer(node, answer, () -> done)));
    }

    @Override
    public CompletableFuture<NodeApi.Joined> join(NodeDescriptor to, NodeApi.Join join) {
        return call(
                to,
                (node, answer) ->
                        node.metaCalls()
                                .join(join)
                                .thenAccept(done -> answer(node, answer, () -> done)));
    }

    @Override
    public CompletableFuture<NodeApi.SealAnswer> seal(NodeDescriptor to, NodeApi.Seal seal) {
        if (!seal.cancel() && meta.micros(0, 1_000) < 300_000) {
            group.after(meta.micros(1_000, 250_000), () -> sealOnce(to, seal));
        }
        return sealOnce(to, seal);
    }

    private CompletableFuture<NodeApi.SealAnswer> sealOnce(NodeDescriptor to, NodeApi.Seal seal) {
        return call(
                to,
                (node, answer) ->
                        node.metaCalls()
                                .seal(seal)
                                .thenAccept(done -> answer(node, answer, () -> done)));
    }

    @Override
    public CompletableFuture<NodeApi.SplitKey> splitKey(
            NodeDescriptor to, NodeApi.AskSplitKey asked) {
        return call(
                to,
                (node, answer) ->
                        node.metaCalls()
                                .splitKey(asked)
                                .thenAccept(key -> answer(node, answer, () -> key)));
    }

    private void fence(
            GroupNode node, NodeApi.Fence fence, CompletableFuture<NodeApi.Fenced> answer) {
        meta.tampering().fencing(node);
        Incarnation run = node.incarnation();
        StoreId store = node.storeId();
        if (group.world.powerCutAtFencePerMille > 0 && !node.syncsHeld) {
            node.syncsHeld = true;
            group.after(SLOW_SYNC_NANOS, () -> node.syncsHeld = false);
        }
        List<CompletableFuture<NodeApi.FenceAnswer>> promises =
                fence.tablets().stream().map(asked -> promised(node, asked)).toList();
        CompletableFuture.allOf(promises.toArray(CompletableFuture[]::new))
                .thenAccept(
                        all ->
                                answer(
                                        node,
                                        answer,
                                        () -> new NodeApi.Fenced(store, run, told(node, promises))))
                .thenRun(() -> meta.powerCut(node, group.world.powerCutAtFencePerMille));
    }

    private List<NodeApi.FenceAnswer> told(
            GroupNode node, List<CompletableFuture<NodeApi.FenceAnswer>> promises) {
        return promises.stream().map(each -> meta.tampering().answer(node, each.join())).toList();
    }

    private CompletableFuture<NodeApi.FenceAnswer> promised(
            GroupNode node, NodeApi.TabletEpoch asked) {
        return meta.tampering()
                .fence(node, asked.epoch())
                .map(CompletableFuture::completedFuture)
                .orElseGet(() -> fenced(node, asked));
    }

    /** As a host answers. */
    private static CompletableFuture<NodeApi.FenceAnswer> fenced(
            GroupNode node, NodeApi.TabletEpoch asked) {
        Tablet open = node.tablet(asked.tablet());
        if (open != null) {
            return open.pipeline().fence(asked.epoch());
        }
        boolean held =
                node.replicas().of(asked.tablet()) != null
                        || node.replicas().isBusy(asked.tablet());
        return CompletableFuture.completedFuture(
                new NodeApi.FenceAnswer(
                        asked.tablet(),
                        held ? NodeApi.FenceResult.NOT_NOW : NodeApi.FenceResult.ABSENT,
                        null,
                        0,
                        0,
                        0,
                        0,
                        0));
    }

    @Override
    public CompletableFuture<NodeApi.HandedOver> handOver(
            NodeDescriptor to, NodeApi.HandOver asked) {
        return call(
                to,
                (node, answer) ->
                        meta.tampering()
                                .handOver(node, asked.target())
                                .map(CompletableFuture::completedFuture)
                                .orElseGet(() -> handedOver(node, asked))
                                .thenAccept(done -> answer(node, answer, () -> done)));
    }

    private static CompletableFuture<NodeApi.HandedOver> handedOver(
            GroupNode node, NodeApi.HandOver asked) {
        Tablet open = node.tablet(asked.tablet());
        return open == null
                ? CompletableFuture.completedFuture(new NodeApi.HandedOver(false, "not open"))
                : open.pipeline().handOver(asked.epoch(), asked.target());
    }

    @Override
    public CompletableFuture<Boolean> refuses(NodeDescriptor to) {
        GroupNode node = group.node(to.id());
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        group.after(
                meta.micros(100, 5_000),
                () ->
                        answer.complete(
                                meta.reaches(node)
                                        && (!node.isUp()
                                                || !node.incarnation().equals(to.incarnation()))));
        return answer;
    }

    // ---------------------------------------------------------------- there and back

    private <T> CompletableFuture<T> call(
            NodeDescriptor to, BiConsumer<GroupNode, CompletableFuture<T>> arrive) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        GroupNode node = group.node(to.id());
        group.after(
                meta.micros(100, 5_000),
                () -> {
                    if (node.isUp() && meta.reaches(node)) {
                        node.whenAwake(
                                () -> {
                                    if (node.isUp()) {
                                        arrive.accept(node, answer);
                                    }
                                });
                    }
                });
        group.after(
                TIMEOUT_NANOS,
                () -> answer.completeExceptionally(new IllegalStateException("timed out")));
        return answer;
    }

    private <T> void answer(GroupNode from, CompletableFuture<T> answer, Supplier<T> value) {
        group.after(
                meta.micros(100, 5_000),
                () -> {
                    if (meta.reaches(from)) {
                        answer.complete(value.get());
                    }
                });
    }
}
