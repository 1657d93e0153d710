package io.ebla.tabletserver.store;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps native memory from being freed under a caller: whoever touches a store's handles is inside
 * the gate, and the handles are freed only when the gate is shut and nobody is inside. A handle used
 * after it was freed would end the process.
 *
 * <p>Visits are short: one read, one step of a cursor, one write. The one long visit is a flush.
 */
final class OpenGate {

    private static final long SHUT = Long.MIN_VALUE;

    private final String what;

    /** Visitors inside, and the sign bit once shut. */
    private final AtomicLong state = new AtomicLong();

    /** @param what it keeps, for messages: "tablet 7" */
    OpenGate(String what) {
        this.what = what;
    }

    /** @throws EblaException {@code no_master}, retryable, once the gate is shut */
    void enter() {
        if (!tryEnter()) {
            throw closed();
        }
    }

    boolean tryEnter() {
        if (state.incrementAndGet() > 0) {
            return true;
        }
        leave();
        return false;
    }

    void leave() {
        if (state.decrementAndGet() == SHUT) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    /** Shuts the gate and waits until everybody has left; false if another call has shut it. */
    boolean shut() {
        if ((state.getAndUpdate(before -> before | SHUT) & SHUT) != 0) {
            return false;
        }
        boolean interrupted = false;
        synchronized (this) {
            while (state.get() != SHUT) {
                try {
                    wait();
                } catch (InterruptedException wanted) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return true;
    }

    boolean isShut() {
        return state.get() < 0;
    }

    EblaException closed() {
        return new EblaException(ErrorCode.NO_MASTER, what + " has been closed on this node");
    }
}
