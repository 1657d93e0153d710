package io.ebla.metaserver.election;

import io.ebla.core.cluster.TabletId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Pauses after failed elections, doubling for each tablet by itself. */
final class RetryPauses {

    private static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int DOUBLINGS_MAX = 6;

    private record Pause(int failures, long untilNanos) {}

    private final Map<TabletId, Pause> pauses = new HashMap<>();

    boolean over(TabletId tablet, long nowNanos) {
        Pause pause = pauses.get(tablet);
        return pause == null || pause.untilNanos() - nowNanos <= 0;
    }

    void failed(TabletId tablet, long nowNanos) {
        int failures = pauses.containsKey(tablet) ? pauses.get(tablet).failures() + 1 : 0;
        long pauseNanos = FIRST_NANOS << Math.min(failures, DOUBLINGS_MAX);
        pauses.put(tablet, new Pause(failures, nowNanos + pauseNanos));
    }

    void succeeded(TabletId tablet) {
        pauses.remove(tablet);
    }

    void clear() {
        pauses.clear();
    }
}
