package io.ebla.tabletserver.tablet;

/** Who dies in a moment that a test names, and what goes on meanwhile. */
enum Victim {
    MASTER,
    FOLLOWER,
    LEADER;

    void die(GroupLife life) {
        if (this == LEADER) {
            life.meta().changeLeader(60);
            return;
        }
        life.group().nodes().stream()
                .filter(GroupNode::isUp)
                .filter(this::is)
                .findFirst()
                .ifPresent(GroupNode::crash);
    }

    boolean is(GroupNode node) {
        return node.masters() == (this == MASTER);
    }

    /** Reads and writes, one a millisecond; who died is back after a while. */
    static void requests(GroupLife life, int number) {
        for (int i = 0; i < number; i++) {
            if (i % 3 == 0) {
                life.client().read(life.client().whomToAsk());
            } else {
                life.client().write(life.client().whomToAsk());
            }
            life.pass(1);
            restartOne(life, i);
        }
    }

    private static void restartOne(GroupLife life, int i) {
        for (GroupNode node : life.group().nodes()) {
            if (!node.isUp() && i % 60 == 59) {
                life.restart(node);
            }
        }
    }
}
