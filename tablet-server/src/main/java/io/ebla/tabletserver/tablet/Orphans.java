package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.Set;

/**
 * What lies on this disk and is nobody's: replicas that the metadata neither has nor calls dropped or
 * retired, and folders without a descriptor. It is kept, for unknown is not dropped (L7); it is told once in
 * the log, and counted for as long as it is there.
 *
 * <p>That the metadata does not name it proves nothing: it may have been restored from before it was made
 * (L8). So what another disk of this node acknowledged as removed is kept, too, when the former disk comes
 * back.
 */
final class Orphans {

    private static final Logger LOG = System.getLogger(Orphans.class.getName());

    private final Set<ReplicaId> told = new HashSet<>();
    private volatile int replicas;
    private volatile int folders;

    /** Once nothing is being opened or made here: what may be a tablet's is known then. */
    synchronized void look(ClusterMap map, HeldReplicas held) {
        if (held.isAnyBusy()) {
            return;
        }
        Set<ReplicaId> named = named(map);
        Set<TabletId> awaited = new HashSet<>(map.dropped());
        for (LocalReplica parent : held.replicas().values()) {
            awaited.addAll(Splits.children(parent));
            MergeWork.sealing(parent).ifPresent(seal -> awaited.add(seal.into()));
        }
        int found = 0;
        for (LocalReplica local : held.replicas().values()) {
            ReplicaFiles.Replica self = local.self();
            if (!named.contains(self.replica())
                    && !awaited.contains(self.tablet())
                    && (told.contains(self.replica()) || !isChildOfAny(held, self))) {
                found++;
                tell(self);
            }
        }
        replicas = found;
    }

    /** By its id: a parent that was restarted may not have applied its SPLIT again yet. */
    private static boolean isChildOfAny(HeldReplicas held, ReplicaFiles.Replica child) {
        return held.replicas().values().stream()
                .map(parent -> parent.self().replica().ofChild(child.tablet()))
                .anyMatch(child.replica()::equals);
    }

    private static Set<ReplicaId> named(ClusterMap map) {
        Set<ReplicaId> named = new HashSet<>();
        for (TabletDescriptor tablet : map.tablets()) {
            tablet.replicas().stream().map(ReplicaDescriptor::id).forEach(named::add);
            tablet.previousReplicas().stream().map(ReplicaDescriptor::id).forEach(named::add);
        }
        map.retired().stream().map(MetaApi.Retired::replica).forEach(named::add);
        return named;
    }

    private void tell(ReplicaFiles.Replica replica) {
        if (told.add(replica.replica())) {
            LOG.log(
                    Level.WARNING,
                    "replica {0} of tablet {1}, table {2}, is on this disk and the metadata does not"
                            + " know it: it is kept",
                    replica.replica(),
                    replica.tablet(),
                    replica.table());
        }
    }

    /** Folders in which something is, and no descriptor that says whose. */
    void found(int unnamedFolders) {
        folders = unnamedFolders;
    }

    int replicas() {
        return replicas;
    }

    int folders() {
        return folders;
    }
}
