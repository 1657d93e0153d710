package io.ebla.clustertest.history;

/**
 * One operation, or half of one, in the search.
 *
 * @param move what it does when it takes effect
 * @param duty whether it must
 * @param endNanos when it must have, at the latest
 * @param peers number of the kind of write of unknown end, all of which do the same; 0 for other duties
 * @param number among the writes of unknown end of the object, in the order of their beginnings
 */
record Task(
        Operation operation,
        Move move,
        Duty duty,
        long beginNanos,
        long endNanos,
        int peers,
        int number) {

    enum Duty {
        /** It takes effect between its begin and its end. */
        MUST,
        /** It takes effect between its begin and its end or never. */
        MAY,
        /** It takes effect after its begin or never. */
        MAY_LATER
    }
}
