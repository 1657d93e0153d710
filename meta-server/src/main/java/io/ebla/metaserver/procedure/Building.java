package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.List;

/**
 * The replicas that are being built, against how many may be at a time in the whole cluster. Moves count
 * by themselves, so that however many an operator began there is room for those that are missing.
 */
final class Building {

    private int repairs;
    private int moves;

    /** @param tablets those of the state that are not at rest: the others have none */
    static Building of(ClusterState state, List<TabletDescriptor> tablets) {
        Building building = new Building();
        for (TabletDescriptor tablet : tablets) {
            for (ReplicaDescriptor replica : tablet.replicas()) {
                boolean moves = state.movedFrom(replica).isPresent();
                building.moves += moves ? 1 : 0;
                building.repairs += replica.learner() && !moves ? 1 : 0;
            }
        }
        return building;
    }

    /** Whether one more may be built; it then counts. */
    boolean takes(boolean move, ProcedureSettings settings) {
        boolean room =
                move ? moves < settings.balance().movesMax() : repairs < settings.learnersMax();
        if (room) {
            repairs += move ? 0 : 1;
            moves += move ? 1 : 0;
        }
        return room;
    }
}
