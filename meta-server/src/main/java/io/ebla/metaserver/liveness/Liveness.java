package io.ebla.metaserver.liveness;

import io.ebla.core.cluster.HeardStatuses;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi.Heartbeat;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/**
 * Who was heard of when, and what they said: in the memory of the leader only, never in the log. All of
 * it is a hint: what is done on its word stays safe when it is wrong (E4, E7).
 *
 * <p>A leader that has just begun has heard of nobody; until the time to suspect has passed it takes
 * every node for up. Any thread may call.
 */
public final class Liveness {

    /** What a node seems to be. */
    public enum State {
        UP,
        /** Not heard of for a while. */
        SUSPECT,
        /** Not heard of for so long that others should take over, or known to have ended. */
        DOWN
    }

    /** How long what is measured of a clock counts: some reports, of which one will not have been held up. */
    private static final long CLOCK_NANOS = TimeUnit.SECONDS.toNanos(2);

    /**
     * How far a node's wall clock is ahead of this server's. A report that was held up on its way says less
     * than is so and none says more, so that the most of the last ones is the nearest to the truth: a machine
     * that is too busy to report in time is not taken for one whose clock is off.
     *
     * @param beforeMillis the most in the stretch of time before
     * @param sinceNanos begin of the present stretch
     */
    private record ClockOffset(long millis, long beforeMillis, long sinceNanos) {

        long mostMillis() {
            return Math.max(millis, beforeMillis);
        }

        ClockOffset and(long measuredMillis, long nowNanos) {
            return nowNanos - sinceNanos < CLOCK_NANOS / 2
                    ? new ClockOffset(Math.max(millis, measuredMillis), beforeMillis, sinceNanos)
                    : new ClockOffset(
                            measuredMillis,
                            nowNanos - sinceNanos < CLOCK_NANOS ? millis : measuredMillis,
                            nowNanos);
        }
    }

    private record Heard(
            Incarnation incarnation,
            long atNanos,
            ClockOffset clockOffset,
            HeardStatuses statuses) {

        long clockOffsetMillis() {
            return clockOffset.mostMillis();
        }

        Map<TabletId, TabletStatus> tablets() {
            return statuses.tablets();
        }
    }

    private final Map<NodeId, Heard> heard = new ConcurrentHashMap<>();

    /** Runs whose port refuses connections: their processes have ended. */
    private final Set<Incarnation> ended = ConcurrentHashMap.newKeySet();

    /** Runs that were told to stop, and hand over before. */
    private final Set<Incarnation> leaving = ConcurrentHashMap.newKeySet();

    /** How often what nodes say of how their replicas are has changed. */
    private final AtomicLong changes = new AtomicLong();

    private final LoadRates rates;
    private final Clock clock;
    private final long suspectNanos;
    private final long downNanos;
    private volatile long beganNanos;

    public Liveness(Clock clock, long suspectMillis, long downMillis) {
        this.clock = clock;
        suspectNanos = TimeUnit.MILLISECONDS.toNanos(suspectMillis);
        downNanos = TimeUnit.MILLISECONDS.toNanos(downMillis);
        beganNanos = clock.monotonicNanos();
        rates = new LoadRates(beganNanos);
    }

    /** This member begins to lead: what it heard when it led before is old. */
    public synchronized void begin() {
        heard.clear();
        ended.clear();
        leaving.clear();
        rates.clear();
        beganNanos = clock.monotonicNanos();
        changes.incrementAndGet();
    }

    /** A node registered: it is there, and has said nothing yet of its tablets or its clock. */
    public synchronized void registered(NodeDescriptor node) {
        Heard before = heard.get(node.id());
        if (before != null && !before.incarnation().equals(node.incarnation())) {
            ended.remove(before.incarnation());
            leaving.remove(before.incarnation());
        }
        hear(node.id(), node.incarnation(), clock.wallMillis(), HeardStatuses.NOTHING);
    }

    /**
     * A node reports. One that came after a newer one says nothing any more.
     *
     * @return false if the report was of no use, because this leader was not told what it rests on: then the
     *     node is not taken to have been heard, and has to tell all
     */
    public synchronized boolean hear(NodeId node, Heartbeat report) {
        Heard last = heard.get(node);
        HeardStatuses known =
                last != null && last.incarnation().equals(report.incarnation())
                        ? last.statuses()
                        : HeardStatuses.NOTHING;
        if (!known.knowsBaseOf(report)) {
            return false;
        }
        if (!known.isNewerThan(report)) {
            hear(node, report.incarnation(), report.wallMillis(), known.and(report));
        }
        return true;
    }

    private void hear(
            NodeId node, Incarnation incarnation, long wallMillis, HeardStatuses statuses) {
        ended.remove(incarnation);
        long nowNanos = clock.monotonicNanos();
        long aheadMillis = wallMillis - clock.wallMillis();
        Heard last = heard.get(node);
        boolean sameRun = last != null && last.incarnation().equals(incarnation);
        ClockOffset offset =
                sameRun
                        ? last.clockOffset().and(aheadMillis, nowNanos)
                        : new ClockOffset(aheadMillis, aheadMillis, nowNanos);
        heard.put(node, new Heard(incarnation, nowNanos, offset, statuses));
        rates.hear(statuses.tablets().values(), nowNanos);
        if (!sameRun || !standAlike(last.tablets(), statuses.tablets())) {
            changes.incrementAndGet();
        }
    }

    /** Whether replicas are as they were; how far they have come is another matter. */
    private static boolean standAlike(
            Map<TabletId, TabletStatus> before, Map<TabletId, TabletStatus> now) {
        return before == now
                || before.size() == now.size()
                        && now.values().stream()
                                .allMatch(
                                        status -> standsAlike(before.get(status.tablet()), status));
    }

    private static boolean standsAlike(TabletStatus before, TabletStatus now) {
        return before != null
                && before.replica().equals(now.replica())
                && before.condition() == now.condition()
                && before.serving() == now.serving()
                && before.startedEpoch() == now.startedEpoch()
                && before.endedEpoch() == now.endedEpoch();
    }

    /**
     * Rises when a node says anything new of how its replicas are: which they are, their condition, whether
     * they serve and in which epoch.
     */
    public long changes() {
        return changes.get();
    }

    /** Nothing listens at that run's port any more: it has ended. Being heard takes this back. */
    public void gone(NodeDescriptor node) {
        ended.add(node.incarnation());
    }

    /** That run is about to stop. */
    public void leaving(NodeDescriptor node) {
        leaving.add(node.incarnation());
    }

    public boolean isLeaving(NodeDescriptor node) {
        return leaving.contains(node.incarnation());
    }

    /** Whether tablets and masterships may be given to a node: it is neither down nor about to stop. */
    public boolean mayBeGiven(NodeDescriptor node) {
        return state(node) != State.DOWN && !isLeaving(node);
    }

    public State state(NodeDescriptor node) {
        if (isGone(node)) {
            return State.DOWN;
        }
        long silentNanos = silentNanos(node);
        if (silentNanos < suspectNanos) {
            return State.UP;
        }
        return silentNanos < downNanos ? State.SUSPECT : State.DOWN;
    }

    private boolean lives(Heard last, long nowNanos) {
        return !ended.contains(last.incarnation()) && nowNanos - last.atNanos() < downNanos;
    }

    /** Whether its process is known to have ended, rather than silent. */
    public boolean isGone(NodeDescriptor node) {
        return ended.contains(node.incarnation());
    }

    /** For how long the node was not heard of, by this leader. */
    public long silentNanos(NodeDescriptor node) {
        Heard last = heard.get(node.id());
        return clock.monotonicNanos() - (last == null ? beganNanos : last.atNanos());
    }

    /** Whether that run of the node was itself heard of lately, not only given the benefit of doubt. */
    public boolean heardLately(NodeDescriptor node) {
        return spokenBy(node).isPresent() && state(node) == State.UP;
    }

    private Optional<Heard> spokenBy(NodeDescriptor node) {
        return Optional.ofNullable(heard.get(node.id()))
                .filter(last -> last.incarnation().equals(node.incarnation()));
    }

    /** What that run of the node last said of a tablet. */
    public Optional<TabletStatus> status(NodeDescriptor node, TabletId tablet) {
        return spokenBy(node).map(last -> last.tablets().get(tablet));
    }

    /** Operations a second that a tablet's masters were asked for lately, smoothed over half a minute. */
    public double loadPerSecond(TabletId tablet) {
        return rates.perSecond(tablet);
    }

    /** Whether that was measured for so long that no load of half a minute is missing in it. */
    public boolean isLoadKnown(TabletId tablet) {
        return rates.isKnown(tablet);
    }

    /** Tablets were made of others, which are no more: they share their load until it is measured. */
    public void reshaped(List<TabletId> from, List<TabletId> into) {
        rates.inherit(from, into, clock.monotonicNanos());
    }

    /** What the node last said of its tablets. */
    public List<TabletStatus> tablets(NodeId node) {
        Heard last = heard.get(node);
        return last == null ? List.of() : List.copyOf(last.tablets().values());
    }

    /** How far the node's wall clock is from the median of all nodes that live and this server (T2). */
    public long clockOffsetMillis(NodeDescriptor node) {
        long nowNanos = clock.monotonicNanos();
        long[] offsets =
                LongStream.concat(
                                LongStream.of(0),
                                heard.values().stream()
                                        .filter(each -> lives(each, nowNanos))
                                        .mapToLong(Heard::clockOffsetMillis))
                        .toArray();
        Arrays.sort(offsets);
        long median = offsets[(offsets.length - 1) / 2];
        return spokenBy(node).map(last -> last.clockOffsetMillis() - median).orElse(0L);
    }
}
