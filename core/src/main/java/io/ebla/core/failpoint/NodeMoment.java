package io.ebla.core.failpoint;

import java.util.Locale;

/**
 * Moments of a tablet server in the procedures that change tablets: each before others hear of what was done
 * there, or before the next step of it.
 */
public enum NodeMoment {
    /** The master knows the middle of a tablet that is to be split there. */
    SPLIT_CHOSEN,
    /** A replica has flushed what it holds, so that little is left when the log has ended. */
    SPLIT_READY,
    /** The master's log has SPLIT, committed and applied. */
    SPLIT_LOGGED,
    /** The master's log has CANCEL, committed and applied. */
    SPLIT_CANCELLED,
    /** A replica has flushed what came before SPLIT. */
    SPLIT_FLUSHED,
    /** The store of a child is in its place, and nobody's. */
    SPLIT_DIVIDED,
    /** The merged store has what both held at some moment, and is nobody's. */
    MERGE_COPIED,
    /** What the merged store lacks is put in at once. */
    MERGE_READY,
    /** The log of one of the two has SEAL, committed and applied. */
    MERGE_SEALED,
    /** The merged store is durable where the seals put it, and is nobody's. */
    MERGE_FINISHED,
    /** The log of one of the two has CANCEL, committed and applied. */
    MERGE_UNSEALED,
    /** What was made of others is a replica, found at every start. */
    REPLICA_DESCRIBED,
    /** Its log has begun. */
    LOG_BEGUN,
    /** Replicas are durably open: children, a merged tablet's, a learner. */
    REPLICAS_OPENED,
    /** A store that came from another node is in the place of the former one. */
    STORE_REPLACED,
    /** Nothing is left here of a replica or a tablet. */
    REPLICA_REMOVED,
    /** The master has given up its lease for a hand-over. */
    LEASE_GIVEN_UP,
    /** A replica has promised an epoch durably, and its grants have run out. */
    FENCED,
    /** The master's promise of its epoch is durable, and nothing of it is logged. */
    EPOCH_BEGINS,
    /** EPOCH_START is committed and applied, and nobody is served as yet. */
    EPOCH_STARTED;

    /** How its point is called. */
    public String point() {
        return "node." + name().toLowerCase(Locale.ROOT);
    }
}
