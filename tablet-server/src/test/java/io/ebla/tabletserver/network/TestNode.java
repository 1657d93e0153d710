package io.ebla.tabletserver.network;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.time.SystemClock;
import io.grpc.BindableService;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** A node's network on a free port of loopback, and what it hears. */
final class TestNode implements AutoCloseable {

    static final String CLUSTER = "c-1";

    private static final AtomicLong MAPS = new AtomicLong();

    /** Connections that are not welcomed are given up while a test waits. */
    static final NetworkSettings QUICK = new NetworkSettings(1_000, 4 << 20, 2_000, 60_000, 5, 50);

    /** Nothing breaks because the machine is busy for a while. */
    static final NetworkSettings PATIENT =
            new NetworkSettings(1_000, 4 << 20, 60_000, 60_000, 5, 50);

    static final SnapshotSettings PATIENT_SNAPSHOTS =
            new SnapshotSettings(1L << 30, 2, 3, 60_000, 60_000);

    final NodeIdentity identity;
    final FakeViews views = new FakeViews();
    final Heard heard = new Heard();
    final NodeNetwork network;

    TestNode(String id, String incarnation, String secret, int port, NetworkSettings settings) {
        this(id, incarnation, secret, NodeTls.NONE, port, settings, PATIENT_SNAPSHOTS);
    }

    TestNode(
            String id,
            String incarnation,
            String secret,
            NodeTls tls,
            int port,
            NetworkSettings settings,
            SnapshotSettings snapshots) {
        identity =
                new NodeIdentity(
                        NodeId.of(id), StoreId.of("store-" + id), Incarnation.of(incarnation));
        network =
                new NodeNetwork(
                        new NodeNetwork.Parts(
                                identity,
                                "127.0.0.1",
                                port,
                                new ClusterSecret(secret),
                                tls,
                                new SystemClock(),
                                settings,
                                snapshots,
                                2));
    }

    static TestNode serving(String id, BindableService... services) {
        return serving(id, "run-1", "", 0, services);
    }

    static TestNode serving(
            String id, String incarnation, String secret, int port, BindableService... services) {
        TestNode node = new TestNode(id, incarnation, secret, port, PATIENT);
        node.network.serve(node.served(services));
        return node;
    }

    static TestNode serving(String id, NodeTls tls) {
        return serving(id, tls, PATIENT_SNAPSHOTS);
    }

    static TestNode serving(String id, SnapshotSettings snapshots) {
        return serving(id, NodeTls.NONE, snapshots);
    }

    private static TestNode serving(String id, NodeTls tls, SnapshotSettings snapshots) {
        TestNode node = new TestNode(id, "run-1", "", tls, 0, PATIENT, snapshots);
        node.network.serve(node.served());
        return node;
    }

    NodeNetwork.Served served(BindableService... services) {
        return new NodeNetwork.Served(heard, views, views.readers, List.of(services));
    }

    NodeId id() {
        return identity.id();
    }

    NodeDescriptor descriptor() {
        return descriptor(network.port());
    }

    NodeDescriptor descriptor(int port) {
        return new NodeDescriptor(
                identity.id(),
                identity.store(),
                identity.incarnation(),
                "127.0.0.1:1",
                "127.0.0.1:" + port,
                "");
    }

    void learn(String cluster, NodeDescriptor... nodes) {
        network.nodes()
                .update(
                        new ClusterMap(
                                cluster,
                                1,
                                MAPS.incrementAndGet(),
                                List.of(nodes),
                                List.of(),
                                List.of(),
                                List.of()));
    }

    /** Every one of them knows all of them. */
    static void introduce(TestNode... nodes) {
        NodeDescriptor[] all =
                Arrays.stream(nodes).map(TestNode::descriptor).toArray(NodeDescriptor[]::new);
        for (TestNode node : nodes) {
            node.learn(CLUSTER, all);
        }
    }

    NodeTraffic trafficWith(TestNode other) {
        return network.replicas().traffic().stream()
                .filter(traffic -> traffic.node().equals(other.id()))
                .findFirst()
                .orElseGet(() -> new NodeTraffic(other.id()));
    }

    @Override
    public void close() {
        network.close();
        views.readers.shutdownNow();
    }
}
