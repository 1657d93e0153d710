package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.routing.RemoteNode.Loss;
import io.ebla.tabletserver.wire.RowsGrpc;
import io.ebla.tabletserver.wire.RowsStatus;
import io.ebla.tabletserver.wire.RowsStatusAsked;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Where the replicas of tablets stand, wherever they are: asked of every node that has any, all at once and
 * for a bounded time. Who says nothing by then is named, and what the others said stands.
 *
 * <p>Its ways to the nodes are its own, apart from those of rows: many rows under way to a node must not
 * keep anybody from seeing how it is. Any thread.
 */
public final class TabletStatuses {

    /** What a question takes in memory besides the names of its tablets. */
    private static final long CALL_BYTES = 512;

    private final NodeId self;
    private final Supplier<List<MetaApi.TabletStatus>> own;
    private final RemoteNodes nodes;
    private final long patienceMillis;

    /**
     * @param own where the replicas of this node stand
     * @param patienceMillis how long the other nodes' answers are waited for
     */
    TabletStatuses(
            NodeId self,
            Supplier<List<MetaApi.TabletStatus>> own,
            RemoteNodes nodes,
            long patienceMillis) {
        this.self = self;
        this.own = own;
        this.nodes = nodes;
        this.patienceMillis = patienceMillis;
    }

    /**
     * What came of a question.
     *
     * @param unanswered nodes that said nothing in time
     */
    public record Gathered(
            Map<NodeId, Map<TabletId, ReplicaStatus>> byNode, Set<NodeId> unanswered) {

        public Gathered {
            byNode = Map.copyOf(byNode);
            unanswered = Set.copyOf(unanswered);
        }

        /** Null when its node did not answer, or has another replica or none. */
        public ReplicaStatus of(TabletDescriptor tablet, ReplicaDescriptor replica) {
            ReplicaStatus said = byNode.getOrDefault(replica.node(), Map.of()).get(tablet.id());
            return said != null && said.replica().equals(replica.id()) ? said : null;
        }
    }

    /** Asks; the answer comes on any thread, in time, and is never a failure. */
    public CompletableFuture<Gathered> gather(List<TabletDescriptor> tablets) {
        Map<NodeId, Set<TabletId>> asked = new TreeMap<>();
        for (TabletDescriptor tablet : tablets) {
            for (ReplicaDescriptor replica : tablet.replicas()) {
                asked.computeIfAbsent(replica.node(), node -> new HashSet<>()).add(tablet.id());
            }
        }
        Map<NodeId, CompletableFuture<Map<TabletId, ReplicaStatus>>> answers = new TreeMap<>();
        asked.forEach((node, ids) -> answers.put(node, ask(node, ids)));
        return CompletableFuture.allOf(answers.values().toArray(CompletableFuture[]::new))
                .handle((done, some) -> gathered(answers));
    }

    private static Gathered gathered(
            Map<NodeId, CompletableFuture<Map<TabletId, ReplicaStatus>>> answers) {
        Map<NodeId, Map<TabletId, ReplicaStatus>> said = new HashMap<>();
        Set<NodeId> unanswered = new HashSet<>();
        answers.forEach(
                (node, answer) -> {
                    if (answer.isCompletedExceptionally()) {
                        unanswered.add(node);
                    } else {
                        said.put(node, answer.join());
                    }
                });
        return new Gathered(said, unanswered);
    }

    private CompletableFuture<Map<TabletId, ReplicaStatus>> ask(NodeId node, Set<TabletId> ids) {
        if (node.equals(self)) {
            return CompletableFuture.completedFuture(here(ids));
        }
        RowsStatusAsked.Builder question = RowsStatusAsked.newBuilder();
        ids.forEach(id -> question.addTablets(id.value()));
        CompletableFuture<Map<TabletId, ReplicaStatus>> answer = new CompletableFuture<>();
        nodes.node(node)
                .call(
                        RowsGrpc.getStatusMethod(),
                        "status",
                        question.build(),
                        CALL_BYTES + Long.BYTES * (long) ids.size(),
                        patienceMillis,
                        new RemoteNode.Listener<RowsStatus>() {
                            @Override
                            public void answered(RowsStatus said) {
                                try {
                                    answer.complete(StatusCodec.statuses(said));
                                } catch (RuntimeException unreadable) {
                                    answer.completeExceptionally(unreadable);
                                }
                            }

                            @Override
                            public void lost(Loss loss) {
                                answer.completeExceptionally(Losses.ofRead(node, loss));
                            }
                        });
        return answer;
    }

    private Map<TabletId, ReplicaStatus> here(Set<TabletId> ids) {
        Map<TabletId, ReplicaStatus> found = new HashMap<>();
        for (MetaApi.TabletStatus status : own.get()) {
            if (ids.contains(status.tablet())) {
                found.put(status.tablet(), ReplicaStatus.of(status));
            }
        }
        return found;
    }

    /** Answers another node's question of the replicas that are here. */
    RowsStatus answer(RowsStatusAsked question) {
        Set<TabletId> ids = new HashSet<>();
        question.getTabletsList().forEach(id -> ids.add(new TabletId(id)));
        return StatusCodec.wire(here(ids));
    }
}
