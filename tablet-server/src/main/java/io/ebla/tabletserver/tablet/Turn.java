package io.ebla.tabletserver.tablet;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs one task on an executor whenever it was woken, never twice at a time, and again after a wake
 * that came while it ran: an actor's turn. A wake is one read when a turn is pending already.
 */
final class Turn implements Runnable {

    private enum State {
        IDLE,
        /** Scheduled or running, and everything woken for so far will be seen. */
        BUSY,
        /** Woken since it began. */
        AGAIN
    }

    private final Runnable task;
    private final Executor executor;
    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

    Turn(Runnable task, Executor executor) {
        this.task = task;
        this.executor = executor;
    }

    /** What the caller did before is seen by a run that begins after. Any thread. */
    void wake() {
        while (true) {
            State now = state.get();
            if (now == State.AGAIN) {
                return;
            }
            State next = now == State.IDLE ? State.BUSY : State.AGAIN;
            if (state.compareAndSet(now, next)) {
                if (now == State.IDLE) {
                    executor.execute(this);
                }
                return;
            }
        }
    }

    @Override
    public void run() {
        state.set(State.BUSY);
        try {
            task.run();
        } finally {
            if (!state.compareAndSet(State.BUSY, State.IDLE)) {
                executor.execute(this);
            }
        }
    }
}
