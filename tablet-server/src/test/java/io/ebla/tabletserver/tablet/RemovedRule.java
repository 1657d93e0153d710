package io.ebla.tabletserver.tablet;

/**
 * A rule of the protocol, taken away between the parts of a {@link LocalGroup}: the production code is what
 * it is, and is told something that the rule would not let happen. There is an enum of them for each family
 * of rules.
 */
interface RemovedRule extends Tampering {

    String name();

    /** Within how many lives its removal is caught; 0 when that is not promised. */
    int livesMax();

    /** In what kind of life its removal shows. */
    default Scenario scenario() {
        return RandomScenario.OF_THREE;
    }

    /** What stands in its place in one life: itself, unless it has to remember something. */
    default Tampering ofOneLife() {
        return this;
    }
}
