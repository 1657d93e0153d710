package io.ebla.tabletserver.routing;

/**
 * The bounds of what is handed on to other nodes.
 *
 * @param callsPerNode calls to one node that may be under way
 * @param bytesPerNode bytes of rows in those calls
 * @param waitingMax requests that may wait until somebody can take them
 * @param breakerCalls the last calls to a node that its circuit breaker judges by
 * @param breakerOpenMillis how long an open breaker refuses calls before it tries one
 * @param graceMillis how long an answer may be on its way beyond the request's own deadline
 * @param scanPatienceMillis how long the next rows of a range may be on their way
 * @param statusPatienceMillis how long others are waited for that are asked how their replicas stand
 */
record RoutingSettings(
        int callsPerNode,
        long bytesPerNode,
        int waitingMax,
        int breakerCalls,
        long breakerOpenMillis,
        long graceMillis,
        long scanPatienceMillis,
        long statusPatienceMillis) {

    static final RoutingSettings DEFAULTS =
            new RoutingSettings(2_000, 64 << 20, 10_000, 20, 250, 200, 5_000, 1_000);

    RoutingSettings {
        if (callsPerNode <= 0 || bytesPerNode <= 0 || waitingMax < 0 || breakerCalls <= 0) {
            throw new IllegalArgumentException("no calls could be made with these bounds");
        }
        if (breakerOpenMillis <= 0
                || graceMillis < 0
                || scanPatienceMillis <= 0
                || statusPatienceMillis <= 0) {
            throw new IllegalArgumentException("no time is left with these bounds");
        }
    }
}
