package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.replication.SnapshotViews;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that one node needs to talk to the others: who they are, the ways to them, and the server at which
 * they call. Replicas speak through {@link #replicas}, everything else through {@link #channels}.
 *
 * <p>A node that is alone pays for none of it: gRPC is loaded when the map first names another node.
 */
public final class NodeNetwork implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NodeNetwork.class);

    /**
     * What a network is made of.
     *
     * @param bind address to listen on
     * @param port to listen on, 0 for any
     * @param threads event loops
     */
    public record Parts(
            NodeIdentity self,
            String bind,
            int port,
            ClusterSecret secret,
            NodeTls tls,
            Clock clock,
            NetworkSettings settings,
            SnapshotSettings snapshots,
            int threads) {}

    /**
     * What this node is to others.
     *
     * @param receiver hears of replicas on other nodes
     * @param views what can be copied from here
     * @param readers threads that may wait for a disk; may refuse
     * @param services more that is served to other nodes
     */
    public record Served(
            ReplicaNetwork.Receiver receiver,
            SnapshotViews views,
            Executor readers,
            List<BindableService> services) {}

    private final Parts parts;
    private final NodeId self;
    private final ClusterNodes nodes = new ClusterNodes();
    private final NodeLoops loops;
    private final NodeChannels channels;
    private final Gatekeeper gatekeeper;
    private final NodeServer server;
    private final GrpcReplicaNetwork replicas;
    private final GrpcSnapshotSource snapshotSource;
    private SnapshotService snapshots;
    private boolean closed;

    public NodeNetwork(Parts parts) {
        this.parts = parts;
        self = parts.self().id();
        loops = new NodeLoops(parts.threads());
        channels = new NodeChannels(parts.self(), nodes, parts.secret(), parts.tls(), loops);
        gatekeeper = new Gatekeeper(parts.self(), nodes, parts.secret());
        server = new NodeServer(parts.bind(), parts.port(), parts.tls(), loops, gatekeeper);
        replicas = new GrpcReplicaNetwork(nodes, channels, loops, parts.clock(), parts.settings());
        snapshotSource =
                new GrpcSnapshotSource(
                        channels, loops, parts.clock(), parts.snapshots(), replicas::traffic);
    }

    /** Maps go in here, before the tablets see them. */
    public ClusterNodes nodes() {
        return nodes;
    }

    public NodeChannels channels() {
        return channels;
    }

    public GrpcReplicaNetwork replicas() {
        return replicas;
    }

    /** Copies of other nodes' tablets. */
    public SnapshotSource snapshotSource() {
        return snapshotSource;
    }

    /**
     * Begins to listen.
     *
     * @throws java.io.UncheckedIOException if the port is taken
     */
    public synchronized void serve(Served served) {
        if (closed) {
            return;
        }
        snapshots =
                new SnapshotService(
                        new SnapshotService.Parts(
                                served.views(),
                                served.readers(),
                                loops,
                                parts.clock(),
                                parts.snapshots()),
                        parts.self().incarnation().value());
        List<ServerServiceDefinition> definitions = new ArrayList<>();
        definitions.add(replicas.receive(gatekeeper, served.receiver(), snapshots).bindService());
        served.services().forEach(service -> definitions.add(service.bindService()));
        server.start(definitions);
    }

    /** Begins to listen when the map first names another node; a port that is taken is told then. */
    public void serveOnceNotAlone(Served served) {
        AtomicBoolean done = new AtomicBoolean();
        nodes.onChange(
                () -> {
                    if (nodes.hasOthersThan(self) && done.compareAndSet(false, true)) {
                        try {
                            serve(served);
                        } catch (UncheckedIOException taken) {
                            LOG.error("event=grpc_not_served reason=\"{}\"", taken.getMessage());
                        }
                    }
                });
    }

    /** Where it listens, or will. */
    public int port() {
        return server.port();
    }

    /** Ends every connection; what is queued is dropped. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        replicas.close();
        snapshotSource.close();
        channels.close();
        server.close();
        if (snapshots != null) {
            snapshots.close();
        }
        loops.close();
    }
}
