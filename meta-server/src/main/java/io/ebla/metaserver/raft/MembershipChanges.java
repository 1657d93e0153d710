package io.ebla.metaserver.raft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;

/**
 * The next step of taking a member into the group or out of it, for the leader.
 *
 * <pre>
 *   ADD     a voter of that name without its log (its disk was lost): first out of the configuration
 *           an empty log is made on the member, which has none
 *           a listener: it gets the log and has no vote
 *           a voter: Ratis waits until it has caught up
 *   REMOVE  the leader itself: leadership goes to another first
 *           out of the configuration, then its log is removed there if it answers
 * </pre>
 *
 * <p>Each step is found from the configuration and from what the member says it has, so that any leader can
 * go on at any time. A member that lost its disk is taken out before it is taken in again: what it may have
 * promised with its old log must have no weight in any majority that it is part of with the new one (E10).
 */
final class MembershipChanges {

    /** What to do next. */
    sealed interface Step {

        /** Another configuration is to be agreed on; then look again. */
        record Configure(List<RaftPeer> voters, List<RaftPeer> listeners) implements Step {

            public Configure {
                voters = List.copyOf(voters);
                listeners = List.copyOf(listeners);
            }
        }

        /** Another member has to lead first. */
        record StepAside(RaftPeerId successor) implements Step {}

        /** Nothing is left to do. */
        record Done() implements Step {}

        /** It cannot be done. */
        record Impossible(String why) implements Step {}
    }

    private final PeerCalls calls;
    private final RaftGroupId group;

    MembershipChanges(PeerCalls calls, RaftGroupId group) {
        this.calls = calls;
        this.group = group;
    }

    /**
     * @throws IOException if the member does not answer; to be tried again
     */
    Step add(RaftConfiguration configuration, String member, String address) throws IOException {
        RaftPeer peer = RaftPeer.newBuilder().setId(member).setAddress(address).build();
        List<RaftPeer> voters = without(voters(configuration), member);
        List<RaftPeer> listeners = without(listeners(configuration), member);
        Optional<RaftPeer> voter = find(voters(configuration), member);
        Optional<RaftPeer> listener = find(listeners(configuration), member);
        List<RaftGroupId> has = calls.groups(peer);
        boolean logged = has.contains(group);
        if (!logged && !has.isEmpty()) {
            return new Step.Impossible(address + " has the log of another cluster, " + has);
        }
        if (voter.isPresent() && logged && voter.get().getAddress().equals(address)) {
            return new Step.Done();
        }
        if (voter.isPresent() && voters.isEmpty()) {
            return new Step.Impossible(member + " is the only voter");
        }
        if (voter.isPresent() || listener.isPresent() && !logged) {
            return new Step.Configure(voters, listeners);
        }
        if (listener.isPresent()) {
            voters.add(peer);
            return new Step.Configure(voters, listeners);
        }
        if (!logged) {
            // It starts as what it is to be: one that starts as nothing stays so when it gets its
            // vote.
            List<RaftPeer> known = new ArrayList<>(voters);
            known.add(asListener(peer));
            calls.add(peer, RaftGroup.valueOf(group, known));
        }
        listeners.add(asListener(peer));
        return new Step.Configure(voters, listeners);
    }

    private static RaftPeer asListener(RaftPeer peer) {
        return RaftPeer.newBuilder(peer).setStartupRole(RaftPeerRole.LISTENER).build();
    }

    Step remove(RaftConfiguration configuration, RaftPeerId self, String member) {
        List<RaftPeer> voters = without(voters(configuration), member);
        List<RaftPeer> listeners = without(listeners(configuration), member);
        boolean voter = find(voters(configuration), member).isPresent();
        if (!voter && find(listeners(configuration), member).isEmpty()) {
            return new Step.Done();
        }
        if (voters.isEmpty()) {
            return new Step.Impossible(member + " is the only voter");
        }
        if (voter && self.toString().equals(member)) {
            return new Step.StepAside(voters.get(0).getId());
        }
        return new Step.Configure(voters, listeners);
    }

    /** Lets a removed member know; if it does not answer it finds out by having no leader. */
    void removed(String member, String address) throws IOException {
        RaftPeer peer = RaftPeer.newBuilder().setId(member).setAddress(address).build();
        if (calls.groups(peer).contains(group)) {
            calls.remove(peer, group);
        }
    }

    private static Collection<RaftPeer> voters(RaftConfiguration configuration) {
        return configuration.getCurrentPeers(RaftPeerRole.FOLLOWER);
    }

    private static Collection<RaftPeer> listeners(RaftConfiguration configuration) {
        return configuration.getCurrentPeers(RaftPeerRole.LISTENER);
    }

    private static Optional<RaftPeer> find(Collection<RaftPeer> peers, String member) {
        return peers.stream().filter(peer -> peer.getId().toString().equals(member)).findFirst();
    }

    private static List<RaftPeer> without(Collection<RaftPeer> peers, String member) {
        List<RaftPeer> rest = new ArrayList<>(peers);
        rest.removeIf(peer -> peer.getId().toString().equals(member));
        return rest;
    }
}
