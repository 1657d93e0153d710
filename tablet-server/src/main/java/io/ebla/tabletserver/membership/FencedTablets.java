package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.NodeApi;
import java.util.concurrent.CompletableFuture;

/** What the leading meta-server asks of the tablets of this node: see {@link NodeApi}. Any thread. */
public interface FencedTablets {

    /** Completes when all the last grants have run out, and the promises are durable (E4, E7). */
    CompletableFuture<NodeApi.Fenced> fence(NodeApi.Fence fence);

    /** Completes when the target has the whole log and the lease is given up, or it could not be (E12). */
    CompletableFuture<NodeApi.HandedOver> handOver(NodeApi.HandOver handOver);

    /** Completes when the log says of the split that it came, or that it never will (R4). */
    CompletableFuture<NodeApi.SplitAnswer> split(NodeApi.Split split);

    /** Completes when it is known where half of the tablet lies below. */
    CompletableFuture<NodeApi.SplitKey> splitKey(NodeApi.AskSplitKey asked);

    /** Goes on with the copy of two tablets, and tells how far it was. */
    CompletableFuture<NodeApi.Joined> join(NodeApi.Join join);

    /** Completes when the log says of the merge that the tablet is sealed for it, or never will be (R6). */
    CompletableFuture<NodeApi.SealAnswer> seal(NodeApi.Seal seal);
}
