package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Steps on replicas that failed for a reason that may pass (no room, a busy journal), each to be tried again
 * after a while that doubles. Any thread; brief and synchronized; at most one step a tablet.
 */
final class Retries {

    private static final long FIRST_NANOS = 100_000_000L;
    private static final long MOST_NANOS = 30_000_000_000L;

    private record Step(Runnable task, long atNanos, long pauseNanos) {}

    private final Map<TabletId, Step> steps = new HashMap<>();
    private final Map<TabletId, Long> pauses = new HashMap<>();

    /** A step failed at this time. */
    synchronized void failed(TabletId tablet, long nowNanos, Runnable task) {
        long pause = Math.min(MOST_NANOS, 2 * pauses.getOrDefault(tablet, FIRST_NANOS / 2));
        pauses.put(tablet, pause);
        steps.put(tablet, new Step(task, nowNanos + pause, pause));
    }

    /** The tablet's steps went well: the next failure begins anew. */
    synchronized void passed(TabletId tablet) {
        pauses.remove(tablet);
        steps.remove(tablet);
    }

    /** Takes the steps that are due. */
    synchronized List<Runnable> due(long nowNanos) {
        if (steps.isEmpty()) {
            return List.of();
        }
        List<Runnable> due = new ArrayList<>();
        for (Iterator<Step> each = steps.values().iterator(); each.hasNext(); ) {
            Step step = each.next();
            if (nowNanos - step.atNanos() >= 0) {
                each.remove();
                due.add(step.task());
            }
        }
        return due;
    }
}
