package io.ebla.metaserver.liveness;

import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.TabletId;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How fast the logs of a node grow, from what its reports say one after the other: measured over stretches
 * of some seconds, and smoothed, so that no short burst looks like a load.
 *
 * @param perSecond entries a second, of tablets that were measured
 * @param indexes where each log ended when the present stretch began
 * @param sinceNanos when that was, 0 before the first
 */
record AppendRates(Map<TabletId, Double> perSecond, Map<TabletId, Long> indexes, long sinceNanos) {

    static final AppendRates NONE = new AppendRates(Map.of(), Map.of(), 0);

    private static final long STRETCH_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** The weight of the latest stretch. */
    private static final double LATEST = 0.2;

    double perSecond(TabletId tablet) {
        return perSecond.getOrDefault(tablet, 0.0);
    }

    /** The same after another report. */
    AppendRates and(
            Map<TabletId, TabletStatus> before, Map<TabletId, TabletStatus> now, long nowNanos) {
        if (sinceNanos == 0) {
            return new AppendRates(Map.of(), ends(before), nowNanos);
        }
        long nanos = nowNanos - sinceNanos;
        if (nanos < STRETCH_NANOS) {
            return this;
        }
        Map<TabletId, Double> rates = new HashMap<>();
        for (TabletStatus status : now.values()) {
            Long began = indexes.get(status.tablet());
            long grown = began == null ? 0 : Math.max(0, status.durableIndex() - began);
            double rate = grown * 1e9 / nanos;
            double former = perSecond.getOrDefault(status.tablet(), rate);
            rates.put(status.tablet(), (1 - LATEST) * former + LATEST * rate);
        }
        return new AppendRates(Map.copyOf(rates), ends(now), nowNanos);
    }

    private static Map<TabletId, Long> ends(Map<TabletId, TabletStatus> tablets) {
        Map<TabletId, Long> ends = new HashMap<>();
        tablets.forEach((tablet, status) -> ends.put(tablet, status.durableIndex()));
        return Map.copyOf(ends);
    }
}
