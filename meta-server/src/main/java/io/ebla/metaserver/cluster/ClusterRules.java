package io.ebla.metaserver.cluster;

/**
 * The rules of the metadata: a pure function from a state and a command to the next state.
 *
 * <p>It must give the same answer on every member and after every replay; it therefore knows nothing
 * but its arguments. A refused command leaves the very same state.
 */
public final class ClusterRules {

    private ClusterRules() {}

    public static Change apply(ClusterState state, ClusterCommand command) {
        if (command instanceof ClusterCommand.RegisterNode register) {
            return NodeRules.register(state, register);
        } else if (command instanceof ClusterCommand.ReplicasOpened opened) {
            return NodeRules.opened(state, opened);
        } else if (command instanceof ClusterCommand.TabletsDropped dropped) {
            return NodeRules.dropped(state, dropped);
        } else if (command instanceof ClusterCommand.CreateTable create) {
            return TableRules.create(state, create);
        } else if (command instanceof ClusterCommand.ChangeTable change) {
            return TableRules.change(state, change);
        } else if (command instanceof ClusterCommand.DropTable drop) {
            return TableRules.drop(state, drop);
        } else if (command instanceof ClusterCommand.RecordSoleMasters masters) {
            return SoleMasterRules.record(state, masters);
        }
        return applyReplicated(state, command);
    }

    private static Change applyReplicated(ClusterState state, ClusterCommand command) {
        if (command instanceof ClusterCommand.BeginElections elections) {
            return ElectionRules.begin(state, elections);
        } else if (command instanceof ClusterCommand.RecordWinners winners) {
            return ElectionRules.record(state, winners);
        } else if (command instanceof ClusterCommand.AddLearners learners) {
            return LearnerRules.add(state, learners);
        } else if (command instanceof ClusterCommand.RetireLearners learners) {
            return LearnerRules.retire(state, learners);
        } else if (command instanceof ClusterCommand.ChangeReplicas change) {
            return ReplicaRules.change(state, change);
        } else if (command instanceof ClusterCommand.SettleReplicas settled) {
            return ReplicaRules.settle(state, settled);
        } else if (command instanceof ClusterCommand.RenewTablets renewals) {
            return RenewalRules.renew(state, renewals);
        } else if (command instanceof ClusterCommand.BeginHandOvers handOvers) {
            return HandOverRules.begin(state, handOvers);
        } else if (command instanceof ClusterCommand.StepHandOvers steps) {
            return HandOverRules.step(state, steps);
        } else if (command instanceof SplitCommand.Begin split) {
            return SplitRules.begin(state, split);
        } else if (command instanceof SplitCommand.Step step) {
            return SplitRules.step(state, step);
        } else if (command instanceof SplitCommand.Swap swap) {
            return SplitRules.swap(state, swap);
        } else if (command instanceof MergeCommand.Begin merge) {
            return MergeRules.begin(state, merge);
        } else if (command instanceof MergeCommand.Step step) {
            return MergeRules.step(state, step);
        } else if (command instanceof MergeCommand.Swap swap) {
            return MergeRules.swap(state, swap);
        } else if (command instanceof MetaGroupCommand.Publish publish) {
            return MetaGroupRules.publish(state, publish);
        } else if (command instanceof MetaGroupCommand.Begin begin) {
            return MetaGroupRules.begin(state, begin);
        } else if (command instanceof MetaGroupCommand.End end) {
            return MetaGroupRules.end(state, end);
        } else if (command instanceof ClusterCommand.BeginTask begin) {
            return TaskRules.begin(state, begin);
        } else if (command instanceof ClusterCommand.StepTask step) {
            return TaskRules.step(state, step);
        } else if (command instanceof ClusterCommand.ForgetNode gone) {
            return TaskRules.forget(state, gone);
        }
        throw new IllegalStateException("no rule for " + command);
    }
}
