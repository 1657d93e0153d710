package io.ebla.tabletserver.tablet;

/** Numbers of the world around a {@link LocalGroup}; a test sets what it wants to be otherwise. */
public final class World {

    /** What leaders of the metadata do that nobody asked for. */
    enum Unasked {
        NOTHING,
        /** They spread replicas and masterships, and split what has many bytes. */
        SPREAD_BYTES,
        /** They spread them, and split what is asked for much. */
        SPREAD_LOAD,
        /** They spread them, and merge what splits have left. */
        GATHER
    }

    /** Of the leaders that come. */
    Unasked unasked = Unasked.NOTHING;

    /** Of messages, in microseconds. */
    public long delayMinMicros = 50;

    public long delayMaxMicros = 500;

    /** Of 1000 messages that many are lost, and that many come twice. */
    public int lossPerMille = 0;

    public int repeatPerMille = 0;

    /** Of a sync, in microseconds. */
    public long syncMinMicros = 100;

    public long syncMaxMicros = 800;

    /** Pause between tasks of one node, at most, in microseconds. */
    public long taskMaxMicros = 20;

    /** Of a read that needs the disk, in microseconds, at most. */
    public long readMaxMicros = 0;

    /** Of 1000 reads that many find nothing in memory. */
    public int coldPerMille = 0;

    /** Every eighth write has a row beside its own that is up to so long. */
    public int rowMaxBytes = 0;

    /** Of 1000 nodes that answered a fence that many lose power at once, after syncs that took long. */
    public int powerCutAtFencePerMille = 0;

    /** Of 1000 that switched to a snapshot likewise. */
    public int powerCutAtSwitchPerMille = 0;
}
