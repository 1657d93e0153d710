package io.ebla.metaserver.cluster;

import io.ebla.core.contract.ErrorCode;
import java.util.Optional;

/** The rules of the commands about the metadata group itself. */
final class MetaGroupRules {

    private MetaGroupRules() {}

    static Change publish(ClusterState state, MetaGroupCommand.Publish publish) {
        return next(state, state.metaGroup().at(publish.member(), publish.address()));
    }

    static Change begin(ClusterState state, MetaGroupCommand.Begin begin) {
        MetaChange change = begin.change();
        Optional<MetaChange> running = state.metaGroup().running();
        if (running.isPresent()) {
            return running.get().operation().equals(change.operation())
                    ? Change.to(state, state)
                    : Change.refused(
                            state,
                            ErrorCode.OPERATION_IN_PROGRESS,
                            "operation "
                                    + running.get().operation()
                                    + " changes the meta-servers already");
        }
        return next(state, state.metaGroup().with(change));
    }

    static Change end(ClusterState state, MetaGroupCommand.End end) {
        Optional<MetaChange> running =
                state.metaGroup()
                        .running()
                        .filter(change -> change.operation().equals(end.operation()));
        if (running.isEmpty()) {
            return Change.to(state, state);
        }
        MetaGroup group = state.metaGroup().replace(running.get().ended(end.state(), end.detail()));
        boolean gone =
                running.get().kind() == MetaChange.Kind.REMOVE
                        && end.state() == MetaChange.State.DONE;
        return next(state, gone ? group.without(running.get().member()) : group);
    }

    private static Change next(ClusterState state, MetaGroup group) {
        ClusterState.Draft draft = state.draft();
        draft.metaGroup = group;
        return Change.to(draft.finish(), state);
    }
}
