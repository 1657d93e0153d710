package io.ebla.tabletserver.api;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code /v1/cluster}: the cluster as meta describes it; while meta is away as it last did, or failing
 * that as the map tells, marked as stale.
 */
final class ClusterHandler {

    private final JsonMapper json = JsonMapper.shared();
    private final Supplier<CompletableFuture<ClusterDescription>> meta;
    private final TabletHost host;
    private volatile ClusterDescription last;

    ClusterHandler(Supplier<CompletableFuture<ClusterDescription>> meta, TabletHost host) {
        this.meta = meta;
        this.host = host;
    }

    TableResource resource() {
        return new TableResource(
                "/v1/cluster",
                Map.of(HttpMethod.GET, this::describe, HttpMethod.HEAD, this::describe));
    }

    private Mono<ServerResponse> describe(ApiRequest request) {
        request.parameters(Set.of());
        request.requireAcceptsJson();
        return MetaCall.answer(request, this::described, this::answer);
    }

    private CompletableFuture<ClusterDescription> described() {
        return meta.get().thenApply(this::remembered).exceptionallyCompose(this::unlessAway);
    }

    private ClusterDescription remembered(ClusterDescription description) {
        last = description;
        return description;
    }

    private CompletableFuture<ClusterDescription> unlessAway(Throwable failure) {
        boolean away =
                Tables.unwrapped(failure) instanceof EblaException expected
                        && expected.code() == ErrorCode.META_UNAVAILABLE;
        return away
                ? CompletableFuture.completedFuture(stale())
                : CompletableFuture.failedFuture(failure);
    }

    private Answer answer(ClusterDescription description) {
        return Answer.of(200).body(Answer.JSON, Bytes.wrap(json.writeValueAsBytes(description)));
    }

    private ClusterDescription stale() {
        ClusterDescription known = last;
        return known == null
                ? fromMap(host.directory().map())
                : new ClusterDescription(known.meta(), known.nodes(), known.operations(), true);
    }

    /** Of the other nodes it is not known whether they are up. */
    private ClusterDescription fromMap(ClusterMap map) {
        List<ClusterDescription.NodeState> nodes =
                map.nodes().stream().map(node -> fromMap(map, node)).toList();
        return new ClusterDescription(
                new ClusterDescription.MetaMembers(null, List.of()), nodes, List.of(), true);
    }

    private ClusterDescription.NodeState fromMap(ClusterMap map, NodeDescriptor node) {
        int replicas = 0;
        int masters = 0;
        for (TabletDescriptor tablet : map.tablets()) {
            replicas += tablet.replicaOn(node.id()).isPresent() ? 1 : 0;
            boolean master = tablet.master() != null && tablet.master().node().equals(node.id());
            masters += master ? 1 : 0;
        }
        boolean self = node.id().equals(host.self());
        long bytes =
                self ? host.statuses().stream().mapToLong(MetaApi.TabletStatus::bytes).sum() : 0;
        return new ClusterDescription.NodeState(
                node.id(),
                node.address(),
                node.grpcAddress().isEmpty() ? null : node.grpcAddress(),
                node.zone().isEmpty() ? null : node.zone(),
                self ? "up" : "suspect",
                replicas,
                masters,
                bytes);
    }
}
