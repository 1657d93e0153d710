package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.tabletserver.tablet.GroupLedger.Unrest;
import io.ebla.tabletserver.tablet.GroupLedger.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a life comes to its end: everything is healed, and what had begun ends.
 *
 * <ul>
 *   <li>Each tablet has a master that serves, and as many replicas as its table is to have, each on a process that
 *       runs, which have applied the same.
 *   <li>No split, merge, move or removal is under way, and the metadata waits for nobody.
 *   <li>A node holds the replicas that the map names there and nothing else: no descriptor, store or log of a tablet
 *       that was split, merged, moved away or given up; and nobody is at any of them.
 * </ul>
 *
 * Where the first two come about and the third does not, something is left that nobody will ever remove.
 */
final class GroupRest {

    private static final long RESTART_PAUSE_NANOS = 10 * Timeline.MILLI;

    private final GroupLife life;
    private final LocalGroup group;
    private final SimulatedMeta meta;
    private final Map<GroupNode, Long> restartedNanos = new HashMap<>();

    GroupRest(GroupLife life) {
        this.life = life;
        this.group = life.group();
        this.meta = life.meta();
    }

    /** Waits until a master serves, all have applied what it has, and nothing is left of anything else. */
    void await() {
        boolean rests =
                group.runUntil(
                        () -> {
                            life.look();
                            restartAll();
                            meta.orders().makeRoom();
                            return serves() && leftOver().isEmpty();
                        },
                        meta.state().merges().isEmpty() ? 10_000 : 30_000);
        if (rests) {
            return;
        }
        if (serves()) {
            throw new Violation("what nobody needs stays: " + leftOver() + "; " + describe());
        }
        throw new Unrest("the group does not come to rest: " + describe());
    }

    /** One that does not begin is tried again, but not at every step. */
    private void restartAll() {
        for (GroupNode node : group.nodes()) {
            long notBefore = restartedNanos.getOrDefault(node, 0L) + RESTART_PAUSE_NANOS;
            if (!node.isUp() && group.nowNanos() >= notBefore) {
                restartedNanos.put(node, group.nowNanos());
                life.restart(node);
            }
        }
    }

    /** No split runs, and each tablet's replicas are those that are wanted and have applied the same. */
    private boolean serves() {
        return meta.whole() && meta.tablets().stream().allMatch(this::serves);
    }

    private boolean serves(TabletDescriptor whole) {
        GroupNode master = life.master(whole);
        if (master == null) {
            return false;
        }
        long head = master.tablet(whole.id()).pipeline().appendedIndex();
        for (ReplicaDescriptor replica : whole.replicas()) {
            GroupNode member = group.node(replica.node());
            Tablet tablet = member.isUp() ? member.tablet(whole.id()) : null;
            if (tablet == null
                    || !tablet.store().settled()
                    || tablet.pipeline().applied().index() != head) {
                return false;
            }
        }
        return true;
    }

    // ---------------------------------------------------------------- what is left

    /** What there is beyond the map, and beyond need in the metadata, in words. */
    private List<String> leftOver() {
        List<String> left = new ArrayList<>();
        ClusterState state = meta.state();
        if (!state.retired().isEmpty()) {
            left.add("retired " + state.retired());
        }
        if (!state.strayed().isEmpty()) {
            left.add("strayed " + state.strayed());
        }
        if (!state.elections().isEmpty()) {
            left.add("elections " + state.elections());
        }
        group.nodes().forEach(node -> leftOver(node, state, left));
        return left;
    }

    private void leftOver(GroupNode node, ClusterState state, List<String> left) {
        if (!node.isUp()) {
            left.add(node + " is down");
            return;
        }
        Map<TabletId, ReplicaId> named = new HashMap<>();
        for (TabletDescriptor tablet : state.tablets().values()) {
            tablet.replicaOn(node.id).ifPresent(each -> named.put(tablet.id(), each.id()));
        }
        for (LocalReplica replica : node.replicas().all()) {
            if (!replica.self().replica().equals(named.get(replica.self().tablet()))) {
                left.add(node + " holds " + replica.self());
            }
        }
        for (ReplicaFiles.Replica replica : node.descriptors()) {
            if (!replica.replica().equals(named.get(replica.tablet()))) {
                left.add(node + " has the descriptor " + replica);
            }
        }
        Set<TabletId> unknown = new TreeSet<>();
        for (long id = 1; id < state.nextTabletId(); id++) {
            unknown.add(new TabletId(id));
        }
        unknown.removeAll(named.keySet());
        for (TabletId tablet : unknown) {
            if (node.hasStore(tablet)) {
                left.add(node + " has a store of " + tablet);
            }
            if (node.oplog().tail(tablet).isPresent()) {
                left.add(node + " has a log of " + tablet);
            }
            if (node.replicas().isBusy(tablet)) {
                left.add(node + " is at " + tablet);
            }
        }
        if (!node.oplog().dropped().isEmpty()) {
            left.add(node + " removes " + node.oplog().dropped());
        }
    }

    private String describe() {
        StringBuilder text = new StringBuilder("meta " + meta.tablets() + "; ");
        meta.state().splits().values().forEach(each -> text.append(each).append("; "));
        meta.state().merges().values().forEach(each -> text.append(each).append("; "));
        for (GroupNode node : group.nodes()) {
            text.append(node);
            for (Tablet tablet : node.tablets()) {
                WritePipeline pipeline = tablet.pipeline();
                text.append(' ')
                        .append(tablet.id())
                        .append(' ')
                        .append(tablet.state())
                        .append(" epoch ")
                        .append(pipeline.masterEpoch())
                        .append(" log ")
                        .append(pipeline.appendedIndex())
                        .append(" committed ")
                        .append(pipeline.committedIndex())
                        .append(" applied ")
                        .append(pipeline.applied().index());
            }
            text.append("; ");
        }
        return text.toString();
    }
}
