package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.network.OutgoingQueue.Outgoing;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The network between replicas over gRPC: one {@link PeerLink} for each node that anything is sent to, and
 * the {@link ReplicationService} for what they send. Both are there only once there is somebody to talk to.
 *
 * <p>Any thread.
 */
public final class GrpcReplicaNetwork implements ReplicaNetwork, AutoCloseable {

    private static final int ENVELOPE_BYTES = 128;
    private static final int ELEMENT_BYTES = 24;

    private final ClusterNodes nodes;
    private final NodeChannels channels;
    private final NodeLoops loops;
    private final Clock clock;
    private final NetworkSettings settings;
    private final Map<NodeId, PeerLink> links = new ConcurrentHashMap<>();
    private final Map<NodeId, NodeTraffic> traffic = new ConcurrentHashMap<>();
    private volatile Receiver receiver;
    private volatile boolean closed;

    GrpcReplicaNetwork(
            ClusterNodes nodes,
            NodeChannels channels,
            NodeLoops loops,
            Clock clock,
            NetworkSettings settings) {
        this.nodes = nodes;
        this.channels = channels;
        this.loops = loops;
        this.clock = clock;
        this.settings = settings;
        nodes.onChange(this::follow);
    }

    /** Says who hears of other nodes; before anything is sent. */
    ReplicationService receive(Gatekeeper gatekeeper, Receiver to, SnapshotService snapshots) {
        receiver = to;
        ReplicationService service =
                new ReplicationService(gatekeeper, this::traffic, to, snapshots);
        nodes.onChange(service::follow);
        return service;
    }

    @Override
    public void send(NodeId to, ReplicaMessage message) {
        boolean append = message instanceof ReplicaMessage.Append;
        link(to).send(new Outgoing(() -> FrameCodec.envelope(message), size(message)), !append);
    }

    @Override
    public void send(NodeId to, NodeBeat beat) {
        int bytes = ENVELOPE_BYTES + ELEMENT_BYTES * beat.masterships().size();
        link(to).send(new Outgoing(() -> FrameCodec.envelope(beat), bytes), true);
    }

    @Override
    public void send(NodeId to, NodeBeat.Reply reply) {
        int bytes = ENVELOPE_BYTES + ELEMENT_BYTES * reply.refused().size();
        link(to).send(new Outgoing(() -> FrameCodec.envelope(reply), bytes), true);
    }

    private static int size(ReplicaMessage message) {
        if (message instanceof ReplicaMessage.Append append) {
            return ENVELOPE_BYTES + append.entries().encoded().remaining();
        }
        return message instanceof ReplicaMessage.Appended appended
                ? ENVELOPE_BYTES + ELEMENT_BYTES * appended.epochEnds().size()
                : ENVELOPE_BYTES;
    }

    private PeerLink link(NodeId to) {
        PeerLink known = links.get(to);
        return known == null ? links.computeIfAbsent(to, this::newLink) : known;
    }

    private PeerLink newLink(NodeId to) {
        PeerLink.Parts parts =
                new PeerLink.Parts(nodes, channels, clock, settings, () -> disconnected(to));
        PeerLink link = new PeerLink(to, parts, loops.next(), traffic(to));
        if (closed) {
            link.close();
        }
        return link;
    }

    private void disconnected(NodeId node) {
        Receiver told = receiver;
        if (told != null) {
            told.disconnected(node);
        }
    }

    /** What has gone to and come from a node. */
    NodeTraffic traffic(NodeId node) {
        return traffic.computeIfAbsent(node, NodeTraffic::new);
    }

    private void follow() {
        links.forEach(
                (node, link) -> {
                    if (nodes.node(node).isPresent()) {
                        link.follow();
                    } else if (links.remove(node, link)) {
                        link.close();
                    }
                });
    }

    /** What has gone to and come from every node. */
    public Collection<NodeTraffic> traffic() {
        return List.copyOf(traffic.values());
    }

    /** What is queued is dropped. */
    @Override
    public void close() {
        closed = true;
        links.values().forEach(PeerLink::close);
    }
}
