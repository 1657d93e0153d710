package io.ebla.tabletserver.tablet;

import io.ebla.core.time.Clock;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Wakes the tablets of a node for which time matters; a tick costs nothing for those that are at rest. A
 * tablet enters at the end of a turn that leaves something to wait for, and leaves at a tick that finds
 * nothing. All are looked at now and then for rows that expired, and while the node's clock is off, which
 * masters have to see (T2).
 *
 * <p>Any thread adds; one ticks.
 */
final class Ticks {

    private static final Logger LOG = System.getLogger(Ticks.class.getName());

    private final Clock clock;
    private final long expiryNanos;
    private final Supplier<? extends Collection<Tablet>> all;

    /** Each once at most, as its {@link Attention} sees to: the number of tablets bounds it. */
    private final Queue<WritePipeline> waiting = new ConcurrentLinkedQueue<>();

    private boolean looked;
    private long expiryAtNanos;

    /** @param all the open tablets */
    Ticks(Clock clock, TabletSettings settings, Supplier<? extends Collection<Tablet>> all) {
        this.clock = clock;
        this.all = all;
        expiryNanos = TimeUnit.MILLISECONDS.toNanos(settings.expiryIntervalMillis());
    }

    /** A tablet that is not among them waits. */
    void add(WritePipeline tablet) {
        waiting.add(tablet);
    }

    void tick() {
        long nowNanos = clock.monotonicNanos();
        for (Iterator<WritePipeline> each = waiting.iterator(); each.hasNext(); ) {
            WritePipeline tablet = each.next();
            apart(tablet, () -> tick(tablet, nowNanos, each));
        }
        boolean expiry = !looked || nowNanos - expiryAtNanos >= 0;
        if (expiry) {
            looked = true;
            expiryAtNanos = nowNanos + expiryNanos;
        }
        boolean off = !clock.trusted();
        if (expiry || off) {
            all.get().forEach(tablet -> apart(tablet.pipeline(), () -> look(tablet, expiry, off)));
        }
    }

    private static void tick(WritePipeline tablet, long nowNanos, Iterator<?> listed) {
        if (!tablet.waiting()) {
            listed.remove();
            tablet.attention().unlist();
        } else if (!tablet.attention().isEarly(nowNanos)) {
            tablet.tick();
        }
    }

    private static void look(Tablet tablet, boolean expiry, boolean off) {
        WritePipeline pipeline = tablet.pipeline();
        if (off && pipeline.waiting()
                || expiry && pipeline.attention().expiryDue(tablet::nowMillis)) {
            pipeline.tick();
        }
    }

    /** What one tablet throws keeps no other from its tick. */
    private static void apart(WritePipeline tablet, Runnable task) {
        try {
            task.run();
        } catch (RuntimeException failed) {
            LOG.log(Level.ERROR, "the tick of tablet " + tablet.id(), failed);
        }
    }
}
