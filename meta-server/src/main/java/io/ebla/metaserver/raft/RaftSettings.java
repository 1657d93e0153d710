package io.ebla.metaserver.raft;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Numbers and names of one member of the metadata group.
 *
 * @param member the name of this member
 * @param directory where it keeps its log and snapshots
 * @param host the address to bind; a member alone binds none
 * @param port the port to bind; a member alone binds none
 * @param peers the members that found the group, this one among them, or itself and whom it knows when it
 *     is to join one; empty when it is alone for good
 * @param mayFormat whether an empty directory may become (part of) a new cluster
 * @param electionTimeoutMillis a member that hears of no leader for that long, up to twice, stands
 * @param snapshotAfter log entries after which a snapshot is taken and the log before it freed
 */
public record RaftSettings(
        String member,
        Path directory,
        String host,
        int port,
        List<Peer> peers,
        boolean mayFormat,
        int electionTimeoutMillis,
        int snapshotAfter) {

    public RaftSettings {
        Objects.requireNonNull(member);
        Objects.requireNonNull(directory);
        Objects.requireNonNull(host);
        peers = List.copyOf(peers);
        if (electionTimeoutMillis < 1 || snapshotAfter < 1) {
            throw new IllegalArgumentException(
                    "election timeout "
                            + electionTimeoutMillis
                            + " ms, snapshot after "
                            + snapshotAfter);
        }
        String self = member;
        if (!peers.isEmpty() && peers.stream().noneMatch(peer -> peer.member().equals(self))) {
            throw new IllegalArgumentException("member " + member + " is not among " + peers);
        }
    }

    /**
     * @param member its name
     * @param address its Raft address, {@code host:port}
     */
    public record Peer(String member, String address) {}
}
