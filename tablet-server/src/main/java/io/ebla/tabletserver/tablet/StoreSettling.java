package io.ebla.tabletserver.tablet;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Has the stores that splits made brought in order, one after the other, in the background: what that writes
 * is bounded by the node's limit for background work, and no two take room at once.
 */
final class StoreSettling {

    private static final Logger LOG = System.getLogger(StoreSettling.class.getName());

    private final Executor threads;
    private final Supplier<Collection<Tablet>> tablets;
    private final AtomicBoolean underWay = new AtomicBoolean();

    StoreSettling(Executor threads, Supplier<? extends Collection<Tablet>> tablets) {
        this.threads = threads;
        this.tablets = tablets::get;
    }

    /** Takes up the next one that is due, unless one is under way. */
    void check() {
        for (Tablet tablet : tablets.get()) {
            if (!tablet.store().settled()) {
                if (underWay.compareAndSet(false, true)) {
                    begin(tablet);
                }
                return;
            }
        }
    }

    private void begin(Tablet tablet) {
        try {
            threads.execute(() -> settle(tablet));
        } catch (RejectedExecutionException closing) {
            underWay.set(false);
        }
    }

    private void settle(Tablet tablet) {
        try {
            tablet.store().settle();
            LOG.log(Level.INFO, "the store of tablet {0} is in order", tablet.id());
        } catch (RuntimeException failed) {
            LOG.log(
                    Level.WARNING,
                    "the store of tablet {0} is not in order yet: {1}",
                    tablet.id(),
                    failed);
        } finally {
            underWay.set(false);
        }
    }
}
