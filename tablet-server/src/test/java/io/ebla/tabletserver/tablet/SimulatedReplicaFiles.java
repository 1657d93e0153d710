package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/** The descriptors of replicas on a simulated disk: each is durable as soon as it is written. */
final class SimulatedReplicaFiles extends ReplicaFiles {

    private final TreeMap<TabletId, Replica> replicas = new TreeMap<>();

    SimulatedReplicaFiles() {
        super(Path.of("simulated"));
    }

    @Override
    List<Replica> list() {
        return List.copyOf(replicas.values());
    }

    @Override
    void write(Replica replica) {
        replicas.put(replica.tablet(), replica);
    }

    boolean holds(TabletId tablet) {
        return replicas.containsKey(tablet);
    }

    /** Its disk is an empty one. */
    void clear() {
        replicas.clear();
    }

    void remove(TabletId tablet) {
        replicas.remove(tablet);
    }
}
