package io.ebla.metaserver.liveness;

import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.TabletId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * How much the masters of tablets are asked for, from what they report one after the other: measured over
 * stretches of some seconds, and smoothed from nothing on, so that no short burst looks like a load.
 *
 * <p>A stretch lies within one mastership: what a slave is asked for is not what a new master has done.
 * Over a change of master the rate stays as it was, for the clients are the same. What is made of a tablet
 * begins with its share of the rate, which is a guess and not known. Any thread may call.
 */
final class LoadRates {

    private static final long STRETCH_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** A tablet of which no master was heard for so long is forgotten. */
    private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** What is left of a rate after such a stretch; of a longer one, as after a gap in the reports, less. */
    private static final double LEFT = 0.8;

    /** A rate that was measured for so long tells most of what there is. */
    private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(30);

    /**
     * @param perSecond operations a second
     * @param epoch of the mastership in which the present stretch lies
     * @param operations how many there had been when that stretch began
     * @param measuredNanos how much of the last half minute stretches have covered: from one mastership to
     *     the next nobody counts
     */
    private record Rate(
            double perSecond, long epoch, long operations, long sinceNanos, long measuredNanos) {

        /** Its master may have reported already. */
        static Rate guessed(Rate before, double perSecond, long nowNanos) {
            return before == null
                    ? new Rate(perSecond, 0, 0, nowNanos, 0)
                    : new Rate(
                            before.perSecond + perSecond,
                            before.epoch,
                            before.operations,
                            before.sinceNanos,
                            before.measuredNanos);
        }

        Rate and(TabletStatus status, long nowNanos) {
            if (status.startedEpoch() < epoch) {
                return this;
            }
            long nanos = nowNanos - sinceNanos;
            if (status.startedEpoch() > epoch) {
                return new Rate(
                        perSecond,
                        status.startedEpoch(),
                        status.operations(),
                        nowNanos,
                        Math.max(0, measuredNanos - nanos));
            }
            if (nanos < STRETCH_NANOS) {
                return this;
            }
            double latest = Math.max(0, status.operations() - operations) * 1e9 / nanos;
            double left = Math.pow(LEFT, (double) nanos / STRETCH_NANOS);
            return new Rate(
                    left * perSecond + (1 - left) * latest,
                    epoch,
                    status.operations(),
                    nowNanos,
                    Math.min(KNOWN_NANOS, measuredNanos + nanos));
        }
    }

    private final Map<TabletId, Rate> rates = new ConcurrentHashMap<>();
    private volatile long forgotAtNanos;

    LoadRates(long nowNanos) {
        forgotAtNanos = nowNanos;
    }

    void clear() {
        rates.clear();
    }

    double perSecond(TabletId tablet) {
        Rate rate = rates.get(tablet);
        return rate == null ? 0 : rate.perSecond();
    }

    boolean isKnown(TabletId tablet) {
        Rate rate = rates.get(tablet);
        return rate != null && rate.measuredNanos() >= KNOWN_NANOS;
    }

    /** What was measured of some tablets, which are no more, is shared by others; once. */
    void inherit(List<TabletId> from, List<TabletId> into, long nowNanos) {
        double sum = 0;
        boolean any = false;
        for (TabletId each : from) {
            Rate rate = rates.remove(each);
            any |= rate != null;
            sum += rate == null ? 0 : rate.perSecond();
        }
        if (any) {
            double share = sum / into.size();
            into.forEach(
                    each ->
                            rates.compute(
                                    each, (same, before) -> Rate.guessed(before, share, nowNanos)));
        }
    }

    /** A node said that; what it masters counts. */
    void hear(Iterable<TabletStatus> statuses, long nowNanos) {
        if (nowNanos - forgotAtNanos > FORGET_NANOS) {
            forgotAtNanos = nowNanos;
            rates.values().removeIf(each -> nowNanos - each.sinceNanos() > FORGET_NANOS);
        }
        for (TabletStatus status : statuses) {
            if (status.serving() && status.startedEpoch() > 0) {
                rates.compute(
                        status.tablet(),
                        (same, before) ->
                                (before == null ? new Rate(0, 0, 0, nowNanos, 0) : before)
                                        .and(status, nowNanos));
            }
        }
    }
}
