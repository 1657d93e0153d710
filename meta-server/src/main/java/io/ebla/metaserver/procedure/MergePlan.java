package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.SplitOperation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Begins the merges of neighbours that together have been small and idle for long, the smallest first, a few
 * at a time; from there on they go as those that were asked for ({@link MergeDriver}).
 *
 * <p>Only a bound goes that came by a split which nobody asked for: those of the table's {@code splitAt} and
 * of splits that were asked for are somebody's will, and are often there before the rows are.
 *
 * <p>Splits and merges do not undo each other ({@link SplitPlan}): what is merged has at most half of what
 * would be split, and both tablets of a pair are watched for as long as they are to be idle. One that
 * a split or merge has just made has an id that was never seen, so that the wait begins with it; it begins
 * anew with each leader. What came to nothing is tried again ever more seldom, as the metadata remembers.
 *
 * <p>Confined to the leader's thread.
 */
final class MergePlan {

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The end of a tablet, where its right neighbour begins. */
    private record End(TableName table, String atHex) {}

    private record Pair(TabletId left, TabletId right) {}

    private final Health health;
    private final Clock clock;
    private final MergeSettings settings;
    private final double bytesBelow;
    private final double loadBelow;
    private final Supplier<String> ids;
    private final Lasting<Pair> idle;
    private final Backoff backoff;
    private boolean looked;
    private long lookedNanos;

    MergePlan(Health health, Clock clock, ProcedureSettings settings, Supplier<String> ids) {
        this.health = health;
        this.clock = clock;
        this.settings = settings.merges();
        this.bytesBelow = settings.merges().bytesBelow(settings.splits());
        this.loadBelow = settings.merges().loadBelow(settings.splits());
        this.ids = ids;
        this.idle = new Lasting<>(clock);
        this.backoff = new Backoff(clock, settings.merges().idleMillis());
    }

    void abandon() {
        idle.clear();
    }

    /** The next merge to begin, if one is due. */
    Optional<MergeCommand> due(ClusterState state) {
        if (!settings.automatic() || looked && clock.monotonicNanos() - lookedNanos < LOOK_NANOS) {
            return Optional.empty();
        }
        looked = true;
        lookedNanos = clock.monotonicNanos();
        if (isUnrestful(state)) {
            idle.clear();
            return Optional.empty();
        }
        Optional<TabletId> smallest = smallest(state);
        idle.forgetUnseen();
        long running = state.merges().values().stream().filter(each -> goesOn(state, each)).count();
        return running >= settings.atOnce()
                ? Optional.empty()
                : smallest.map(left -> new MergeCommand.Begin(ids.get(), left, clock.wallMillis()));
    }

    /** Whether the cluster has other cares, or somebody wants it left as it is. */
    private boolean isUnrestful(ClusterState state) {
        return state.administration().balancingPaused()
                || state.administration().running(ClusterTask.Kind.DRAIN, null).isPresent()
                || health.fewLive(state);
    }

    /** One of whose tablets one has no master waits for that, and is not waited for. */
    private static boolean goesOn(ClusterState state, MergeOperation merge) {
        return !merge.phase().ended()
                && hasMaster(state, merge.left())
                && hasMaster(state, merge.right());
    }

    private static boolean hasMaster(ClusterState state, TabletId id) {
        TabletDescriptor tablet = state.tablets().get(id);
        return tablet != null && tablet.master() != null;
    }

    /** The left one of the smallest pair that has been idle for long. */
    private Optional<TabletId> smallest(ClusterState state) {
        List<TabletDescriptor> rights =
                state.tablets().values().stream().filter(TabletDescriptor::fromUnasked).toList();
        if (rights.isEmpty()) {
            return Optional.empty();
        }
        Map<End, TabletDescriptor> lefts = new HashMap<>();
        state.tablets().values().forEach(each -> lefts.put(end(each, each.toHex()), each));
        Set<TabletId> reshaped = reshaped(state);
        TabletId smallest = null;
        double least = bytesBelow;
        for (TabletDescriptor right : rights) {
            TabletDescriptor left = lefts.get(end(right, right.fromHex()));
            double bytes = bytes(state, left, reshaped) + bytes(state, right, reshaped);
            boolean idles = bytes < bytesBelow && load(left) + load(right) < loadBelow;
            boolean due =
                    idles
                            && idle.atLeast(pair(left, right), settings.idleMillis())
                            && !rests(state, left, right);
            if (due && bytes < least) {
                least = bytes;
                smallest = left.id();
            }
        }
        return Optional.ofNullable(smallest);
    }

    private static End end(TabletDescriptor tablet, String atHex) {
        return new End(tablet.table(), atHex);
    }

    private static Pair pair(TabletDescriptor left, TabletDescriptor right) {
        return new Pair(left.id(), right.id());
    }

    private static Set<TabletId> reshaped(ClusterState state) {
        Set<TabletId> tablets = new HashSet<>();
        for (SplitOperation each : state.splits().values()) {
            if (!each.phase().ended()) {
                tablets.add(each.tablet());
            }
        }
        for (MergeOperation each : state.merges().values()) {
            if (!each.phase().ended()) {
                tablets.addAll(List.of(each.left(), each.right()));
            }
        }
        for (HandOver each : state.handOvers().values()) {
            if (!each.phase().ended()) {
                tablets.add(each.tablet());
            }
        }
        return tablets;
    }

    /**
     * As its master has counted; too many unless it has all of its copies, each where it stays and in order,
     * and nothing is under way with it.
     */
    private double bytes(ClusterState state, TabletDescriptor tablet, Set<TabletId> reshaped) {
        boolean atRest =
                !reshaped.contains(tablet.id())
                        && tablet.previousReplicas().isEmpty()
                        && tablet.replicas().size() == state.tables().get(tablet.table()).replicas()
                        && tablet.replicas().stream()
                                .allMatch(each -> isInOrder(state, tablet, each));
        return health.masterStatus(state, tablet)
                .filter(status -> atRest && status.serving() && status.counted())
                .filter(status -> status.startedEpoch() == tablet.epoch())
                .map(status -> (double) status.bytes())
                .orElse(bytesBelow);
    }

    private boolean isInOrder(
            ClusterState state, TabletDescriptor tablet, ReplicaDescriptor replica) {
        return replica.opened()
                && !replica.lost()
                && !replica.learner()
                && health.stays(state, replica.node())
                && health.status(state, tablet, replica)
                        .filter(status -> status.condition() == ReplicaCondition.HEALTHY)
                        .isPresent();
    }

    /** One that was not measured for long enough may be any. */
    private double load(TabletDescriptor tablet) {
        boolean matters = loadBelow < Double.POSITIVE_INFINITY;
        if (matters && !health.isLoadKnown(tablet.id())) {
            return loadBelow;
        }
        return matters ? health.load(tablet.id()) : 0;
    }

    private boolean rests(ClusterState state, TabletDescriptor left, TabletDescriptor right) {
        return backoff.rests(
                state.merges().values().stream()
                        .filter(each -> each.phase() == MergeOperation.Phase.ABORTED)
                        .filter(each -> each.left().equals(left.id()))
                        .filter(each -> each.right().equals(right.id()))
                        .mapToLong(MergeOperation::endedAtMillis));
    }
}
