package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.List;

/**
 * The replicas that are being built, against how many may be at a time in the whole cluster. Moves leave
 * room for those that are missing.
 */
final class Building {

    private int learners;
    private int moves;

    /** @param tablets those of the state that are not at rest: the others have none */
    static Building of(ClusterState state, List<TabletDescriptor> tablets) {
        Building building = new Building();
        for (TabletDescriptor tablet : tablets) {
            for (ReplicaDescriptor replica : tablet.replicas()) {
                building.learners += replica.learner() ? 1 : 0;
                building.moves += state.movedFrom(replica).isPresent() ? 1 : 0;
            }
        }
        return building;
    }

    /** Whether one more may be built; it then counts. */
    boolean takes(boolean move, ProcedureSettings settings) {
        boolean room =
                learners < settings.learnersMax()
                        && (!move || moves < settings.balance().movesMax());
        if (room) {
            learners++;
            moves += move ? 1 : 0;
        }
        return room;
    }
}
