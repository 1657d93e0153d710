package io.ebla.metaserver.raft;

import io.ebla.metaserver.cluster.MetadataTablet.Membership;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;

/** The group as one member of it knows it. */
final class GroupView {

    private GroupView() {}

    /** @param division null while the member is of no group */
    static Membership of(RaftSettings settings, RaftServer.Division division) {
        if (division == null) {
            return new Membership(settings.member(), "", List.of(), Map.of());
        }
        RaftPeerId leader = division.getInfo().getLeaderId();
        return new Membership(
                settings.member(),
                leader == null ? "" : leader.toString(),
                division.getRaftConf().getCurrentPeers().stream()
                        .map(peer -> peer.getId().toString())
                        .sorted()
                        .toList(),
                settings.peers().isEmpty() ? Map.of() : addresses(division));
    }

    /** Voters and listeners alike. */
    private static Map<String, String> addresses(RaftServer.Division division) {
        Map<String, String> addresses = new HashMap<>();
        for (RaftPeerRole role : List.of(RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER)) {
            for (RaftPeer peer : division.getRaftConf().getCurrentPeers(role)) {
                addresses.put(peer.getId().toString(), peer.getAddress());
            }
        }
        return addresses;
    }
}
