package io.ebla.tabletserver.tablet;

import java.util.ArrayList;
import java.util.List;

/** Three replicas of one tablet, on a virtual network and simulated disks. */
abstract class TabletGroupCase {

    final LocalGroup group = new LocalGroup(4711, 3);
    final GroupNode one = group.node(1);
    final GroupNode two = group.node(2);
    final GroupNode three = group.node(3);

    GroupNode master;
    final List<GroupNode> slaves = new ArrayList<>();

    final void serving() {
        master = group.serve();
        slaves.clear();
        slaves.addAll(group.nodes());
        slaves.remove(master);
    }

    final WriteResult written(GroupNode node, String pk, String value) {
        return group.await(node.put(pk, value)).result();
    }
}
