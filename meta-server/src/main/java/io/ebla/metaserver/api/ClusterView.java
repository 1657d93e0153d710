package io.ebla.metaserver.api;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.MetaChange;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.liveness.Liveness;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The cluster as its users see it: the metadata, and what was heard of the nodes. */
final class ClusterView {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final Double BEGUN = 0.0;
    private static final Double HALF = 0.5;
    static final Double ENDED = 1.0;

    /** Nothing is done before it is said to be. */
    static final double NEARLY = 0.99;

    private final MetadataTablet metadata;
    private final Liveness liveness;
    private final ReplicaOperationsView replicas;

    ClusterView(MetadataTablet metadata, Liveness liveness) {
        this.metadata = metadata;
        this.liveness = liveness;
        this.replicas = new ReplicaOperationsView(liveness, ClusterView::time);
    }

    ClusterDescription describe() {
        ClusterState state = metadata.state();
        MetadataTablet.Membership members = metadata.membership();
        String leader = members.leader().isEmpty() ? null : members.leader();
        List<ClusterDescription.NodeState> nodes =
                state.nodes().values().stream().map(node -> describe(state, node)).toList();
        return new ClusterDescription(
                new ClusterDescription.MetaMembers(leader, members.members()),
                nodes,
                operations(state),
                null);
    }

    /** @throws EblaException {@code operation_not_found} */
    ClusterDescription.Operation operation(String id) {
        return operations(metadata.state()).stream()
                .filter(operation -> operation.id().equals(id))
                .findFirst()
                .orElseThrow(
                        () ->
                                new EblaException(
                                        ErrorCode.OPERATION_NOT_FOUND,
                                        "no operation " + id + "; ended ones are soon forgotten"));
    }

    private List<ClusterDescription.Operation> operations(ClusterState state) {
        return Stream.of(
                        state.metaGroup().changes().stream().map(ClusterView::operation),
                        state.handOvers().values().stream().map(ClusterView::operation),
                        state.splits().values().stream().map(ClusterView::operation),
                        state.merges().values().stream().map(ClusterView::operation),
                        replicas.of(state).stream(),
                        state.administration().tasks().stream().map(task -> operation(state, task)))
                .flatMap(each -> each)
                .sorted(Comparator.comparing(ClusterDescription.Operation::startedAt))
                .toList();
    }

    private static ClusterDescription.Operation operation(MetaChange change) {
        String kind =
                change.kind() == MetaChange.Kind.ADD ? "add_meta_server" : "remove_meta_server";
        String state = change.state().name().toLowerCase(Locale.ROOT);
        String concerns = change.member() + (change.detail().isEmpty() ? "" : ": ");
        return new ClusterDescription.Operation(
                change.operation(),
                kind,
                state,
                state,
                switch (change.state()) {
                    case RUNNING -> BEGUN;
                    case DONE -> ENDED;
                    case ABORTED -> null;
                },
                time(change.startedAt()),
                concerns + change.detail());
    }

    private static ClusterDescription.Operation operation(HandOver handOver) {
        String phase = handOver.phase().name().toLowerCase(Locale.ROOT);
        String concerns =
                "tablet " + handOver.tablet() + ", " + handOver.from() + " to " + handOver.to();
        return new ClusterDescription.Operation(
                handOver.id(),
                "hand_over",
                phase,
                handOver.phase().ended() ? phase : "running",
                switch (handOver.phase()) {
                    case ASKING -> BEGUN;
                    case ELECTING -> HALF;
                    case DONE -> ENDED;
                    case ABORTED -> null;
                },
                time(handOver.startedAtMillis()),
                handOver.detail().isEmpty() ? concerns : concerns + ": " + handOver.detail());
    }

    private static ClusterDescription.Operation operation(ClusterState state, ClusterTask task) {
        String phase = task.phase().name().toLowerCase(Locale.ROOT);
        String concerns = task.node() == null ? "" : "node " + task.node();
        String separator = concerns.isEmpty() || task.detail().isEmpty() ? "" : ": ";
        String detail = concerns + separator + task.detail();
        return new ClusterDescription.Operation(
                task.id(),
                task.kind().name().toLowerCase(Locale.ROOT),
                phase,
                task.phase().ended() ? phase : "running",
                progress(state, task),
                time(task.startedAtMillis()),
                detail.isEmpty() ? null : detail);
    }

    /** Of a drain how many of the replicas there were are gone; how far balance is nobody has measured. */
    private static Double progress(ClusterState state, ClusterTask task) {
        if (task.phase() == ClusterTask.Phase.DONE) {
            return ENDED;
        }
        if (task.kind() != ClusterTask.Kind.DRAIN || task.phase().ended()) {
            return null;
        }
        double left = state.replicasOn(task.node());
        double share = task.total() == 0 ? 1 : 1 - left / task.total();
        return Math.max(BEGUN, Math.min(NEARLY, Math.floor(100 * share) / 100));
    }

    private static ClusterDescription.Operation operation(SplitOperation split) {
        String phase = split.phase().name().toLowerCase(Locale.ROOT);
        String concerns = "tablet " + split.tablet();
        return new ClusterDescription.Operation(
                split.id(),
                "split",
                phase,
                split.phase().ended() ? phase : "running",
                switch (split.phase()) {
                    case CHOOSING -> BEGUN;
                    case SPLITTING, CANCELLING, SPLIT -> HALF;
                    case DONE -> ENDED;
                    case ABORTED -> null;
                },
                time(split.startedAtMillis()),
                split.detail().isEmpty() ? concerns : concerns + ": " + split.detail());
    }

    private static ClusterDescription.Operation operation(MergeOperation merge) {
        String phase = merge.phase().name().toLowerCase(Locale.ROOT);
        String concerns = "tablets " + merge.left() + " and " + merge.right();
        return new ClusterDescription.Operation(
                merge.id(),
                "merge",
                phase,
                merge.phase().ended() ? phase : "running",
                switch (merge.phase()) {
                    case ALIGNING, COPYING -> BEGUN;
                    case SEALING, UNSEALING -> HALF;
                    case DONE -> ENDED;
                    case ABORTED -> null;
                },
                time(merge.startedAtMillis()),
                merge.detail().isEmpty() ? concerns : concerns + ": " + merge.detail());
    }

    /** RFC 3339 with milliseconds, three digits of them always. */
    private static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis));
    }

    private ClusterDescription.NodeState describe(ClusterState state, NodeDescriptor node) {
        int replicas = 0;
        int masters = 0;
        for (TabletDescriptor tablet : state.tablets().values()) {
            if (tablet.replicaOn(node.id()).isPresent()) {
                replicas++;
            }
            if (tablet.master() != null && tablet.master().node().equals(node.id())) {
                masters++;
            }
        }
        return new ClusterDescription.NodeState(
                node.id(),
                node.address(),
                blankToNull(node.grpcAddress()),
                blankToNull(node.zone()),
                state(state, node),
                replicas,
                masters,
                liveness.tablets(node.id()).stream().mapToLong(MetaApi.TabletStatus::bytes).sum());
    }

    private String state(ClusterState state, NodeDescriptor node) {
        Liveness.State seen = liveness.state(node);
        boolean goes = liveness.isLeaving(node) || state.administration().isDrained(node.id());
        return seen == Liveness.State.UP && goes
                ? "draining"
                : seen.name().toLowerCase(Locale.ROOT);
    }

    private static String blankToNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
