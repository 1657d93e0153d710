package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.MergeOperation.Phase;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Merges of two neighbours: one at a time for a tablet, its phases only forward; and the one write that puts
 * the merged tablet in the place of both (R6).
 *
 * <p>Its first epoch is above both, and its master that of the left one: it has both seals applied, and so
 * has the master of the right one, so that neither serves what was theirs any more; the lease of whoever
 * mastered either before had run out when those were elected (R7). No other mastership of the merged tablet
 * was ever given out, and all its replicas begin with the same log, so there is none to be fenced.
 */
final class MergeRules {

    private MergeRules() {}

    static Change begin(ClusterState state, MergeCommand.Begin command) {
        TabletDescriptor left = state.tablets().get(command.left());
        if (left == null) {
            return Change.refused(
                    state, ErrorCode.TABLET_NOT_FOUND, "there is no tablet " + command.left());
        }
        TabletDescriptor right = MergeOperation.rightOf(state, left).orElse(null);
        if (right == null) {
            return Change.refused(
                    state,
                    ErrorCode.NO_RIGHT_NEIGHBOUR,
                    "tablet " + left.id() + " is the last of its table");
        }
        for (TabletDescriptor each : List.of(left, right)) {
            Optional<String> busy = state.reshaping(each.id());
            if (busy.isPresent()) {
                return Change.refused(
                        state,
                        ErrorCode.OPERATION_IN_PROGRESS,
                        "tablet " + each.id() + " " + busy.get());
            }
        }
        Optional<NodeId> drained = drained(state, left, right);
        if (drained.isPresent()) {
            return Change.refused(
                    state,
                    ErrorCode.OPERATION_IN_PROGRESS,
                    "tablets %s and %s have a replica on %s, which is drained"
                            .formatted(left.id(), right.id(), drained.get()));
        }
        ClusterState.Draft draft = state.draft();
        MergeOperation merge =
                new MergeOperation(
                        command.id(),
                        left.table(),
                        left.id(),
                        right.id(),
                        draft.takeTabletId(),
                        Phase.ALIGNING,
                        List.of(),
                        command.at(),
                        command.at(),
                        0,
                        "");
        boolean atOnce = mayBeMade(merge, state.tablets(), state.merges().values());
        draft.merges.put(merge.id(), atOnce ? merge.at(Phase.COPYING, "", command.at()) : merge);
        return Change.to(draft.finish(), state);
    }

    static Optional<NodeId> drained(
            ClusterState state, TabletDescriptor left, TabletDescriptor right) {
        return Stream.of(left, right)
                .filter(Objects::nonNull)
                .flatMap(tablet -> tablet.replicas().stream())
                .map(ReplicaDescriptor::node)
                .filter(state.administration()::isDrained)
                .findFirst();
    }

    /** Whether both are where they are to be, and no other merge takes one of their nodes. */
    static boolean mayBeMade(
            MergeOperation merge,
            Map<TabletId, TabletDescriptor> tablets,
            Collection<MergeOperation> merges) {
        TabletDescriptor left = tablets.get(merge.left());
        return aligned(left, tablets.get(merge.right()))
                && merges.stream()
                        .filter(other -> !other.id().equals(merge.id()))
                        .filter(other -> other.phase().holdsReplicas())
                        .flatMap(other -> Stream.of(other.left(), other.right()))
                        .map(tablets::get)
                        .filter(Objects::nonNull)
                        .noneMatch(other -> nodes(other).stream().anyMatch(nodes(left)::contains));
    }

    /** Whether both have their replicas on the same nodes, and neither is about to change them. */
    static boolean aligned(TabletDescriptor left, TabletDescriptor right) {
        return left != null
                && right != null
                && atRest(left)
                && atRest(right)
                && nodes(left).equals(nodes(right));
    }

    private static boolean atRest(TabletDescriptor tablet) {
        return tablet.previousReplicas().isEmpty()
                && tablet.replicas().stream().noneMatch(ReplicaDescriptor::learner);
    }

    private static Set<NodeId> nodes(TabletDescriptor tablet) {
        return tablet.members().stream()
                .map(ReplicaDescriptor::node)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static Change step(ClusterState state, MergeCommand.Step command) {
        MergeOperation merge = state.merges().get(command.id());
        boolean due =
                merge != null
                        && merge.phase() == command.from()
                        && merge.phase().mayBecome(command.phase());
        if (!due || isTooSoon(state, merge, command.phase())) {
            return Change.to(state, state);
        }
        ClusterState.Draft draft = state.draft();
        if (command.phase() == Phase.ABORTED) {
            abort(draft, merge, command.detail(), command.at());
        } else if (command.phase() == Phase.UNSEALING) {
            unseal(draft, merge, command.detail(), command.at());
        } else {
            draft.merges.put(merge.id(), merge.at(command.phase(), command.detail(), command.at()));
        }
        return Change.to(draft.finish(), state);
    }

    /** Whether something is in the way of the next phase that will pass. */
    private static boolean isTooSoon(ClusterState state, MergeOperation merge, Phase next) {
        return switch (next) {
            case COPYING -> !merge.mayBeMade(state);
            case SEALING ->
                    state.handOverOf(merge.left()).isPresent()
                            || state.handOverOf(merge.right()).isPresent();
            default -> false;
        };
    }

    /** A node has the merged tablet open: with the last that was missing it takes the place of both. */
    static void opened(ClusterState.Draft draft, NodeId node, Holding holding, long atMillis) {
        for (MergeOperation merge : List.copyOf(draft.merges.values())) {
            TabletDescriptor left = draft.tablets.get(merge.left());
            if (merge.phase() != Phase.SEALING
                    || left == null
                    || !merge.into().equals(holding.tablet())) {
                continue;
            }
            boolean member =
                    left.members().stream()
                            .filter(replica -> replica.node().equals(node))
                            .anyMatch(replica -> idOf(merge, replica).equals(holding.replica()));
            if (member) {
                MergeOperation more = merge.withOpened(holding.replica());
                draft.merges.put(merge.id(), more);
                swapIfReady(draft, more, atMillis);
            }
        }
    }

    static Change swap(ClusterState state, MergeCommand.Swap command) {
        MergeOperation merge = state.merges().get(command.id());
        ClusterState.Draft draft = state.draft();
        if (merge != null) {
            swapIfReady(draft, merge, command.at());
        }
        return Change.to(draft.finish(), state);
    }

    /**
     * Whether the merged tablet may take the place of both: a majority has it open, and so have the masters
     * of both, who by that have applied their seals and serve no more.
     */
    static boolean isReady(MergeOperation merge, TabletDescriptor left, TabletDescriptor right) {
        if (merge.phase() != Phase.SEALING
                || !aligned(left, right)
                || left.master() == null
                || right.master() == null) {
            return false;
        }
        Set<NodeId> open =
                left.members().stream()
                        .filter(replica -> !lost(replica, right))
                        .filter(replica -> merge.opened().contains(idOf(merge, replica)))
                        .map(ReplicaDescriptor::node)
                        .collect(Collectors.toSet());
        return open.size() >= TabletDescriptor.quorumOf(left.members().size())
                && open.contains(left.master().node())
                && open.contains(right.master().node());
    }

    /** Whether what a node had of either is gone. */
    private static boolean lost(ReplicaDescriptor ofLeft, TabletDescriptor right) {
        return ofLeft.lost()
                || right.members().stream()
                        .filter(each -> each.node().equals(ofLeft.node()))
                        .anyMatch(ReplicaDescriptor::lost);
    }

    private static ReplicaId idOf(MergeOperation merge, ReplicaDescriptor ofLeft) {
        return ofLeft.id().ofChild(merge.into());
    }

    private static void swapIfReady(ClusterState.Draft draft, MergeOperation merge, long atMillis) {
        TabletDescriptor left = draft.tablets.get(merge.left());
        TabletDescriptor right = draft.tablets.get(merge.right());
        if (!isReady(merge, left, right)) {
            return;
        }
        TableRules.retire(draft, left, "the tablet was merged", atMillis);
        TableRules.retire(draft, right, "the tablet was merged", atMillis);
        draft.put(merged(merge, left, right));
        draft.merges.put(merge.id(), merge.at(Phase.DONE, "into tablet " + merge.into(), atMillis));
        forgetOldest(draft);
    }

    private static TabletDescriptor merged(
            MergeOperation merge, TabletDescriptor left, TabletDescriptor right) {
        List<ReplicaDescriptor> replicas =
                left.members().stream()
                        .map(
                                replica -> {
                                    ReplicaId id = idOf(merge, replica);
                                    boolean lost = lost(replica, right);
                                    boolean opened = lost || merge.opened().contains(id);
                                    return new ReplicaDescriptor(replica.node(), id, opened, lost);
                                })
                        .toList();
        long epoch = Math.max(left.epoch(), right.epoch()) + 1;
        Mastership master = left.master();
        return new TabletDescriptor(
                merge.into(),
                left.table(),
                left.fromHex(),
                right.toHex(),
                replicas,
                List.of(),
                epoch,
                new Mastership(epoch, master.node(), master.incarnation()),
                left.fromUnasked());
    }

    // ---------------------------------------------------------------- ends

    /** The table is gone, and its merges with it. */
    static void dropped(ClusterState.Draft draft, TabletId tablet, String why, long atMillis) {
        for (MergeOperation merge : List.copyOf(draft.merges.values())) {
            if (merge.concerns(tablet) && !merge.phase().ended()) {
                draft.merges.put(merge.id(), merge.at(Phase.ABORTED, why, atMillis));
            }
        }
    }

    /** One of the two is not what it was; the other may be sealed, and is to be unsealed. */
    static void giveUp(ClusterState.Draft draft, TabletId tablet, String why, long atMillis) {
        for (MergeOperation merge : List.copyOf(draft.merges.values())) {
            if (!merge.concerns(tablet)) {
                continue;
            }
            if (merge.phase() == Phase.SEALING) {
                unseal(draft, merge, why, atMillis);
            } else if (merge.phase().mayBecome(Phase.ABORTED) && merge.phase() != Phase.UNSEALING) {
                abort(draft, merge, why, atMillis);
            }
        }
    }

    /** It never comes: whoever may have made the merged tablet is named before the replica sets change. */
    private static void unseal(
            ClusterState.Draft draft, MergeOperation merge, String why, long atMillis) {
        draft.merges.put(merge.id(), merge.at(Phase.UNSEALING, why, atMillis));
        dropMerged(draft, merge);
    }

    private static void abort(
            ClusterState.Draft draft, MergeOperation merge, String why, long atMillis) {
        draft.merges.put(merge.id(), merge.at(Phase.ABORTED, why, atMillis));
        dropMerged(draft, merge);
        forgetOldest(draft);
    }

    /** What nodes made of the merged tablet goes, also where the replica sets have left since. */
    private static void dropMerged(ClusterState.Draft draft, MergeOperation merge) {
        Set<NodeId> holders = new TreeSet<>(draft.dropped.getOrDefault(merge.into(), Set.of()));
        Stream.of(merge.left(), merge.right())
                .map(draft.tablets::get)
                .filter(Objects::nonNull)
                .flatMap(tablet -> tablet.replicas().stream())
                .map(ReplicaDescriptor::node)
                .forEach(holders::add);
        if (!holders.isEmpty()) {
            draft.dropped.put(merge.into(), holders);
        }
    }

    /**
     * Whether a tablet that is dropped may be made where nothing is of it now: until both logs say that it
     * never comes, a SEAL may still be on its way.
     */
    static boolean mayBeMadeYet(ClusterState.Draft draft, TabletId dropped) {
        return draft.merges.values().stream()
                .anyMatch(each -> each.phase() == Phase.UNSEALING && each.into().equals(dropped));
    }

    /**
     * A node has removed what it had of a tablet whose merge was given up: only now is it sure to make no
     * merged one of it any more, and what it has of that may go (L7). A replica that lagged behind when it
     * left the tablet has never read there that the merge is cancelled.
     */
    static void parentRemoved(ClusterState.Draft draft, TabletId parent, NodeId node) {
        for (MergeOperation merge : draft.merges.values()) {
            boolean never = merge.phase() == Phase.ABORTED || merge.phase() == Phase.UNSEALING;
            if (never && merge.concerns(parent)) {
                Set<NodeId> holders = new TreeSet<>(Set.of(node));
                holders.addAll(draft.dropped.getOrDefault(merge.into(), Set.of()));
                draft.dropped.put(merge.into(), holders);
            }
        }
    }

    /**
     * First those that came to nothing of tablets which there are no more: they keep nobody from anything.
     */
    private static void forgetOldest(ClusterState.Draft draft) {
        Comparator<MergeOperation> order =
                Comparator.comparing(
                                (MergeOperation each) ->
                                        draft.tablets.containsKey(each.left())
                                                && draft.tablets.containsKey(each.right()))
                        .thenComparingLong(MergeOperation::endedAtMillis)
                        .thenComparing(MergeOperation::id);
        for (Phase outcome : List.of(Phase.DONE, Phase.ABORTED)) {
            Stream<MergeOperation> ended =
                    draft.merges.values().stream()
                            .filter(each -> each.phase() == outcome)
                            .filter(each -> !draft.dropped.containsKey(each.left()))
                            .filter(each -> !draft.dropped.containsKey(each.right()));
            Remembered.tooMany(ended, order).forEach(each -> draft.merges.remove(each.id()));
        }
    }
}
