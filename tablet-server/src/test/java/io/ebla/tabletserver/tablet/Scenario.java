package io.ebla.tabletserver.tablet;

/** A kind of life, drawn from a seed, with or without a rule of the protocol. */
interface Scenario {

    Scenario OF_THREE =
            (seed, removed) -> new GroupLife(seed, GroupLife.Plan.OF_THREE, removed).live();

    /** @throws GroupLedger.Violation that names the seed */
    void live(long seed, Tampering removed);
}
