package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.NodeBeat.Held;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The leases of a node's masterships and the grants of its followers (E9): one beat to each other node for
 * all tablets that the two share, and one answer.
 *
 * <p>A beat is remembered until it is answered or outdated, for a grant counts from its sending. What
 * cannot write is not asked for: a mastership whose sync is pending too long lets its lease run out (L3).
 * The wall clocks in the answers judge this node's (T2). An answer says how long a lease is there: the
 * shorter of two counts, so that nodes may differ.
 *
 * <p>{@link #beat} is called by one thread; network threads bring the rest. Nothing here waits.
 */
final class NodeBeats {

    /** Beats to one node that may be unanswered; an older one is of no use to a lease. */
    private static final int UNANSWERED_MAX = 16;

    /** How often those are asked for their clocks who share a tablet and are asked for no lease. */
    private static final long CLOCKS_NANOS = 1_000_000_000L;

    /**
     * What one node was asked for in one beat.
     *
     * @param leases that of each, in the same order
     */
    private record Sent(long nanos, long wallMillis, List<Held> held, List<LeaseTracker> leases) {}

    /** What one node is about to be asked for. */
    private static final class Asked {

        private final List<Held> held = new ArrayList<>();
        private final List<LeaseTracker> leases = new ArrayList<>();
    }

    private final Clock clock;
    private final JudgedClock judge;
    private final ReplicationSettings settings;
    private final ReplicaNetwork network;
    private final Function<TabletId, Tablet> tablet;
    private final Supplier<Collection<Tablet>> tablets;
    private final Map<NodeId, Deque<Sent>> unanswered = new HashMap<>();
    private long lastNanos;
    private long clocksNanos;
    private boolean begun;

    /**
     * @param judge hears the clocks of those who answer
     * @param tablet finds an open replica, or null
     * @param tablets all open replicas
     */
    NodeBeats(
            Clock clock,
            JudgedClock judge,
            ReplicationSettings settings,
            ReplicaNetwork network,
            Function<TabletId, Tablet> tablet,
            Supplier<Collection<Tablet>> tablets) {
        this.clock = clock;
        this.judge = judge;
        this.settings = settings;
        this.network = network;
        this.tablet = tablet;
        this.tablets = tablets;
        clocksNanos = clock.monotonicNanos();
    }

    /**
     * Asks every other node for the leases of what is mastered here, and now and then those as well of whom
     * nothing is wanted but their clocks: who only follows has to know whether its own is right (T2).
     */
    void beat() {
        Map<NodeId, Asked> asked = new HashMap<>();
        // Leases count from here, and times are read after it: none is shown later than a follower
        // takes it to be.
        long nowNanos = clock.monotonicNanos();
        long wallMillis = clock.wallMillis();
        long shownMillis = clock.durableMillis();
        boolean clocks = nowNanos - clocksNanos >= CLOCKS_NANOS;
        if (clocks) {
            clocksNanos = nowNanos;
        }
        for (Tablet each : tablets.get()) {
            if (clocks) {
                askForClocks(each.pipeline().assignment(), asked);
            }
            WritePipeline pipeline = each.pipeline();
            long epoch = pipeline.masterEpoch();
            if (epoch == 0 || !pipeline.state().masters() || pipeline.stalled(nowNanos)) {
                continue;
            }
            LeaseTracker lease = each.parts().lease();
            List<NodeId> grantors = lease.grantors();
            if (!grantors.isEmpty()) {
                Held held = new Held(each.id(), epoch, each.parts().time().nowMillis(shownMillis));
                for (NodeId node : grantors) {
                    Asked ofNode = asked.computeIfAbsent(node, any -> new Asked());
                    ofNode.held.add(held);
                    ofNode.leases.add(lease);
                }
            }
        }
        if (!asked.isEmpty()) {
            send(asked, nowNanos, wallMillis);
        }
    }

    private static void askForClocks(Assignment assignment, Map<NodeId, Asked> asked) {
        if (assignment != null) {
            for (ReplicaSet.Peer peer : assignment.replicas().others()) {
                asked.computeIfAbsent(peer.node(), any -> new Asked());
            }
        }
    }

    private void send(Map<NodeId, Asked> asked, long nanos, long wallMillis) {
        Map<NodeId, NodeBeat> beats = new HashMap<>();
        synchronized (this) {
            if (begun && nanos - lastNanos <= 0) {
                return;
            }
            begun = true;
            lastNanos = nanos;
            asked.forEach(
                    (node, of) -> {
                        NodeBeat beat = new NodeBeat(nanos, wallMillis, of.held);
                        beats.put(node, beat);
                        Deque<Sent> open =
                                unanswered.computeIfAbsent(node, any -> new ArrayDeque<>());
                        if (open.size() >= UNANSWERED_MAX) {
                            open.poll();
                        }
                        open.add(new Sent(nanos, wallMillis, beat.masterships(), of.leases));
                    });
        }
        beats.forEach(network::send);
    }

    /** Another node asks for the leases of what it masters and this one follows. */
    void receive(NodeId from, NodeBeat beat) {
        List<NodeBeat.Refused> refused = new ArrayList<>();
        long nowNanos = clock.monotonicNanos();
        for (Held held : beat.masterships()) {
            Tablet replica = tablet.apply(held.tablet());
            if (replica == null) {
                refused.add(new NodeBeat.Refused(held.tablet(), held.epoch(), 0));
                continue;
            }
            boolean given =
                    !replica.pipeline().stalled(nowNanos)
                            && granted(from, replica.parts(), held, nowNanos);
            if (!given) {
                refused.add(
                        new NodeBeat.Refused(
                                held.tablet(),
                                held.epoch(),
                                replica.parts().grant().promisedEpoch()));
            }
        }
        network.send(
                from,
                new NodeBeat.Reply(
                        beat.sentNanos(), clock.wallMillis(), settings.leaseMillis(), refused));
    }

    /** T2: who shows a time that nothing is taken with is given no lease to show it under either. */
    private boolean granted(NodeId from, TabletParts replica, Held held, long nowNanos) {
        long timeMillis = held.timeMillis();
        boolean given =
                replica.time().takes(timeMillis, settings.maxClockOffsetMillis())
                        && replica.grant().give(from, held.epoch(), timeMillis, nowNanos);
        if (given) {
            replica.time().raise(timeMillis);
        }
        return given;
    }

    /** Another node answers a beat: what it does not refuse is granted since the beat was sent. */
    void receive(NodeId from, NodeBeat.Reply reply) {
        Sent sent = answered(from, reply.sentNanos());
        if (sent == null) {
            return;
        }
        judge.heard(from, reply.wallMillis(), sent.nanos());
        Set<TabletId> refused = new HashSet<>();
        for (NodeBeat.Refused each : reply.refused()) {
            refused.add(each.tablet());
        }
        for (int i = 0; i < sent.held().size(); i++) {
            Held held = sent.held().get(i);
            if (refused.isEmpty() || !refused.contains(held.tablet())) {
                sent.leases()
                        .get(i)
                        .granted(
                                from,
                                held.epoch(),
                                sent.nanos(),
                                sent.wallMillis(),
                                reply.leaseMillis());
            }
        }
    }

    private synchronized Sent answered(NodeId from, long sentNanos) {
        Deque<Sent> open = unanswered.get(from);
        if (open == null) {
            return null;
        }
        for (Sent each : open) {
            if (each.nanos() == sentNanos) {
                open.remove(each);
                return each;
            }
        }
        return null;
    }
}
