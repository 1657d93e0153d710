package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Splits of tablets: one at a time for a tablet, its bound fixed once, its phases only forward; and the one
 * write that puts the children in the parent's place (R2).
 *
 * <p>The children's first epoch is the one after the parent's, and its master theirs, for it holds both and
 * serves the parent no more: whoever masters the parent later has applied the SPLIT as well, and no other
 * mastership of a child was ever given out. All replicas of a child begin with the same log, so there is none
 * to be fenced.
 */
final class SplitRules {

    private SplitRules() {}

    static Change begin(ClusterState state, SplitCommand.Begin command) {
        TabletDescriptor tablet = state.tablets().get(command.tablet());
        if (tablet == null) {
            return Change.refused(
                    state, ErrorCode.TABLET_NOT_FOUND, "there is no tablet " + command.tablet());
        }
        Optional<String> busy = state.reshaping(tablet.id());
        if (busy.isPresent()) {
            return Change.refused(
                    state,
                    ErrorCode.OPERATION_IN_PROGRESS,
                    "tablet " + tablet.id() + " " + busy.get());
        }
        if (!command.atHex().isEmpty() && !isInside(tablet, command.atHex())) {
            return Change.refused(
                    state,
                    ErrorCode.CANNOT_SPLIT,
                    "the key does not lie within tablet " + tablet.id());
        }
        ClusterState.Draft draft = state.draft();
        SplitOperation split =
                new SplitOperation(
                        command.id(),
                        tablet.id(),
                        tablet.table(),
                        command.atHex(),
                        command.byLoad(),
                        command.unasked(),
                        command.atHex(),
                        draft.takeTabletId(),
                        draft.takeTabletId(),
                        command.atHex().isEmpty() ? Phase.CHOOSING : Phase.SPLITTING,
                        List.of(),
                        command.at(),
                        0,
                        "");
        draft.splits.put(split.id(), split);
        forgetOldest(draft);
        return Change.to(draft.finish(), state);
    }

    private static boolean isInside(TabletDescriptor tablet, String atHex) {
        return atHex.compareTo(tablet.fromHex()) > 0
                && (tablet.toHex().isEmpty() || atHex.compareTo(tablet.toHex()) < 0);
    }

    static Change step(ClusterState state, SplitCommand.Step command) {
        SplitOperation split = state.splits().get(command.id());
        boolean due =
                split != null
                        && (command.from() == null || split.phase() == command.from())
                        && split.phase().precedes(command.phase());
        TabletDescriptor tablet = due ? state.tablets().get(split.tablet()) : null;
        if (tablet == null || command.phase() == Phase.DONE) {
            return Change.to(state, state);
        }
        // Fixed once: who asks another master for the middle may well hear of another one.
        boolean ends = command.phase() == Phase.ABORTED;
        String at = split.atHex().isEmpty() && !ends ? command.atHex() : split.atHex();
        if (!ends && !isInside(tablet, at)) {
            return Change.refused(
                    state, ErrorCode.CANNOT_SPLIT, "no bound within tablet " + tablet.id());
        }
        ClusterState.Draft draft = state.draft();
        draft.splits.put(split.id(), split.at(command.phase(), at, command.detail(), command.at()));
        if (ends) {
            forgetOldest(draft);
        }
        return Change.to(draft.finish(), state);
    }

    /**
     * A node has a child open: with the last one that was missing the children take the parent's place. That
     * there is one proves that the log says SPLIT, whatever was believed; unless the tablet has begun anew
     * since, and what was made of it goes ({@link #renewed}).
     */
    static void opened(ClusterState.Draft draft, NodeId node, Holding holding, long atMillis) {
        for (SplitOperation split : List.copyOf(draft.splits.values())) {
            TabletDescriptor parent = draft.tablets.get(split.tablet());
            if (parent == null
                    || split.atHex().isEmpty()
                    || !split.isChild(holding.tablet())
                    || draft.dropped.containsKey(holding.tablet())) {
                continue;
            }
            boolean member =
                    parent.members().stream()
                            .filter(replica -> replica.node().equals(node))
                            .anyMatch(
                                    replica ->
                                            replica.id()
                                                    .ofChild(holding.tablet())
                                                    .equals(holding.replica()));
            if (member) {
                abortOthers(draft, split, atMillis);
                String why = "tablet " + parent.id() + " was split";
                MergeRules.giveUp(draft, parent.id(), why, atMillis);
                SplitOperation more =
                        split.withOpened(holding.replica())
                                .at(Phase.SPLIT, split.atHex(), split.detail(), atMillis);
                draft.splits.put(split.id(), more);
                swapIfReady(draft, more, atMillis);
            }
        }
    }

    /** Of a tablet that has ended by one split there is no other any more. */
    private static void abortOthers(ClusterState.Draft draft, SplitOperation one, long atMillis) {
        for (SplitOperation other : List.copyOf(draft.splits.values())) {
            if (other.tablet().equals(one.tablet())
                    && !other.id().equals(one.id())
                    && !other.phase().ended()) {
                String why = "the tablet was split otherwise";
                draft.splits.put(other.id(), other.at(Phase.ABORTED, other.atHex(), why, atMillis));
            }
        }
    }

    static Change swap(ClusterState state, SplitCommand.Swap command) {
        SplitOperation split = state.splits().get(command.id());
        ClusterState.Draft draft = state.draft();
        if (split != null && !split.phase().ended()) {
            swapIfReady(draft, split, command.at());
        }
        return Change.to(draft.finish(), state);
    }

    /** Whether the children may take the parent's place (R2). */
    static boolean isReady(SplitOperation split, TabletDescriptor parent) {
        return parent != null
                && parent.master() != null
                && parent.previousReplicas().isEmpty()
                && openAtMajority(split, parent).contains(parent.master().node());
    }

    /** The nodes that have both children open; none before a majority of the replicas has. */
    static List<NodeId> openAtMajority(SplitOperation split, TabletDescriptor parent) {
        List<NodeId> open =
                parent.members().stream()
                        .filter(replica -> !replica.lost() && split.isOpenAt(replica.id()))
                        .map(ReplicaDescriptor::node)
                        .toList();
        boolean majority = open.size() >= TabletDescriptor.quorumOf(parent.members().size());
        return split.phase() == Phase.SPLIT && majority ? open : List.of();
    }

    private static void swapIfReady(ClusterState.Draft draft, SplitOperation split, long atMillis) {
        TabletDescriptor parent = draft.tablets.get(split.tablet());
        if (!isReady(split, parent)) {
            return;
        }
        TableRules.retire(draft, parent, "the tablet was split", atMillis);
        draft.put(child(split, parent, split.low()));
        draft.put(child(split, parent, split.high()));
        draft.splits.put(
                split.id(),
                split.at(
                        Phase.DONE,
                        split.atHex(),
                        "into " + split.low() + " and " + split.high(),
                        atMillis));
        forgetOldest(draft);
    }

    private static TabletDescriptor child(
            SplitOperation split, TabletDescriptor parent, TabletId id) {
        boolean low = id.equals(split.low());
        List<ReplicaDescriptor> replicas =
                parent.members().stream()
                        .map(
                                replica ->
                                        new ReplicaDescriptor(
                                                replica.node(),
                                                replica.id().ofChild(id),
                                                replica.lost()
                                                        || split.opened()
                                                                .contains(replica.id().ofChild(id)),
                                                replica.lost()))
                        .toList();
        long epoch = parent.epoch() + 1;
        Mastership master = parent.master();
        return new TabletDescriptor(
                id,
                parent.table(),
                low ? parent.fromHex() : split.atHex(),
                low ? split.atHex() : parent.toHex(),
                replicas,
                List.of(),
                epoch,
                new Mastership(epoch, master.node(), master.incarnation()),
                low ? parent.fromUnasked() : split.unasked());
    }

    /** The tablet is gone, or begins anew, and its split with it. */
    static void abort(ClusterState.Draft draft, TabletId tablet, String why, long atMillis) {
        for (SplitOperation split : List.copyOf(draft.splits.values())) {
            if (split.tablet().equals(tablet) && !split.phase().ended()) {
                draft.splits.put(split.id(), split.at(Phase.ABORTED, split.atHex(), why, atMillis));
            }
        }
    }

    /** All it had is gone, its SPLIT with it; what nodes made of children goes as well. */
    static void renewed(ClusterState.Draft draft, TabletDescriptor tablet, long atMillis) {
        boolean any =
                draft.splits.values().stream()
                        .anyMatch(
                                each -> each.tablet().equals(tablet.id()) && !each.phase().ended());
        if (any) {
            abort(draft, tablet.id(), "the tablet lost all it had", atMillis);
            tablet.replicas().forEach(each -> parentRemoved(draft, tablet.id(), each.node()));
        }
    }

    /**
     * A node has removed a tablet that was dropped while it was being split: only now is it sure to make no
     * child of it any more, and what it has of them may go (L7).
     */
    static void parentRemoved(ClusterState.Draft draft, TabletId parent, NodeId node) {
        for (SplitOperation split : draft.splits.values()) {
            if (split.tablet().equals(parent) && split.phase() == Phase.ABORTED) {
                for (TabletId child : List.of(split.low(), split.high())) {
                    if (!draft.tablets.containsKey(child)) {
                        draft.dropped.merge(
                                child,
                                new TreeSet<>(List.of(node)),
                                (one, other) -> {
                                    TreeSet<NodeId> all = new TreeSet<>(one);
                                    all.addAll(other);
                                    return all;
                                });
                    }
                }
            }
        }
    }

    /**
     * First those that came to nothing of tablets which there are no more: they keep nobody from anything.
     */
    private static void forgetOldest(ClusterState.Draft draft) {
        Comparator<SplitOperation> order =
                Comparator.comparing(
                                (SplitOperation each) -> draft.tablets.containsKey(each.tablet()))
                        .thenComparingLong(SplitOperation::endedAtMillis)
                        .thenComparing(SplitOperation::id);
        for (Phase outcome : List.of(Phase.DONE, Phase.ABORTED)) {
            Stream<SplitOperation> ended =
                    draft.splits.values().stream()
                            .filter(each -> each.phase() == outcome)
                            .filter(each -> !draft.dropped.containsKey(each.tablet()));
            Remembered.tooMany(ended, order).forEach(each -> draft.splits.remove(each.id()));
        }
    }
}
