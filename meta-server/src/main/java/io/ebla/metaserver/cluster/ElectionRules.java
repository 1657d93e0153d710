package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterCommand.NewEpoch;
import io.ebla.metaserver.cluster.ClusterCommand.Winner;

/**
 * Giving out epochs and recording who won them: compare-and-set on (tablet, epoch), the only way a master
 * of several copies is replaced (E2).
 *
 * <p>Elections of many tablets share a command and have nothing to do with each other; one that lost a
 * race is therefore passed over, and its proposer reads in the state what became of it. A replica set
 * never changes without a new epoch, so the sets that were fenced for an epoch are those it is recorded
 * with.
 */
final class ElectionRules {

    private ElectionRules() {}

    static Change begin(ClusterState state, ClusterCommand.BeginElections command) {
        ClusterState.Draft draft = state.draft();
        for (NewEpoch given : command.epochs()) {
            TabletDescriptor tablet = draft.tablets.get(given.tablet());
            boolean due =
                    tablet != null
                            && tablet.epoch() == given.afterEpoch()
                            && given.epoch() > given.afterEpoch();
            if (due) {
                draft.put(tablet.withEpoch(given.epoch(), null));
                draft.elections.put(tablet.id(), new Election(given.epoch(), command.at()));
                HandOverRules.electing(draft, tablet.id(), command.at());
            }
        }
        return Change.to(draft.finish(), state);
    }

    static Change record(ClusterState state, ClusterCommand.RecordWinners command) {
        ClusterState.Draft draft = state.draft();
        for (Winner winner : command.winners()) {
            TabletDescriptor tablet = draft.tablets.get(winner.tablet());
            Election election = draft.elections.get(winner.tablet());
            boolean open =
                    tablet != null
                            && election != null
                            && election.epoch() == winner.epoch()
                            && tablet.epoch() == winner.epoch()
                            && tablet.master() == null;
            if (open && mayLead(state, tablet, winner)) {
                draft.elections.remove(tablet.id());
                draft.put(tablet.withEpoch(winner.epoch(), winner.mastership()));
                HandOverRules.elected(draft, tablet.id(), winner.node(), command.at());
            }
        }
        return Change.to(draft.finish(), state);
    }

    /** A former member may lead while a replica change lasts, if only to hand over (E5). */
    private static boolean mayLead(ClusterState state, TabletDescriptor tablet, Winner winner) {
        NodeDescriptor node = state.nodes().get(winner.node());
        return node != null
                && node.incarnation().equals(winner.incarnation())
                && tablet.electors().stream()
                        .anyMatch(
                                replica ->
                                        replica.node().equals(winner.node())
                                                && replica.opened()
                                                && !replica.lost());
    }
}
