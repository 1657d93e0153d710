package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ReplicaOperation.Kind;
import io.ebla.metaserver.cluster.ReplicaOperation.Phase;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Keeps what is told of replica changes in step with them, within the very commands that make them. */
final class ReplicaOperations {

    /** Ended ones that are remembered, so that who asks can see what was done. */
    static final int REMEMBERED_MAX = 200;

    private ReplicaOperations() {}

    /** A learner was added. */
    static void begun(
            ClusterState.Draft draft, TabletDescriptor tablet, NewLearner learner, long atMillis) {
        int wanted = draft.tables.get(tablet.table()).replicas();
        boolean replaces = tablet.members().size() >= wanted;
        Kind derived = replaces ? Kind.REBUILD : Kind.ADD_REPLICA;
        put(
                draft,
                new ReplicaOperation(
                        learner.replica().value(),
                        learner.kind() == null ? derived : learner.kind(),
                        tablet.id(),
                        learner.replica(),
                        learner.instead(),
                        learner.node(),
                        Phase.BUILDING,
                        atMillis,
                        0,
                        learner.why() == null ? "" : learner.why()));
    }

    /** A replica change was recorded: its learners join, or else members only go. */
    static void joining(
            ClusterState.Draft draft,
            TabletDescriptor before,
            List<ReplicaDescriptor> members,
            long atMillis) {
        List<NodeId> leaving =
                before.members().stream()
                        .filter(each -> members.stream().noneMatch(one -> same(one, each)))
                        .map(ReplicaDescriptor::node)
                        .toList();
        int next = 0;
        for (ReplicaDescriptor member : members) {
            ReplicaOperation known = draft.replicaOperations.get(member.id().value());
            if (member.learner() && known != null) {
                boolean told = known.from() != null && leaving.contains(known.from());
                NodeId from =
                        told ? known.from() : leaving.size() > next ? leaving.get(next) : null;
                next++;
                put(draft, joining(known, told, from, atMillis));
            }
        }
        for (; next < leaving.size(); next++) {
            put(draft, removal(before, leaving.get(next), atMillis));
        }
    }

    /** One that was to move may be needed more where a member is of no use: then the move is off. */
    private static ReplicaOperation joining(
            ReplicaOperation known, boolean told, NodeId from, long atMillis) {
        if (known.kind() != Kind.MOVE || told) {
            return known.at(Phase.JOINING, from, known.detail(), atMillis);
        }
        String why = "it took the place of " + (from == null ? "none" : "the one on " + from);
        return known.at(Phase.ABORTED, known.from(), why, atMillis);
    }

    private static boolean same(ReplicaDescriptor one, ReplicaDescriptor other) {
        return one.id().equals(other.id());
    }

    private static ReplicaOperation removal(TabletDescriptor tablet, NodeId node, long atMillis) {
        return new ReplicaOperation(
                "remove-" + tablet.id() + "-" + tablet.epoch() + "-" + node,
                Kind.REMOVE_REPLICA,
                tablet.id(),
                null,
                node,
                null,
                Phase.JOINING,
                atMillis,
                0,
                "");
    }

    /** The former set counts no more. */
    static void settled(ClusterState.Draft draft, TabletId tablet, long atMillis) {
        advance(
                draft,
                each -> each.tablet().equals(tablet) && each.phase() == Phase.JOINING,
                each -> each.at(Phase.DONE, each.from(), each.detail(), atMillis));
    }

    /** A learner was given up. */
    static void retired(ClusterState.Draft draft, ReplicaId learner, long atMillis) {
        advance(
                draft,
                each -> learner.equals(each.replica()) && each.phase() == Phase.BUILDING,
                each ->
                        each.at(
                                Phase.ABORTED,
                                each.from(),
                                "the replica is not needed any more, or of no use",
                                atMillis));
    }

    /** The tablet is gone, and all that was done about its replicas ends. */
    static void abortAll(ClusterState.Draft draft, TabletId tablet, String why, long atMillis) {
        advance(
                draft,
                each -> each.tablet().equals(tablet) && !each.phase().ended(),
                each -> each.at(Phase.ABORTED, each.from(), why, atMillis));
    }

    /** What a tablet in memory held is gone, and everybody shall know. */
    static void emptied(
            ClusterState.Draft draft, TabletId tablet, long epoch, String why, long atMillis) {
        abortAll(draft, tablet, why, atMillis);
        put(
                draft,
                new ReplicaOperation(
                        "empty-" + tablet + "-" + epoch,
                        Kind.EMPTY_TABLET,
                        tablet,
                        null,
                        null,
                        null,
                        Phase.DONE,
                        atMillis,
                        atMillis,
                        why));
    }

    private static void put(ClusterState.Draft draft, ReplicaOperation operation) {
        draft.replicaOperations.put(operation.id(), operation);
        forgetOldest(draft);
    }

    private static void advance(
            ClusterState.Draft draft,
            Predicate<ReplicaOperation> which,
            UnaryOperator<ReplicaOperation> to) {
        draft.replicaOperations.replaceAll((id, each) -> which.test(each) ? to.apply(each) : each);
        forgetOldest(draft);
    }

    private static void forgetOldest(ClusterState.Draft draft) {
        if (draft.replicaOperations.size() <= REMEMBERED_MAX) {
            return;
        }
        List<ReplicaOperation> ended =
                draft.replicaOperations.values().stream()
                        .filter(each -> each.phase().ended())
                        .sorted(
                                Comparator.comparingLong(ReplicaOperation::endedAtMillis)
                                        .thenComparing(ReplicaOperation::id))
                        .toList();
        for (ReplicaOperation each : ended.subList(0, Math.max(0, ended.size() - REMEMBERED_MAX))) {
            draft.replicaOperations.remove(each.id());
        }
    }
}
