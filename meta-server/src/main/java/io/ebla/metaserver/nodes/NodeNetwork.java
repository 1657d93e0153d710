package io.ebla.metaserver.nodes;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import java.util.concurrent.CompletableFuture;

/**
 * How the leading meta-server reaches tablet servers: calls of {@link NodeApi}. Calls and answers may be
 * lost; a lost one fails after a time that the network bounds. Nothing blocks.
 */
public interface NodeNetwork {

    /** Asks for promises; the answer may take a lease (E7). */
    CompletableFuture<NodeApi.Fenced> fence(NodeDescriptor to, NodeApi.Fence fence);

    /** Asks a master to stop writing and to bring its successor to its head (E12). */
    CompletableFuture<NodeApi.HandedOver> handOver(NodeDescriptor to, NodeApi.HandOver handOver);

    /** Asks a master to end its tablet's log by a split, or never to (R4). */
    CompletableFuture<NodeApi.SplitAnswer> split(NodeDescriptor to, NodeApi.Split split);

    /** Has a node make the merged store of two tablets, and asks how far it is. */
    CompletableFuture<NodeApi.Joined> join(NodeDescriptor to, NodeApi.Join join);

    /** Asks a master to seal its tablet for a merge, or to unseal it for good (R6). */
    CompletableFuture<NodeApi.SealAnswer> seal(NodeDescriptor to, NodeApi.Seal seal);

    /** Asks a master where half of a tablet lies below. */
    CompletableFuture<NodeApi.SplitKey> splitKey(NodeDescriptor to, NodeApi.AskSplitKey asked);

    /**
     * Whether the node's host answers that nothing listens at its port, so that its process has ended.
     * False when it listens, and when nothing at all is heard. Never fails.
     */
    CompletableFuture<Boolean> refuses(NodeDescriptor node);
}
