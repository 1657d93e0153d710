package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Planned changes of master: one at a time for a tablet, their phases only forward (E12). */
final class HandOverRules {

    /** Ended hand-overs that are remembered, so that who asked for one can see what became of it. */
    static final int REMEMBERED_MAX = 200;

    private HandOverRules() {}

    static Change begin(ClusterState state, ClusterCommand.BeginHandOvers command) {
        ClusterState.Draft draft = state.draft();
        Set<TabletId> seen = new HashSet<>();
        for (HandOver handOver : command.handOvers()) {
            Optional<Verdict.Refused> refusal = refusal(state, handOver, seen);
            if (refusal.isPresent()) {
                return new Change(state, refusal.get());
            }
            draft.handOvers.put(handOver.id(), handOver);
        }
        forgetOldest(draft);
        return Change.to(draft.finish(), state);
    }

    private static Optional<Verdict.Refused> refusal(
            ClusterState state, HandOver handOver, Set<TabletId> seen) {
        TabletDescriptor tablet = state.tablets().get(handOver.tablet());
        if (tablet == null) {
            return refused(ErrorCode.TABLET_NOT_FOUND, handOver, "does not exist");
        }
        if (!seen.add(tablet.id())
                || state.handOverOf(tablet.id()).isPresent()
                || state.handOvers().containsKey(handOver.id())) {
            return refused(ErrorCode.OPERATION_IN_PROGRESS, handOver, "is being handed over");
        }
        boolean leads =
                tablet.epoch() == handOver.epoch()
                        && tablet.master() != null
                        && tablet.master().node().equals(handOver.from());
        if (!leads || handOver.phase() != HandOver.Phase.ASKING) {
            return refused(
                    ErrorCode.OPERATION_IN_PROGRESS,
                    handOver,
                    "is not mastered by " + handOver.from() + " in epoch " + handOver.epoch());
        }
        if (state.isSealing(tablet.id())) {
            return refused(ErrorCode.OPERATION_IN_PROGRESS, handOver, "is being sealed");
        }
        if (state.administration().isDrained(handOver.to())) {
            return refused(
                    ErrorCode.OPERATION_IN_PROGRESS,
                    handOver,
                    "is not handed over to " + handOver.to() + ", which is drained");
        }
        boolean member =
                tablet.members().stream()
                        .filter(replica -> replica.node().equals(handOver.to()))
                        .anyMatch(HandOverRules::mayLead);
        return member
                ? Optional.empty()
                : refused(
                        ErrorCode.INVALID_ARGUMENT,
                        handOver,
                        "has no member on " + handOver.to() + " that could lead");
    }

    private static boolean mayLead(ReplicaDescriptor replica) {
        return replica.opened() && !replica.lost();
    }

    private static Optional<Verdict.Refused> refused(
            ErrorCode code, HandOver handOver, String why) {
        return Optional.of(new Verdict.Refused(code, "tablet " + handOver.tablet() + " " + why));
    }

    static Change step(ClusterState state, ClusterCommand.StepHandOvers command) {
        ClusterState.Draft draft = state.draft();
        for (ClusterCommand.HandOverStep step : command.steps()) {
            HandOver before = draft.handOvers.get(step.id());
            if (before != null && before.phase().precedes(step.phase())) {
                draft.handOvers.put(
                        before.id(), before.at(step.phase(), step.detail(), command.at()));
            }
        }
        forgetOldest(draft);
        return Change.to(draft.finish(), state);
    }

    /** An epoch above its own has been given out: whatever its master answered, the target is due. */
    static void electing(ClusterState.Draft draft, TabletId tablet, long atMillis) {
        advance(draft, tablet, each -> each.at(HandOver.Phase.ELECTING, each.detail(), atMillis));
    }

    /** That election has a winner, which ends the hand-over however it went. */
    static void elected(ClusterState.Draft draft, TabletId tablet, NodeId winner, long atMillis) {
        advance(
                draft,
                tablet,
                each ->
                        each.to().equals(winner)
                                ? each.at(HandOver.Phase.DONE, each.detail(), atMillis)
                                : each.at(
                                        HandOver.Phase.ABORTED,
                                        winner + " was elected instead",
                                        atMillis));
    }

    private static void advance(
            ClusterState.Draft draft, TabletId tablet, UnaryOperator<HandOver> to) {
        draft.handOvers.replaceAll(
                (id, each) ->
                        each.tablet().equals(tablet) && !each.phase().ended()
                                ? to.apply(each)
                                : each);
    }

    /** The tablet is gone, and what was under way for it ends. */
    static void abortAll(ClusterState.Draft draft, TabletId tablet, String why, long atMillis) {
        advance(draft, tablet, each -> each.at(HandOver.Phase.ABORTED, why, atMillis));
    }

    private static void forgetOldest(ClusterState.Draft draft) {
        List<HandOver> ended =
                draft.handOvers.values().stream()
                        .filter(each -> each.phase().ended())
                        .sorted(
                                Comparator.comparingLong(HandOver::endedAtMillis)
                                        .thenComparing(HandOver::id))
                        .toList();
        for (HandOver each : ended.subList(0, Math.max(0, ended.size() - REMEMBERED_MAX))) {
            draft.handOvers.remove(each.id());
        }
    }
}
