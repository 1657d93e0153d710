package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Something that is to be done with a node or with the cluster as a whole, as the metadata remembers it.
 * What is due next is calculated from what is, so that whoever leads goes on with it.
 *
 * <pre>
 *   MOVING    replicas and masterships are being moved
 *   CLEARING  of a drain: no tablet counts on the node any more, and it removes what it had of them
 *   DONE      it is as was asked for; of a drain whose node is gone for good, but for its files
 *   ABORTED   it was given up, or taken back; what has been moved stays where it is
 * </pre>
 *
 * @param id random, chosen by the proposer
 * @param node whom it concerns, or null
 * @param total of a drain: the replicas there were on the node when it was begun
 * @param startedAtMillis when it was begun, ms since the epoch
 * @param endedAtMillis when it was done or aborted, 0 before
 * @param detail what there is to say of it
 */
public record ClusterTask(
        String id,
        Kind kind,
        NodeId node,
        Phase phase,
        int total,
        long startedAtMillis,
        long endedAtMillis,
        String detail) {

    /** With what the reason of a move or hand-over begins that a rebalance begins. */
    public static final String BALANCE_OF = "balance of ";

    /** What is wanted. */
    public enum Kind {
        /** The node is to hold nothing, and gets nothing until that is taken back. */
        DRAIN(true),
        /** The node may be given something again. */
        UNDRAIN(false),
        /** Replicas, bytes and masterships are to be spread evenly. */
        REBALANCE(true),
        /** Nothing is to be moved for the sake of balance. */
        PAUSE_BALANCING(false),
        RESUME_BALANCING(false);

        private final boolean lasts;

        Kind(boolean lasts) {
            this.lasts = lasts;
        }

        /** Those that a task of the kind may come to. */
        Set<Phase> phases() {
            return switch (this) {
                case DRAIN -> EnumSet.allOf(Phase.class);
                case REBALANCE -> EnumSet.complementOf(EnumSet.of(Phase.CLEARING));
                case UNDRAIN, PAUSE_BALANCING, RESUME_BALANCING -> EnumSet.of(Phase.DONE);
            };
        }

        /** In which a task of the kind begins: some are done with being written down. */
        Phase first() {
            return lasts ? Phase.MOVING : Phase.DONE;
        }
    }

    /** See {@link ClusterTask}. */
    public enum Phase {
        MOVING,
        CLEARING,
        DONE,
        ABORTED;

        public boolean ended() {
            return this == DONE || this == ABORTED;
        }

        /** Phases only go forward, and an ended one stays. */
        boolean precedes(Phase next) {
            return !ended() && next.compareTo(this) > 0;
        }
    }

    public ClusterTask {
        Objects.requireNonNull(id);
        Objects.requireNonNull(kind);
        Objects.requireNonNull(phase);
        Objects.requireNonNull(detail);
        boolean ofNode = kind == Kind.DRAIN || kind == Kind.UNDRAIN;
        if (ofNode != (node != null)) {
            throw new IllegalArgumentException(kind + " of " + node);
        }
    }

    /** A task that begins now, or is done with that. */
    public static ClusterTask begun(
            String id, Kind kind, NodeId node, int total, long atMillis, String detail) {
        Phase first = kind.first();
        return new ClusterTask(
                id, kind, node, first, total, atMillis, first.ended() ? atMillis : 0, detail);
    }

    /** Whether a move was begun by a rebalance that runs; others are begun meanwhile, too. */
    public boolean hasBegun(ReplicaOperation move) {
        return hasBegun(move.startedAtMillis(), move.detail());
    }

    /** Likewise. */
    public boolean hasBegun(HandOver handOver) {
        return hasBegun(handOver.startedAtMillis(), handOver.detail());
    }

    private boolean hasBegun(long atMillis, String why) {
        return kind == Kind.REBALANCE && atMillis >= startedAtMillis && why.startsWith(BALANCE_OF);
    }

    ClusterTask at(Phase next, String told, long atMillis) {
        long ended = next.ended() ? atMillis : 0;
        return new ClusterTask(id, kind, node, next, total, startedAtMillis, ended, told);
    }
}
