package io.ebla.tabletserver.tablet;

/** A kind of life, drawn from a seed, with or without a rule of the protocol. */
interface Scenario {

    /** Replicas on sound disks, with the usual lease. */
    Scenario OF_THREE =
            (seed, removed) -> new GroupLife(seed, GroupLife.Plan.STEADY, removed).live();

    /** @throws GroupLedger.Violation that names the seed */
    void live(long seed, Tampering removed);
}
