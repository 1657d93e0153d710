package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.tabletserver.tablet.ReplicaSet.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which index is committed, from how far each replica is durable: pure arithmetic, no clock, no thread.
 *
 * <p>An index is committed once a majority of the members holds it durably, and during a replica change a
 * majority of the previous members too (E3); but nothing of an older epoch is before the entry that
 * starts this one (E11). Learners are known and count nowhere. Writer only.
 */
final class QuorumTracker {

    /** The slot of the replica that counts. */
    static final int SELF = 0;

    private static final int CACHED_MEMBERS = 30;

    private final ReplicaSet set;
    private final Peer[] peers;
    private final boolean[] member;
    private final boolean[] before;
    private final long[] durable;
    private final Map<Integer, List<NodeId>> holders = new HashMap<>();
    private long epochStart = Long.MAX_VALUE;
    private long committed;

    /** @param committed what is known committed already */
    QuorumTracker(ReplicaSet set, long committed) {
        this.set = set;
        List<Peer> all = new ArrayList<>();
        all.add(set.self());
        all.addAll(set.others());
        this.peers = all.toArray(Peer[]::new);
        this.member = new boolean[peers.length];
        this.before = new boolean[peers.length];
        this.durable = new long[peers.length];
        for (int slot = 0; slot < peers.length; slot++) {
            member[slot] = ReplicaSet.contains(set.members(), peers[slot].id());
            before[slot] = ReplicaSet.contains(set.previous(), peers[slot].id());
        }
        this.committed = committed;
    }

    /** Another set in the same log: what each replica holds stays known. */
    QuorumTracker change(ReplicaSet other) {
        QuorumTracker changed = new QuorumTracker(other, committed);
        changed.epochStart = epochStart;
        for (int slot = 0; slot < changed.peers.length; slot++) {
            int known = slot(changed.peers[slot].id());
            changed.durable[slot] = known < 0 ? 0 : durable[known];
        }
        return changed;
    }

    ReplicaSet set() {
        return set;
    }

    /** The place of a replica, -1 when it is none of them. */
    int slot(ReplicaId id) {
        for (int slot = 0; slot < peers.length; slot++) {
            if (peers[slot].id().equals(id)) {
                return slot;
            }
        }
        return -1;
    }

    /** Size of the replica set. */
    int replicas() {
        return set.members().size();
    }

    int quorum() {
        return set.members().size() / 2 + 1;
    }

    /** A mastership begins: its first entry has this index. */
    void begin(long epochStartIndex) {
        epochStart = epochStartIndex;
    }

    /** The first entry of this mastership. */
    long epochStart() {
        return epochStart;
    }

    /** A replica holds everything up to this index on its disk; never less than it said before. */
    void durable(int slot, long index) {
        if (index <= durable[slot]) {
            return;
        }
        durable[slot] = index;
        long held = held(member, quorum());
        if (!set.previous().isEmpty()) {
            held = Math.min(held, held(before, set.previous().size() / 2 + 1));
        }
        if (held >= epochStart && held > committed) {
            committed = held;
        }
    }

    long durable(int slot) {
        return durable[slot];
    }

    long committed() {
        return committed;
    }

    /** How many members hold an index. */
    int copies(long index) {
        int copies = 0;
        for (int slot = 0; slot < durable.length; slot++) {
            if (member[slot] && durable[slot] >= index) {
                copies++;
            }
        }
        return copies;
    }

    /** The members that hold an index, this one first. */
    List<NodeId> holders(long index) {
        int mask = 0;
        for (int slot = 0; slot < durable.length && slot < CACHED_MEMBERS; slot++) {
            if (member[slot] && durable[slot] >= index) {
                mask |= 1 << slot;
            }
        }
        return holders.computeIfAbsent(mask, this::nodes);
    }

    private List<NodeId> nodes(int mask) {
        List<NodeId> nodes = new ArrayList<>();
        for (int slot = 0; slot < peers.length && slot < CACHED_MEMBERS; slot++) {
            if ((mask & 1 << slot) != 0) {
                nodes.add(peers[slot].node());
            }
        }
        return List.copyOf(nodes);
    }

    /** The highest index that so many of some replicas hold; no garbage, for it runs at every answer. */
    private long held(boolean[] some, int wanted) {
        long highest = 0;
        for (int candidate = 0; candidate < durable.length; candidate++) {
            if (some[candidate] && durable[candidate] > highest) {
                int holding = 0;
                for (int slot = 0; slot < durable.length; slot++) {
                    if (some[slot] && durable[slot] >= durable[candidate]) {
                        holding++;
                    }
                }
                if (holding >= wanted) {
                    highest = durable[candidate];
                }
            }
        }
        return highest;
    }
}
