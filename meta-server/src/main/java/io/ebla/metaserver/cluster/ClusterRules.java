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
        } else if (command instanceof ClusterCommand.RecordWinners winners) {
            return MastershipRules.record(state, winners);
        }
        throw new IllegalStateException("no rule for " + command);
    }
}
