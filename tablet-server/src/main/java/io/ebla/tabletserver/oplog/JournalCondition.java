package io.ebla.tabletserver.oplog;

import io.ebla.core.contract.EblaException;
import io.ebla.tabletserver.oplog.Oplog.Condition;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a journal takes entries, and if not, why. Full comes and goes; failed and closed are for good.
 * Any thread.
 */
final class JournalCondition {

    private static final Logger LOG = LoggerFactory.getLogger(JournalCondition.class);

    private final AtomicReference<Condition> condition = new AtomicReference<>(Condition.OPEN);
    private final OplogObserver observer;
    private final Runnable onFailed;

    /** @param onFailed called once: the process must end */
    JournalCondition(OplogObserver observer, Runnable onFailed) {
        this.observer = observer;
        this.onFailed = onFailed;
    }

    Condition get() {
        return condition.get();
    }

    boolean is(Condition expected) {
        return condition.get() == expected;
    }

    /** Why a request is refused at the door; null when it is not. */
    EblaException refusal(Request request) {
        return switch (condition.get()) {
            case OPEN -> null;
            case DISK_FULL -> request.essential() ? null : Refusals.diskFull();
            case FAILED -> Refusals.diskFailed();
            case CLOSED -> Refusals.closed();
        };
    }

    void room(boolean enough) {
        Condition from = enough ? Condition.DISK_FULL : Condition.OPEN;
        Condition to = enough ? Condition.OPEN : Condition.DISK_FULL;
        if (condition.compareAndSet(from, to)) {
            LOG.warn(
                    enough
                            ? "there is room for the journal again: writes are taken"
                            : "the disk of the journal is full: writes are refused");
            observer.conditionChanged(to);
        }
    }

    /** Takes the failure in, and tells of it once. */
    void fail(Throwable cause) {
        if (condition.getAndSet(Condition.FAILED) == Condition.FAILED) {
            return;
        }
        if (cause instanceof IOException) {
            LOG.error("the journal failed and this node must end: {}", cause.toString());
        } else {
            LOG.error("a broken invariant of the journal: this node must end", cause);
        }
        observer.conditionChanged(Condition.FAILED);
        onFailed.run();
    }

    /** What it was before; for good from now on. */
    Condition close() {
        return condition.getAndSet(Condition.CLOSED);
    }
}
