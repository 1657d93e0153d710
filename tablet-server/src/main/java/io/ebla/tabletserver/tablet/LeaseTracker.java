package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.tablet.ReplicaSet.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The lease of one mastership (E9): pure arithmetic over the grants it was given.
 *
 * <p>A grant counts from the sending of the beat that asked for it, for less than it lasts at the
 * follower: less the drift of two clocks and less what wall and monotonic time may part by unnoticed (a
 * machine that was suspended has a monotonic clock that stood still). The lease holds while a majority
 * of the members, the master counted, has granted it. The master of a set of one needs nobody.
 *
 * <p>Grants of every epoch of one term count: a master that changes its replica set by itself keeps what
 * it was given (E3). Any thread asks {@link #holds}; changes are brief and synchronized.
 */
final class LeaseTracker {

    /** What remains of a lease that needs nobody. */
    static final long FOR_EVER_NANOS = Long.MAX_VALUE;

    private static final Held NOTHING = new Held(false, 0, 0);
    private static final Held FOR_EVER = new Held(true, 0, 0);

    /** What a reader looks at: until when, and how wall and monotonic time stood to each other. */
    private record Held(boolean always, long untilNanos, long partingMillis) {}

    private final ReplicationSettings settings;

    /** Until when each follower's grant is counted on. */
    private final Map<NodeId, Long> grantedUntil = new HashMap<>();

    private volatile Held held = NOTHING;
    private volatile List<NodeId> grantors = List.of();

    /** Until when the last lease there was held, or the begin of the term. */
    private volatile long lastUntilNanos;

    private ReplicaSet set;
    private long firstEpoch;
    private long partingMillis;

    LeaseTracker(ReplicationSettings settings) {
        this.settings = settings;
    }

    /** A term begins with this epoch: nothing is granted yet. */
    synchronized void begin(ReplicaSet members, long epoch, long nowNanos) {
        in(members);
        firstEpoch = epoch;
        grantedUntil.clear();
        lastUntilNanos = nowNanos;
        judge();
    }

    /** The same term goes on with another set. */
    synchronized void change(ReplicaSet members, long nowNanos) {
        if (held.always()) {
            lastUntilNanos = nowNanos;
        }
        in(members);
        judge();
    }

    /** The term is over. */
    synchronized void end() {
        in(null);
        grantedUntil.clear();
        held = NOTHING;
    }

    /**
     * A follower granted what a beat asked for.
     *
     * @param sent monotonic time at which the beat was sent
     * @param wallMillis wall time at which it was sent
     * @param leaseMillis for how long the follower is bound
     */
    synchronized void granted(
            NodeId node, long epoch, long sent, long wallMillis, long leaseMillis) {
        if (set == null || epoch < firstEpoch) {
            return;
        }
        long parting = parting(sent, wallMillis);
        if (Math.abs(parting - partingMillis) > settings.wallStepMillis()
                || grantedUntil.isEmpty()) {
            grantedUntil.clear();
            partingMillis = parting;
        }
        long until = sent + settings.heldNanos(leaseMillis);
        Long before = grantedUntil.get(node);
        if (before == null || until - before > 0) {
            grantedUntil.put(node, until);
        }
        judge();
    }

    private void in(ReplicaSet members) {
        set = members;
        List<NodeId> nodes = new ArrayList<>();
        if (set != null && !set.isAlone()) {
            for (Peer peer : set.members()) {
                if (!peer.lost() && !peer.id().equals(set.self().id())) {
                    nodes.add(peer.node());
                }
            }
        }
        grantors = List.copyOf(nodes);
    }

    /** The other members, whose grants count; none when none are needed. Any thread. */
    List<NodeId> grantors() {
        return grantors;
    }

    /** Whether this mastership may speak for the tablet. Any thread, at every strong read. */
    boolean holds(long nowNanos, long wallMillis) {
        Held now = held;
        return now.always()
                || now != NOTHING
                        && nowNanos - now.untilNanos() < 0
                        && Math.abs(parting(nowNanos, wallMillis) - now.partingMillis())
                                <= settings.wallStepMillis();
    }

    /** For how long there has been none; 0 while there is. Any thread: it asks for no look at the tablet. */
    long missingNanos(long nowNanos, long wallMillis) {
        return holds(nowNanos, wallMillis) ? 0 : Math.max(0, nowNanos - lastUntilNanos);
    }

    /** For how long it holds without another grant; 0 or less when it does not. Any thread. */
    long remainingNanos(long nowNanos, long wallMillis) {
        Held now = held;
        if (now.always()) {
            return FOR_EVER_NANOS;
        }
        return holds(nowNanos, wallMillis) ? Math.max(0, now.untilNanos() - nowNanos) : 0;
    }

    private void judge() {
        if (set == null) {
            held = NOTHING;
        } else if (set.isAlone()) {
            held = FOR_EVER;
        } else {
            int own = ReplicaSet.contains(set.members(), set.self().id()) ? 1 : 0;
            held = grantedBy(set.members().size() / 2 + 1 - own);
        }
        if (held != NOTHING && !held.always() && held.untilNanos() - lastUntilNanos > 0) {
            lastUntilNanos = held.untilNanos();
        }
    }

    /** The lease that so many others have granted: as long as the shortest of the longest of them. */
    private Held grantedBy(int others) {
        if (others <= 0) {
            return FOR_EVER;
        }
        long latest = 0;
        boolean found = false;
        for (Peer candidate : set.members()) {
            Long until = grantedUntil.get(candidate.node());
            if (until == null || found && until - latest <= 0) {
                continue;
            }
            // Of one the latest is enough, and nobody has to be counted.
            if (others == 1 || asLate(until) >= others) {
                latest = until;
                found = true;
            }
        }
        return found ? new Held(false, latest, partingMillis) : NOTHING;
    }

    private int asLate(long until) {
        int asLate = 0;
        for (Peer peer : set.members()) {
            Long theirs = grantedUntil.get(peer.node());
            if (theirs != null && theirs - until >= 0) {
                asLate++;
            }
        }
        return asLate;
    }

    private static long parting(long nanos, long wallMillis) {
        return wallMillis - Math.floorDiv(nanos, 1_000_000L);
    }
}
