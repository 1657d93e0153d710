package io.ebla.clustertest.history;

/** What the checker makes of a history. Only {@link Linearizable} is a pass. */
public sealed interface Verdict {

    /**
     * There is an order of all operations that explains every answer.
     *
     * @param operations judged
     * @param objects that they were judged by, each alone
     * @param steps of the search
     * @param widest the most configurations that had to be kept at once
     */
    record Linearizable(int operations, int objects, long steps, int widest) implements Verdict {}

    /**
     * No order explains the answers.
     *
     * @param object the pk and rows that contradict themselves
     * @param explanation the first answer that cannot be, and what led there
     */
    record Violation(String object, String explanation) implements Verdict {}

    /** The search was given up at its bound: nothing is known. */
    record Undecided(String object, String reason) implements Verdict {}

    /** This pass; throws for anything else, for what could not be decided too. */
    default Linearizable orThrow() {
        if (this instanceof Linearizable pass) {
            return pass;
        }
        throw new AssertionError(
                this instanceof Violation bad
                        ? bad.object() + ": " + bad.explanation()
                        : "" + this);
    }
}
