package io.ebla.metaserver.raft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How members with empty directories become a group, and how one that lost its directory does not (E10).
 *
 * <p>Only the member with the smallest name founds, and only after <em>every</em> other member has answered
 * that it has no log of any group: a log somewhere means that this cluster was founded before, and that this
 * directory is empty because it was lost. It names the group, writes the name down, makes the others' logs
 * and then its own. Everybody else waits to be given a log: by the founder, or by a leader that was told to
 * take the member in ({@link MembershipChanges}).
 *
 * <p>Each step may be repeated. Runs on one thread; its calls block.
 */
final class Founding {

    private static final Logger log = LoggerFactory.getLogger(Founding.class);

    /** What became of an attempt. */
    enum Outcome {
        /** All members have a log; this one is to make its own and take part. */
        FOUNDED,
        /** Somebody did not answer; to be tried again. */
        AGAIN,
        /** The cluster exists: wait to be taken in. */
        EXISTS
    }

    private final List<RaftPeer> peers;
    private final RaftPeerId self;
    private final PeerCalls calls;
    private final MemberFile file;
    private final Supplier<RaftGroupId> newGroup;
    private String told = "";

    Founding(
            List<RaftPeer> peers,
            RaftPeerId self,
            PeerCalls calls,
            MemberFile file,
            Supplier<RaftGroupId> newGroup) {
        this.peers = List.copyOf(peers);
        this.self = self;
        this.calls = calls;
        this.file = file;
        this.newGroup = newGroup;
    }

    /** Whether it is this member that founds. */
    static boolean isFounder(RaftPeerId self, List<RaftPeer> peers) {
        return peers.stream()
                .map(peer -> peer.getId().toString())
                .min(String::compareTo)
                .filter(self.toString()::equals)
                .isPresent();
    }

    /** The group as it is founded; only after {@link Outcome#FOUNDED}. */
    RaftGroup group() {
        return RaftGroup.valueOf(file.group().orElseThrow(), peers);
    }

    Outcome attempt() {
        List<RaftPeer> without = new ArrayList<>();
        for (RaftPeer peer : peers) {
            if (peer.getId().equals(self)) {
                continue;
            }
            try {
                List<RaftGroupId> groups = calls.groups(peer);
                if (groups.isEmpty()) {
                    without.add(peer);
                } else if (!groups.equals(file.group().map(List::of).orElse(List.of()))) {
                    tell("event=meta_founded_before peer=" + peer.getId() + " groups=" + groups);
                    return Outcome.EXISTS;
                }
            } catch (IOException silent) {
                tell("event=meta_founding_waits peer=" + peer.getId() + " at=" + peer.getAddress());
                return Outcome.AGAIN;
            }
        }
        return give(without);
    }

    private Outcome give(List<RaftPeer> without) {
        Optional<RaftGroupId> named = file.group();
        if (named.isEmpty()) {
            file.name(newGroup.get());
        }
        for (RaftPeer peer : without) {
            try {
                calls.add(peer, group());
            } catch (IOException failed) {
                tell("event=meta_founding_waits peer=" + peer.getId() + " cause=" + failed);
                return Outcome.AGAIN;
            }
        }
        return Outcome.FOUNDED;
    }

    /** Says each thing once, however often it is found so. */
    private void tell(String event) {
        if (!told.equals(event)) {
            told = event;
            log.info(event);
        }
    }
}
