package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowTablet;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request that could not simply be answered here: tried at one place after another, and while there is
 * none, waiting for the map or a replica of this node to change, until the request's deadline. The last
 * failure is then its answer.
 *
 * <pre>
 *   start ──> a place? ──yes──> attempt ──> answered, or a failure that ends it ──> reply
 *                │                  │
 *                no                 └─ surely to be had elsewhere: back to "a place?"
 *                └──> wait: for a change, or a growing pause ──> back to "a place?"
 * </pre>
 *
 * <p>One thread at a time: the caller's, that of an answer, the waiting room's.
 */
abstract class Attempts<T> implements WaitingRoom.Guest {

    /** How one place is asked. */
    @FunctionalInterface
    interface Read<T> {

        /** @param untilNanos when the place is no longer waited for */
        void of(RowTablet tablet, long untilNanos, Reply<T> reply);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);
    private static final long PAUSE_FIRST_NANOS = 5_000_000;
    private static final long PAUSE_MAX_NANOS = 320_000_000;

    private final Routing routing;
    private final Places places;
    private final ReadLevel level;
    private final long deadlineNanos;
    private final Executor replyOn;
    private final Reply<T> reply;
    private EblaException last;
    private long pauseNanos = PAUSE_FIRST_NANOS;
    private long notBeforeNanos;

    Attempts(
            Routing routing,
            TabletDescriptor tablet,
            ReadLevel level,
            long deadlineNanos,
            Executor replyOn,
            Reply<T> reply) {
        this.routing = routing;
        this.places = new Places(routing, tablet, level);
        this.level = level;
        this.deadlineNanos = deadlineNanos;
        this.replyOn = replyOn;
        this.reply = reply;
    }

    /** What one place cannot do and another may. */
    static boolean isElsewhere(TabletDescriptor tablet, EblaException failure) {
        return switch (failure.code()) {
            case NO_MASTER, NO_QUORUM -> true;
            case DISK_FULL, DISK_FAILED, CORRUPTED -> tablet.members().size() > 1;
            default -> false;
        };
    }

    /** Asks one place. */
    abstract void attempt(RowTablet place, Reply<T> ended);

    /** The tablet that has the range of this request since it was divided, or null. */
    abstract RoutedTablet successor();

    /** Whether another attempt may be made after this failure. */
    abstract boolean mayRepeat(EblaException failure);

    /** The result as the caller is told. */
    T told(T result) {
        return result;
    }

    /** The failure as the caller is told, once no other attempt is made. */
    EblaException told(EblaException failure) {
        return failure;
    }

    final Routing routing() {
        return routing;
    }

    final Executor replyOn() {
        return replyOn;
    }

    final long deadlineNanos() {
        return deadlineNanos;
    }

    final void start() {
        next();
    }

    /** Goes on after what is here has been asked already. */
    final void failedHere(EblaException failure) {
        places.failedHere();
        if (mayRepeat(failure)) {
            again(failure);
        } else {
            reply.complete(null, told(failure));
        }
    }

    private void next() {
        try {
            RowTablet place = places.next();
            RoutedTablet successor = place == null && places.gone() ? successor() : null;
            if (successor != null) {
                attempt(successor, this::endedThere);
            } else if (place == null) {
                rest(last == null ? places.nobody() : last);
            } else {
                attempt(place, this::ended);
            }
        } catch (RuntimeException fault) {
            LOG.error("event=routing_failed", fault);
            last = new EblaException(ErrorCode.INTERNAL, "the request could not be handed on");
            giveUp();
        }
    }

    /** The one that has the range now does all that is left to do. */
    private void endedThere(T result, EblaException failure) {
        reply.complete(
                result == null ? null : told(result), failure == null ? null : told(failure));
    }

    private void ended(T result, EblaException failure) {
        if (failure == null || !mayRepeat(failure)) {
            reply.complete(
                    result == null ? null : told(result), failure == null ? null : told(failure));
            return;
        }
        places.failed();
        again(failure);
    }

    private void again(EblaException failure) {
        routing.observer().repeated();
        last = failure;
        if (routing.clock().monotonicNanos() - deadlineNanos < 0) {
            next();
        } else {
            giveUp();
        }
    }

    /** The place says nothing for longer than an attempt may take: another is asked, or it once more. */
    final void askAgain() {
        if (level != ReadLevel.STRONG) {
            places.failed();
        }
        if (!places.changed()) {
            places.forget();
        }
        next();
    }

    private void rest(EblaException failure) {
        last = failure;
        long now = routing.clock().monotonicNanos();
        boolean hopeless = places.gone() || !mayRepeat(failure);
        notBeforeNanos = now + pauseNanos;
        pauseNanos = Math.min(2 * pauseNanos, PAUSE_MAX_NANOS);
        if (hopeless || now - deadlineNanos >= 0 || !routing.waiting().enter(this)) {
            giveUp();
        }
    }

    @Override
    public final boolean due(long nowNanos) {
        return nowNanos - notBeforeNanos >= 0 || nowNanos - deadlineNanos >= 0 || places.changed();
    }

    @Override
    public final void go(long nowNanos) {
        if (nowNanos - deadlineNanos >= 0) {
            giveUp();
            return;
        }
        if (nowNanos - notBeforeNanos >= 0) {
            places.forget();
        }
        next();
    }

    private void giveUp() {
        EblaException failure = told(last);
        try {
            replyOn.execute(() -> reply.complete(null, failure));
        } catch (RejectedExecutionException closed) {
            LOG.debug("an answer found its event loop closed");
        }
    }
}
