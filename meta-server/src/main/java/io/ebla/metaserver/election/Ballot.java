package io.ebla.metaserver.election;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The answers to the fences of one election, and whom they elect: a calculation without a clock.
 *
 * <ul>
 *   <li>Only a promise counts: absent, just restarted and refusing replicas gave none (E8, E10).
 *   <li>A promise counts as long as its replica is a living elector and its run the registered one.
 *   <li>A majority of the members must have promised, during a replica change of both sets (E3).
 *   <li>The winner has the highest (epoch, index) of a last durable entry, whatever it promised (E5).
 *       Every committed entry is held by one replica of any majority, so the longest log of a majority
 *       has all of them.
 *   <li>A replica that must not lead, or had better not, is left out where a majority remains without it:
 *       that one's longest log is as good. Otherwise it counts, and if its log alone is the longest, it
 *       leads when it merely had better not, and nobody does when it must not.
 * </ul>
 */
public final class Ballot {

    /** What stands against a node as master. */
    public enum Fitness {
        /** Nothing. */
        FIT,
        /** It is about to stop, is drained, or did not serve as master before. */
        RELUCTANT,
        /** Its clock is off or its disk is of no use. */
        UNFIT
    }

    /** What the ballot asks of the leader, in the order of weight. */
    public interface Preference {

        Fitness fitness(NodeId node);

        /** Whether this is the one that a hand-over is to. */
        boolean wanted(NodeId node);

        /** How many tablets it masters. */
        int masterships(NodeId node);
    }

    /**
     * A promise.
     *
     * @param lastEpoch of the last durable entry of the log, 0 for none
     * @param lastIndex of the last durable entry of the log, 0 for none
     */
    public record Vote(
            NodeId node,
            Incarnation incarnation,
            ReplicaId replica,
            long lastEpoch,
            long lastIndex) {

        int compareLog(Vote other) {
            return lastEpoch != other.lastEpoch
                    ? Long.compare(lastEpoch, other.lastEpoch)
                    : Long.compare(lastIndex, other.lastIndex);
        }
    }

    private final Map<NodeId, Vote> votes = new HashMap<>();

    public void add(Vote vote) {
        votes.put(vote.node(), vote);
    }

    /** Whether a promise of that node counts. */
    public boolean has(ClusterState state, TabletDescriptor tablet, NodeId node) {
        Vote vote = votes.get(node);
        return vote != null && counts(state, tablet, vote);
    }

    /** The winner, once there is one. */
    public Optional<Vote> winner(
            ClusterState state, TabletDescriptor tablet, Preference preference) {
        List<Vote> valid =
                votes.values().stream().filter(vote -> counts(state, tablet, vote)).toList();
        if (!majority(tablet, valid)) {
            return Optional.empty();
        }
        List<Vote> running =
                withoutOthers(tablet, valid, preference, Fitness.FIT)
                        .or(() -> withoutOthers(tablet, valid, preference, Fitness.RELUCTANT))
                        .orElse(valid);
        Vote longest = running.stream().max(Vote::compareLog).orElseThrow();
        return running.stream()
                .filter(vote -> vote.compareLog(longest) == 0)
                .filter(vote -> preference.fitness(vote.node()) != Fitness.UNFIT)
                .min(order(tablet, preference));
    }

    /** Those that are at least so fit, if they are a majority by themselves. */
    private static Optional<List<Vote>> withoutOthers(
            TabletDescriptor tablet, List<Vote> votes, Preference preference, Fitness worst) {
        List<Vote> rest =
                votes.stream()
                        .filter(vote -> preference.fitness(vote.node()).compareTo(worst) <= 0)
                        .toList();
        return majority(tablet, rest) ? Optional.of(rest) : Optional.empty();
    }

    private static Comparator<Vote> order(TabletDescriptor tablet, Preference preference) {
        return Comparator.comparing((Vote vote) -> preference.fitness(vote.node()))
                .thenComparing(vote -> !preference.wanted(vote.node()))
                .thenComparing(vote -> !isMember(tablet, vote))
                .thenComparing(vote -> preference.masterships(vote.node()))
                .thenComparing(Vote::node);
    }

    private static boolean isMember(TabletDescriptor tablet, Vote vote) {
        return tablet.members().stream().anyMatch(replica -> replica.id().equals(vote.replica()));
    }

    private static boolean counts(ClusterState state, TabletDescriptor tablet, Vote vote) {
        NodeDescriptor node = state.nodes().get(vote.node());
        return node != null
                && node.incarnation().equals(vote.incarnation())
                && tablet.electors().stream()
                        .anyMatch(
                                replica ->
                                        replica.id().equals(vote.replica())
                                                && replica.node().equals(vote.node())
                                                && mayVote(replica));
    }

    /** A replica that may still be made empty has nothing to promise with (E10). */
    static boolean mayVote(ReplicaDescriptor replica) {
        return replica.opened() && !replica.lost();
    }

    private static boolean majority(TabletDescriptor tablet, Collection<Vote> votes) {
        Set<ReplicaId> promised = new HashSet<>();
        votes.forEach(vote -> promised.add(vote.replica()));
        return tablet.electorates().stream()
                .allMatch(
                        set ->
                                set.stream().filter(each -> promised.contains(each.id())).count()
                                        >= TabletDescriptor.quorumOf(set.size()));
    }
}
