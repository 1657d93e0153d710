package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** The network of a {@link LocalGroup}: it loses, repeats, delays and reorders, and is cut one way. */
final class SimulatedNetwork {

    private final LocalGroup group;
    private final Timeline time;
    private final World world;
    private final Set<String> cuts = new HashSet<>();

    SimulatedNetwork(LocalGroup group, Timeline time, World world) {
        this.group = group;
        this.time = time;
        this.world = world;
    }

    /** Nothing gets from one node to another any more. */
    void cut(GroupNode from, GroupNode to) {
        cuts.add(from.id + ">" + to.id);
    }

    void cutBoth(GroupNode one, GroupNode other) {
        cut(one, other);
        cut(other, one);
    }

    /** Cuts a node off from all others. */
    void isolate(GroupNode node) {
        for (GroupNode other : group.nodes()) {
            if (other != node) {
                cutBoth(node, other);
            }
        }
    }

    void heal() {
        cuts.clear();
    }

    /** Two nodes reach each other again. */
    void heal(GroupNode one, GroupNode other) {
        cuts.remove(one.id + ">" + other.id);
        cuts.remove(other.id + ">" + one.id);
    }

    void deliver(GroupNode from, NodeId to, Consumer<GroupNode> message) {
        GroupNode target = group.node(to);
        if (target == null || time.random().nextInt(1_000) < world.lossPerMille) {
            return;
        }
        int times = time.random().nextInt(1_000) < world.repeatPerMille ? 2 : 1;
        for (int i = 0; i < times; i++) {
            time.after(
                    time.micros(world.delayMinMicros, world.delayMaxMicros),
                    () -> {
                        if (target.isUp() && !cuts.contains(from.id + ">" + target.id)) {
                            target.whenAwake(() -> arrive(target, message));
                        }
                    });
        }
    }

    private static void arrive(GroupNode target, Consumer<GroupNode> message) {
        if (target.isUp()) {
            message.accept(target);
        }
    }
}
