package io.ebla.tabletserver.tablet;

/** How far a node is in making the children of a split: see {@link Splits}. */
enum MakingStep {
    /** The parent's store survives a power loss, and nothing else was done. */
    FLUSHED,
    /** The children's stores are in their places, and nobody's. */
    DIVIDED,
    /** One of them is a replica. */
    DESCRIBED,
    /** The log of one of them has begun. */
    LOG_BEGUN
}
