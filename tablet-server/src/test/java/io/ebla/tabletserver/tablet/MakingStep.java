package io.ebla.tabletserver.tablet;

import java.util.EnumSet;
import java.util.Set;

/**
 * How far a node is in making the children of a split, or the one of a merge: see {@link Splits}, {@link
 * Merges}.
 */
enum MakingStep {
    /** The parent's store survives a power loss, and nothing else was done. */
    FLUSHED,
    /** The children's stores are in their places, and nobody's. */
    DIVIDED,
    /** The merged tablet's store has what both held, and lacks what comes. */
    JOINED,
    /** It has all, and is nobody's. */
    FINISHED,
    /** One of them is a replica. */
    DESCRIBED,
    /** The log of one of them has begun. */
    LOG_BEGUN;

    static final Set<MakingStep> OF_SPLITS = EnumSet.complementOf(EnumSet.of(JOINED, FINISHED));

    static final Set<MakingStep> OF_MERGES = EnumSet.complementOf(EnumSet.of(FLUSHED, DIVIDED));
}
