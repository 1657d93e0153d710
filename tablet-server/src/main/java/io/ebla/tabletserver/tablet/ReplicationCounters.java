package io.ebla.tabletserver.tablet;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * What happened in the replication of a node's tablets since its process began. The writers count, once a
 * turn where there is much to count; anyone reads, each figure for itself.
 */
public final class ReplicationCounters {

    private final LongAdder termsBegun = new LongAdder();
    private final LongAdder stepDowns = new LongAdder();
    private final LongAdder handOvers = new LongAdder();
    private final LongAdder reverts = new LongAdder();
    private final LongAdder supersededReverts = new LongAdder();
    private final LongAdder catchUpBytes = new LongAdder();
    private final LongAdder rebuilds = new LongAdder();
    private final LongAdder cuts = new LongAdder();
    private final LongAdder clockRefusals = new LongAdder();
    private final List<AckWaits> acks =
            List.of(
                    new AckWaits(AckWaits.Kind.LOCAL),
                    new AckWaits(AckWaits.Kind.FEWER),
                    new AckWaits(AckWaits.Kind.QUORUM),
                    new AckWaits(AckWaits.Kind.ALL));

    /** Elections won here: masterships that began to serve. */
    public long termsBegun() {
        return termsBegun.sum();
    }

    /** Masterships that ended for another epoch, planned or not. */
    public long stepDowns() {
        return stepDowns.sum();
    }

    /** Of those, the ones that were handed over as planned. */
    public long handOvers() {
        return handOvers.sum();
    }

    /** Writes taken back as their caller asked (W5). */
    public long reverts() {
        return reverts.sum();
    }

    /** Writes that should have been, and stay, for a later one rests on them. */
    public long supersededReverts() {
        return supersededReverts.sum();
    }

    /** Bytes of log read for followers that had fallen behind. */
    public long catchUpBytes() {
        return catchUpBytes.sum();
    }

    /** How often a follower was told to fetch a snapshot, for the log it lacks is gone. */
    public long rebuilds() {
        return rebuilds.sum();
    }

    /** How often the end of a log here was cut off, as its master's was another. */
    public long cuts() {
        return cuts.sum();
    }

    /** Appends refused because their master's clock was too far ahead (T2). */
    public long clockRefusals() {
        return clockRefusals.sum();
    }

    /** The answered writes, by what they waited for. */
    public List<AckWaits> acks() {
        return acks;
    }

    // ---------------------------------------------------------------- of the writers

    AckWaits acks(AckWaits.Kind kind) {
        return acks.get(kind.ordinal());
    }

    void termBegan() {
        termsBegun.increment();
    }

    void steppedDown() {
        stepDowns.increment();
    }

    void handedOver() {
        handOvers.increment();
    }

    void reverted() {
        reverts.increment();
    }

    void superseded() {
        supersededReverts.increment();
    }

    void caughtUp(long bytes) {
        catchUpBytes.add(bytes);
    }

    void rebuildAsked() {
        rebuilds.increment();
    }

    void cut() {
        cuts.increment();
    }

    void clockRefused() {
        clockRefusals.increment();
    }
}
