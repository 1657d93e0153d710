package io.ebla.tabletserver.oplog;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * One daemon thread that takes turns while there is work and sleeps when there is none.
 *
 * <p>Waking costs a system call, so producers pay it only when the thread sleeps: it announces its
 * sleep, looks once more for work, and only then parks; {@link #wake} takes the announcement back.
 */
final class TurnThread {

    /** Does what there is to do; returns how many nanoseconds it may sleep, 0 for not at all. */
    interface Turn {

        long take();
    }

    /** Nothing falls due by itself. */
    static final long UNTIL_WOKEN = TimeUnit.HOURS.toNanos(1);

    private final Turn turn;
    private final Thread thread;
    private final AtomicBoolean asleep = new AtomicBoolean();
    private volatile boolean ending;

    TurnThread(String name, Turn turn) {
        this.turn = turn;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Any thread: something was queued. */
    void wake() {
        if (asleep.get() && asleep.compareAndSet(true, false)) {
            LockSupport.unpark(thread);
        }
    }

    boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** Takes no further turn; returns when the one that runs is over. */
    void end() {
        ending = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive() && !isCurrent()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!ending) {
            if (turn.take() == 0) {
                continue;
            }
            asleep.set(true);
            long nanos = turn.take();
            if (nanos > 0 && asleep.get() && !ending) {
                LockSupport.parkNanos(this, nanos);
            }
            asleep.set(false);
        }
    }
}
