package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A node's clock, judged by the clocks of others (T2): the nodes that answer its beats, and the leading
 * meta-server.
 *
 * <p>What is kept of another clock is how far its wall time was from the monotonic time here. That does not
 * change when the wall clock here steps, so a step is seen at once and by nobody's message. The median is
 * of all those and this clock; fewer than two others judge nobody, for of two that differ either may be the
 * wrong one.
 *
 * <p>While the wall clock here is too far off, the time by which rows expire and entries are stamped goes on
 * by the median and the monotonic clock, if the wall clock is ahead: tablets never see the hour that it
 * jumped. If it is behind, that time stands still by itself (T1). Any thread.
 */
public final class JudgedClock implements Clock {

    private static final int OTHERS_MIN = 2;
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Another's wall time less the monotonic time here, in ms. */
    private record Seen(long partingMillis, long atNanos) {}

    /** Those of others, in ascending order. */
    private record Others(long[] partingsMillis, long atNanos) {}

    private static final Others NOBODY = new Others(new long[0], 0);

    private final Clock clock;
    private final long maxOffsetMillis;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    private volatile Others others = NOBODY;

    /** @param maxOffsetMillis by how much it may be off the median */
    public JudgedClock(Clock clock, long maxOffsetMillis) {
        this.clock = clock;
        this.maxOffsetMillis = maxOffsetMillis;
    }

    /**
     * A node answered with its wall clock.
     *
     * @param askedNanos monotonic time at which it was asked
     */
    void heard(NodeId node, long wallMillis, long askedNanos) {
        heard("node " + node, wallMillis, askedNanos);
    }

    /** Likewise the leading meta-server. */
    void heardMeta(long wallMillis, long askedNanos) {
        heard("meta", wallMillis, askedNanos);
    }

    private void heard(String who, long wallMillis, long askedNanos) {
        long nowNanos = clock.monotonicNanos();
        long tookNanos = nowNanos - askedNanos;
        if (tookNanos / 1_000_000 > maxOffsetMillis / 2) {
            return; // when it looked at its clock is not known well enough
        }
        long askedMillis = Math.floorDiv(askedNanos + tookNanos / 2, 1_000_000L);
        seen.put(who, new Seen(wallMillis - askedMillis, nowNanos));
        seen.values().removeIf(each -> nowNanos - each.atNanos() > FRESH_NANOS);
        long[] partings = seen.values().stream().mapToLong(Seen::partingMillis).sorted().toArray();
        others = new Others(partings, nowNanos);
    }

    /** By how much the wall clock is ahead of the median; 0 while nobody can judge it. */
    public long offsetMillis() {
        long nowNanos = clock.monotonicNanos();
        long own = parting(nowNanos);
        return own - median(own, nowNanos);
    }

    @Override
    public boolean trusted() {
        return Math.abs(offsetMillis()) <= maxOffsetMillis;
    }

    private long parting(long nowNanos) {
        return clock.wallMillis() - Math.floorDiv(nowNanos, 1_000_000L);
    }

    /** The lower one of two in the middle. */
    private long median(long own, long nowNanos) {
        Others now = others;
        int count = now.partingsMillis().length;
        if (count < OTHERS_MIN || nowNanos - now.atNanos() > KEPT_NANOS) {
            return own;
        }
        // This one, put in its place, is the middle or moves it by one.
        long below = now.partingsMillis()[count / 2 - 1];
        long above = now.partingsMillis()[count / 2];
        return Math.max(below, Math.min(own, above));
    }

    @Override
    public long wallMillis() {
        return clock.wallMillis();
    }

    @Override
    public long durableMillis() {
        long shown = clock.durableMillis();
        long nowNanos = clock.monotonicNanos();
        long own = parting(nowNanos);
        long median = median(own, nowNanos);
        return own - median > maxOffsetMillis
                ? Math.min(shown, Math.floorDiv(nowNanos, 1_000_000L) + median)
                : shown;
    }

    @Override
    public long monotonicNanos() {
        return clock.monotonicNanos();
    }

    @Override
    public String toString() {
        return "clock " + offsetMillis() + " ms ahead of " + Arrays.toString(others.partingsMillis);
    }
}
