package io.ebla.metaserver.api;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.api.OperationsView.Listed;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.liveness.Liveness;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * What is done about replicas, as users are told: what the metadata remembers of it, and members that take
 * another's state in place, of which only their nodes know. How far each is, is what the nodes last said.
 */
final class ReplicaOperationsView {

    private final Liveness liveness;
    private final LongFunction<String> time;

    ReplicaOperationsView(Liveness liveness, LongFunction<String> time) {
        this.liveness = liveness;
        this.time = time;
    }

    List<Listed> of(ClusterState state) {
        List<Listed> operations = new ArrayList<>();
        for (ReplicaOperation operation : state.replicaOperations().values()) {
            operations.add(
                    new Listed(
                            told(state, operation),
                            operation.startedAtMillis(),
                            operation.endedAtMillis()));
        }
        for (TabletDescriptor tablet : state.tablets().values()) {
            for (ReplicaDescriptor member : tablet.members()) {
                inPlace(state, tablet, member).ifPresent(operations::add);
            }
        }
        return operations;
    }

    private ClusterDescription.Operation told(ClusterState state, ReplicaOperation operation) {
        TabletDescriptor tablet = state.tablets().get(operation.tablet());
        Optional<TabletStatus> learner =
                tablet == null || operation.phase() != ReplicaOperation.Phase.BUILDING
                        ? Optional.empty()
                        : status(state, operation.to(), tablet.id(), operation.replica());
        boolean fetches = learner.map(TabletStatus::rebuilding).isPresent();
        String phase = fetches ? "snapshot" : operation.phase().name().toLowerCase(Locale.ROOT);
        Double progress =
                operation.phase() == ReplicaOperation.Phase.DONE
                        ? OperationsView.ENDED
                        : learner.map(status -> progress(state, tablet, status)).orElse(null);
        return new ClusterDescription.Operation(
                operation.id(),
                operation.kind().name().toLowerCase(Locale.ROOT),
                phase,
                operation.phase().ended() ? phase : "running",
                progress,
                time.apply(operation.startedAtMillis()),
                detail(operation.tablet(), operation.from(), operation.to(), operation.detail()));
    }

    private Optional<Listed> inPlace(
            ClusterState state, TabletDescriptor tablet, ReplicaDescriptor member) {
        return status(state, member.node(), tablet.id(), member.id())
                .filter(status -> status.rebuilding() != null)
                .map(
                        status ->
                                new Listed(
                                        new ClusterDescription.Operation(
                                                "snapshot-" + member.id(),
                                                "rebuild",
                                                "snapshot",
                                                "running",
                                                progress(state, tablet, status),
                                                time.apply(status.rebuilding().startedAtMillis()),
                                                detail(
                                                        tablet.id(),
                                                        null,
                                                        member.node(),
                                                        "the log does not reach it, its state comes from "
                                                                + status.rebuilding().from())),
                                        status.rebuilding().startedAtMillis(),
                                        0));
    }

    private static String detail(TabletId tablet, NodeId from, NodeId to, String more) {
        String places =
                from == null
                        ? to == null ? "" : ", on " + to
                        : to == null ? ", off " + from : ", " + from + " to " + to;
        return "tablet " + tablet + places + (more.isEmpty() ? "" : ": " + more);
    }

    /** Of a snapshot its bytes against the master's rows; else the log's end against the master's. */
    private Double progress(ClusterState state, TabletDescriptor tablet, TabletStatus status) {
        Optional<TabletStatus> master =
                tablet.master() == null
                        ? Optional.empty()
                        : Optional.ofNullable(state.nodes().get(tablet.master().node()))
                                .flatMap(node -> liveness.status(node, tablet.id()));
        if (master.isEmpty()) {
            return null;
        }
        MetaApi.Rebuilding fetch = status.rebuilding();
        long have = fetch == null ? status.durableIndex() : fetch.bytes();
        long all = fetch == null ? master.get().durableIndex() : master.get().bytes();
        return all <= 0
                ? null
                : Math.min(OperationsView.NEARLY, Math.floor(100.0 * have / all) / 100);
    }

    private Optional<TabletStatus> status(
            ClusterState state, NodeId id, TabletId tablet, ReplicaId replica) {
        NodeDescriptor node = id == null ? null : state.nodes().get(id);
        return node == null
                ? Optional.empty()
                : liveness.status(node, tablet).filter(status -> status.replica().equals(replica));
    }
}
