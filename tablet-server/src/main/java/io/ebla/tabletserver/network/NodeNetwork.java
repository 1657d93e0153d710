package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.replication.ReplicaNetwork;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import java.util.ArrayList;
import java.util.List;
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
            Clock clock,
            NetworkSettings settings,
            int threads) {}

    private final NodeId self;
    private final ClusterNodes nodes = new ClusterNodes();
    private final NodeLoops loops;
    private final NodeChannels channels;
    private final Gatekeeper gatekeeper;
    private final NodeServer server;
    private final GrpcReplicaNetwork replicas;
    private boolean closed;

    public NodeNetwork(Parts parts) {
        self = parts.self().id();
        loops = new NodeLoops(parts.threads());
        channels = new NodeChannels(parts.self(), nodes, parts.secret(), loops);
        gatekeeper = new Gatekeeper(parts.self(), nodes, parts.secret());
        server = new NodeServer(parts.bind(), parts.port(), loops, gatekeeper);
        replicas = new GrpcReplicaNetwork(nodes, channels, loops, parts.clock(), parts.settings());
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

    /**
     * Begins to listen.
     *
     * @param receiver hears of replicas on other nodes
     * @param services more that is served to other nodes
     * @throws java.io.UncheckedIOException if the port is taken
     */
    public void serve(ReplicaNetwork.Receiver receiver, List<BindableService> services) {
        List<ServerServiceDefinition> definitions = new ArrayList<>();
        definitions.add(replicas.receive(gatekeeper, receiver).bindService());
        services.forEach(service -> definitions.add(service.bindService()));
        server.start(definitions);
    }

    /** Begins to listen when the map first names another node; a port that is taken is told then. */
    public void serveOnceNotAlone(
            ReplicaNetwork.Receiver receiver, List<BindableService> services) {
        nodes.onChange(
                new Runnable() {
                    private boolean done;

                    @Override
                    public synchronized void run() {
                        if (done || !nodes.hasOthersThan(self)) {
                            return;
                        }
                        done = true;
                        try {
                            serve(receiver, services);
                        } catch (RuntimeException taken) {
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
        channels.close();
        server.close();
        loops.close();
    }
}
