package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The replicas of one tablet as one of them sees them.
 *
 * @param self the one that looks
 * @param members those that count in quorums, lost ones too
 * @param previous the members before a replica change that is not over: while there are any, a
 *     majority of both counts (E3)
 * @param learners those that follow and count nowhere
 */
record ReplicaSet(Peer self, List<Peer> members, List<Peer> previous, List<Peer> learners) {

    /** @param lost whether its data is known to be gone: it counts, and is never sent to */
    record Peer(NodeId node, ReplicaId id, boolean lost) {

        Peer {
            Objects.requireNonNull(node);
            Objects.requireNonNull(id);
        }

        private static Peer of(ReplicaDescriptor replica) {
            return new Peer(replica.node(), replica.id(), replica.lost());
        }
    }

    ReplicaSet {
        Objects.requireNonNull(self);
        members = List.copyOf(members);
        previous = List.copyOf(previous);
        learners = List.copyOf(learners);
    }

    /** A set of one. */
    static ReplicaSet alone(NodeId node, ReplicaId id) {
        Peer self = new Peer(node, id, false);
        return new ReplicaSet(self, List.of(self), List.of(), List.of());
    }

    static ReplicaSet of(TabletDescriptor tablet, ReplicaDescriptor self) {
        return new ReplicaSet(
                Peer.of(self),
                tablet.members().stream().map(Peer::of).toList(),
                tablet.previousReplicas().stream()
                        .filter(replica -> !replica.learner())
                        .map(Peer::of)
                        .toList(),
                tablet.replicas().stream()
                        .filter(ReplicaDescriptor::learner)
                        .map(Peer::of)
                        .toList());
    }

    /** Whether nobody else is to be asked about anything. */
    boolean isAlone() {
        return previous.isEmpty() && members.size() == 1 && contains(members, self.id());
    }

    /** Every other replica that the log goes to, each once. */
    List<Peer> others() {
        List<Peer> others = new ArrayList<>();
        for (List<Peer> part : List.of(members, previous, learners)) {
            for (Peer peer : part) {
                if (!peer.id().equals(self.id()) && !contains(others, peer.id())) {
                    others.add(peer);
                }
            }
        }
        return others;
    }

    /** The same members with the learners of another view of the tablet. */
    ReplicaSet withLearnersOf(ReplicaSet newer) {
        return new ReplicaSet(self, members, previous, newer.learners());
    }

    static boolean contains(List<Peer> peers, ReplicaId id) {
        for (Peer peer : peers) {
            if (peer.id().equals(id)) {
                return true;
            }
        }
        return false;
    }
}
