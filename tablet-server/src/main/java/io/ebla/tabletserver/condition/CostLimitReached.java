package io.ebla.tabletserver.condition;

/** An evaluation used up its budget. Nothing in an expression can absorb it. */
final class CostLimitReached extends RuntimeException {

    CostLimitReached() {
        super("the condition is over its cost limit", null, false, false);
    }
}
