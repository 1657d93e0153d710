package io.ebla.metaserver.election;

/** Told of elections that this member conducts, for metrics. On the leader's thread: short. */
public interface ElectionObserver {

    ElectionObserver NONE = new ElectionObserver() {};

    /** Rounds were begun for so many tablets. */
    default void begun(int tablets) {}

    /**
     * A winner was recorded.
     *
     * @param millis since its round began
     */
    default void won(long millis) {}

    /** A round was given up: its epoch was another's, or could not be written down. It is begun anew. */
    default void failed() {}
}
