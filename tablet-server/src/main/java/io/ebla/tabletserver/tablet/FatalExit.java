package io.ebla.tabletserver.tablet;

/**
 * Ends the process because it must not go on (L3): wired to the runtime by whoever started it, to a
 * recorder in tests.
 */
@FunctionalInterface
public interface FatalExit {

    /** @param reason for the last line of the log */
    void exit(String reason);
}
