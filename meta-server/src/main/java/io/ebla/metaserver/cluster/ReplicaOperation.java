package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * What is done about one replica of a tablet, as the metadata remembers it. What is due next is calculated
 * from the replicas themselves; of this only a move counts: while its learner is there, the member on the
 * node that it comes from is to go.
 *
 * <pre>
 *   BUILDING  a learner takes the state and the log of the others
 *   JOINING   the replica set with it, or without the one that goes, begins to count (E3)
 *   DONE      it counts in that set alone
 *   ABORTED   it is not needed any more, or cannot be had
 * </pre>
 *
 * @param id of the learner's replica; else made of the tablet and its epoch
 * @param replica the learner, or null
 * @param from the node whose replica is replaced or taken out, or null
 * @param to the node of the new replica, or null
 * @param startedAtMillis when it was begun, ms since the epoch
 * @param endedAtMillis when it was done or aborted, 0 before
 * @param detail what there is to say of it
 */
public record ReplicaOperation(
        String id,
        Kind kind,
        TabletId tablet,
        ReplicaId replica,
        NodeId from,
        NodeId to,
        Phase phase,
        long startedAtMillis,
        long endedAtMillis,
        String detail) {

    /** What is wanted. */
    public enum Kind {
        /** A replica takes the place of one that is of no use. */
        REBUILD,
        /** A replica takes over from a living one on another node. */
        MOVE,
        /** The table is to have more copies. */
        ADD_REPLICA,
        /** The table is to have fewer copies. */
        REMOVE_REPLICA,
        /** What was in memory was lost with a quorum of its copies: the tablet begins again, empty (L6). */
        EMPTY_TABLET;

        /** Those that an operation of the kind may come to. */
        Set<Phase> phases() {
            return switch (this) {
                case REBUILD, MOVE, ADD_REPLICA -> EnumSet.allOf(Phase.class);
                case REMOVE_REPLICA -> EnumSet.complementOf(EnumSet.of(Phase.BUILDING));
                case EMPTY_TABLET -> EnumSet.of(Phase.DONE);
            };
        }
    }

    /** See {@link ReplicaOperation}. */
    public enum Phase {
        BUILDING,
        JOINING,
        DONE,
        ABORTED;

        public boolean ended() {
            return this == DONE || this == ABORTED;
        }
    }

    public ReplicaOperation {
        Objects.requireNonNull(id);
        Objects.requireNonNull(kind);
        Objects.requireNonNull(tablet);
        Objects.requireNonNull(phase);
        Objects.requireNonNull(detail);
    }

    /** Whether a learner is to take over from a member that lives. */
    public boolean moves() {
        return kind == Kind.MOVE && phase == Phase.BUILDING;
    }

    ReplicaOperation at(Phase next, NodeId instead, String told, long atMillis) {
        long ended = next.ended() ? atMillis : 0;
        return new ReplicaOperation(
                id, kind, tablet, replica, instead, to, next, startedAtMillis, ended, told);
    }
}
