package io.ebla.tabletserver.tablet;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Beats that do not wait for their turn: one for all tablets that want one within a few milliseconds. A node
 * that takes over a thousand masterships asks for their leases in some beats, not in a thousand. Any thread.
 */
final class BeatsSoon {

    /** Little of an election's time, and most of what one map brings about at a node. */
    static final long AHEAD_MILLIS = 3;

    /** Has something run after a while. */
    interface Later {

        void run(long millis, Runnable task);
    }

    private final Later later;
    private final Runnable beat;
    private final AtomicBoolean wanted = new AtomicBoolean();

    BeatsSoon(Later later, Runnable beat) {
        this.later = later;
        this.beat = beat;
    }

    void want() {
        if (wanted.compareAndSet(false, true)) {
            later.run(AHEAD_MILLIS, this::run);
        }
    }

    private void run() {
        wanted.set(false);
        beat.run();
    }
}
