package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import java.util.Objects;

/**
 * A replica that is to follow a tablet, as a command proposes it.
 *
 * @param tablet the tablet
 * @param epoch the epoch it must still have
 * @param node where the learner is to live
 * @param replica its new id
 * @param givesUp the member on the same node that is lost with it for good, or null
 * @param instead the node of the member that it is to replace, or null: for those who ask, but for a move
 * @param kind what it is for; null, as in logs of before there were moves, for what the sets tell
 * @param why what there is to say of it, null for nothing
 */
public record NewLearner(
        TabletId tablet,
        long epoch,
        NodeId node,
        ReplicaId replica,
        ReplicaId givesUp,
        NodeId instead,
        ReplicaOperation.Kind kind,
        String why) {

    public NewLearner {
        Objects.requireNonNull(tablet);
        Objects.requireNonNull(node);
        Objects.requireNonNull(replica);
    }

    public NewLearner(
            TabletId tablet, long epoch, NodeId node, ReplicaId replica, ReplicaId givesUp) {
        this(tablet, epoch, node, replica, givesUp, null, null, null);
    }

    /** One that takes over from a living member, which stays until this one can. */
    public static NewLearner move(
            TabletId tablet, long epoch, NodeId from, NodeId to, ReplicaId replica, String why) {
        return new NewLearner(
                tablet, epoch, to, replica, null, from, ReplicaOperation.Kind.MOVE, why);
    }

    boolean moves() {
        return kind == ReplicaOperation.Kind.MOVE;
    }
}
