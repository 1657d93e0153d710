package io.ebla.metaserver.api;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.MetaChange;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.liveness.Liveness;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is under way and what has ended, as users are told: what runs, the oldest first, and behind it what
 * has ended, the latest first.
 */
final class OperationsView {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final Double BEGUN = 0.0;
    private static final Double HALF = 0.5;
    static final Double ENDED = 1.0;

    /** Nothing is done before it is said to be. */
    static final double NEARLY = 0.99;

    private static final Comparator<Listed> ORDER =
            Comparator.comparing((Listed each) -> each.endedAtMillis() != 0)
                    .thenComparingLong(
                            each ->
                                    each.endedAtMillis() == 0
                                            ? each.startedAtMillis()
                                            : -each.endedAtMillis())
                    .thenComparing(each -> each.told().id());

    /** @param endedAtMillis 0 while it runs; when it was begun where its end is not remembered */
    record Listed(ClusterDescription.Operation told, long startedAtMillis, long endedAtMillis) {}

    /** How many of all are left. */
    private record Figures(long left, long all, String of) {

        private static final Figures NONE = new Figures(0, 0, "");

        String text() {
            return all == 0 ? "" : left + " of " + all + " " + of + " are left";
        }
    }

    private final ReplicaOperationsView replicas;

    OperationsView(Liveness liveness) {
        this.replicas = new ReplicaOperationsView(liveness, OperationsView::time);
    }

    List<ClusterDescription.Operation> of(ClusterState state) {
        return Stream.of(
                        state.metaGroup().changes().stream().map(OperationsView::listed),
                        state.handOvers().values().stream().map(OperationsView::listed),
                        state.splits().values().stream().map(OperationsView::listed),
                        state.merges().values().stream().map(OperationsView::listed),
                        replicas.of(state).stream(),
                        state.administration().tasks().stream().map(task -> listed(state, task)))
                .flatMap(each -> each)
                .sorted(ORDER)
                .map(Listed::told)
                .toList();
    }

    private static Listed listed(MetaChange change) {
        String kind =
                change.kind() == MetaChange.Kind.ADD ? "add_meta_server" : "remove_meta_server";
        String state = change.state().name().toLowerCase(Locale.ROOT);
        String concerns = change.member() + (change.detail().isEmpty() ? "" : ": ");
        return new Listed(
                new ClusterDescription.Operation(
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
                        concerns + change.detail()),
                change.startedAt(),
                change.running() ? 0 : change.startedAt());
    }

    private static Listed listed(HandOver handOver) {
        String phase = handOver.phase().name().toLowerCase(Locale.ROOT);
        String concerns =
                "tablet " + handOver.tablet() + ", " + handOver.from() + " to " + handOver.to();
        return new Listed(
                new ClusterDescription.Operation(
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
                        handOver.detail().isEmpty()
                                ? concerns
                                : concerns + ": " + handOver.detail()),
                handOver.startedAtMillis(),
                handOver.endedAtMillis());
    }

    private static Listed listed(ClusterState state, ClusterTask task) {
        String phase = task.phase().name().toLowerCase(Locale.ROOT);
        String concerns = task.node() == null ? "" : "node " + task.node();
        Figures figures = figures(state, task);
        String detail =
                Stream.of(concerns, task.detail(), figures.text())
                        .filter(each -> !each.isEmpty())
                        .collect(Collectors.joining(": "));
        return new Listed(
                new ClusterDescription.Operation(
                        task.id(),
                        task.kind().name().toLowerCase(Locale.ROOT),
                        phase,
                        task.phase().ended() ? phase : "running",
                        progress(task, figures),
                        time(task.startedAtMillis()),
                        detail.isEmpty() ? null : detail),
                task.startedAtMillis(),
                task.endedAtMillis());
    }

    /**
     * Of a drain how many of the replicas there were are gone; of a rebalance, which is decided step by step,
     * how much is done of what it has begun so far.
     */
    private static Double progress(ClusterTask task, Figures figures) {
        if (task.phase() == ClusterTask.Phase.DONE) {
            return ENDED;
        }
        if (figures.all() == 0) {
            return task.kind() == ClusterTask.Kind.DRAIN && !task.phase().ended() ? NEARLY : null;
        }
        double share = 1 - (double) figures.left() / figures.all();
        return Math.max(BEGUN, Math.min(NEARLY, Math.floor(100 * share) / 100));
    }

    /** Of a task that runs; else none. */
    private static Figures figures(ClusterState state, ClusterTask task) {
        if (task.phase().ended()) {
            return Figures.NONE;
        }
        return switch (task.kind()) {
            case DRAIN -> draining(state, task);
            case REBALANCE -> balancing(state, task);
            default -> Figures.NONE;
        };
    }

    /** Splits may have made more replicas than there were. */
    private static Figures draining(ClusterState state, ClusterTask task) {
        long left = state.replicasOn(task.node());
        return new Figures(left, Math.max(left, task.total()), "replicas");
    }

    private static Figures balancing(ClusterState state, ClusterTask task) {
        long left = 0;
        long all = 0;
        for (ReplicaOperation each : state.replicaOperations().values()) {
            if (task.hasBegun(each)) {
                left += each.phase().ended() ? 0 : 1;
                all++;
            }
        }
        for (HandOver each : state.handOvers().values()) {
            if (task.hasBegun(each)) {
                left += each.phase().ended() ? 0 : 1;
                all++;
            }
        }
        return new Figures(left, all, "moves and hand-overs begun so far");
    }

    private static Listed listed(SplitOperation split) {
        String phase = split.phase().name().toLowerCase(Locale.ROOT);
        String concerns = "tablet " + split.tablet();
        return new Listed(
                new ClusterDescription.Operation(
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
                        split.detail().isEmpty() ? concerns : concerns + ": " + split.detail()),
                split.startedAtMillis(),
                split.endedAtMillis());
    }

    private static Listed listed(MergeOperation merge) {
        String phase = merge.phase().name().toLowerCase(Locale.ROOT);
        String concerns = "tablets " + merge.left() + " and " + merge.right();
        return new Listed(
                new ClusterDescription.Operation(
                        merge.id(),
                        "merge",
                        phase,
                        merge.phase().ended() ? phase : "running",
                        switch (merge.phase()) {
                            case ALIGNING -> BEGUN;
                            case COPYING -> null; // only the nodes know
                            case SEALING, UNSEALING -> HALF;
                            case DONE -> ENDED;
                            case ABORTED -> null;
                        },
                        time(merge.startedAtMillis()),
                        merge.detail().isEmpty() ? concerns : concerns + ": " + merge.detail()),
                merge.startedAtMillis(),
                merge.endedAtMillis());
    }

    /** RFC 3339 with milliseconds, three digits of them always. */
    private static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis));
    }
}
