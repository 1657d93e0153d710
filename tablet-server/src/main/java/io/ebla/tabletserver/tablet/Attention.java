package io.ebla.tabletserver.tablet;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/** Whether time matters to a tablet, and whether its node's {@link Ticks} know. */
final class Attention {

    private final Env env;
    private final Role role;

    // Written by the writer, read by anyone.
    private volatile boolean waits;

    /** Monotonic time from which on it waits for a tick. */
    private volatile long fromNanos;

    private volatile long turns;

    private final AtomicBoolean listed = new AtomicBoolean();

    Attention(Env env, Role role) {
        this.env = env;
        this.role = role;
    }

    /**
     * The end of a turn. Of the writer.
     *
     * @param inNanos from when on it waits for a tick, {@code Long.MAX_VALUE} for never
     */
    void waits(long nowNanos, long inNanos) {
        waits = inNanos < Long.MAX_VALUE;
        fromNanos = waits ? nowNanos + inNanos : nowNanos;
        turns++;
        list();
    }

    /** Turns that have ended. Any thread. */
    long turns() {
        return turns;
    }

    /** Whether something here has a deadline or is to be retried, so that ticks are wanted. */
    boolean isWanted() {
        return waits || role.state().masters() && !env.clock().trusted();
    }

    /** Whether what it waits for is not due yet. */
    boolean isEarly(long nowNanos) {
        return nowNanos - fromNanos < 0 && env.clock().trusted();
    }

    /** The ticks have forgotten the tablet: they hear of it again when it waits, as it may do by now. */
    void unlist() {
        listed.set(false);
        list();
    }

    private void list() {
        if (waits && listed.compareAndSet(false, true)) {
            env.ticksWanted();
        }
    }

    /**
     * Whether rows wait to be removed. That the store tells of none is not remembered here: after a split it
     * may look for them behind many of others, and find one though nothing was applied.
     *
     * @param nowMillis tablet time, asked of a master only: asking it moves the floor (T1)
     */
    boolean expiryDue(LongSupplier nowMillis) {
        return role.state() == TabletState.SERVING
                && env.clock().trusted()
                && env.earliestExpiry().orElse(Long.MAX_VALUE) <= nowMillis.getAsLong();
    }
}
