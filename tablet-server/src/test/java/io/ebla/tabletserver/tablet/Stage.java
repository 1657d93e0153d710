package io.ebla.tabletserver.tablet;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A group with its first master, and what can be done to them. */
final class Stage {
    private final GroupLife life;
    private final GroupNode master;

    Stage(GroupLife life) {
        this.life = life;
        this.master = life.awaitMaster();
    }

    GroupLife life() {
        return life;
    }

    Random random() {
        return life.random();
    }

    GroupClient client() {
        return life.client();
    }

    /** The master of the first epoch. */
    GroupNode master() {
        return master;
    }

    List<GroupNode> slaves() {
        List<GroupNode> slaves = new ArrayList<>(life.members());
        slaves.remove(master);
        return slaves;
    }

    /** Whoever is master of a later epoch, or null. */
    GroupNode another() {
        for (GroupNode node : life.group().nodes()) {
            if (node != master && node.isUp() && node.state() == TabletState.SERVING) {
                return node;
            }
        }
        return null;
    }

    void pass(long millis) {
        life.pass(millis);
    }

    /** Does something over and over, every millisecond or two. */
    void until(long millis, Runnable each) {
        long end = life.group().nowNanos() + millis * Timeline.MILLI;
        while (life.group().nowNanos() < end) {
            each.run();
            pass(1 + random().nextInt(2));
        }
    }

    /** All kinds of requests to the first master. */
    void traffic(long millis) {
        until(millis, () -> ask(master));
    }

    private void ask(GroupNode node) {
        if (random().nextInt(2) == 0) {
            client().write(node);
        } else {
            client().read(node);
        }
    }

    /** The cut that leases are for: slaves and meta go on without the master, clients do not. */
    void cutOff() {
        life.group().isolate(master);
        life.meta().cut(master);
        life.meta().suspect(master);
    }

    /** Some clients still ask the first master, others whoever else serves. */
    void twoMasters(long millis) {
        until(
                millis,
                () -> {
                    if (random().nextInt(6) == 0) {
                        client().write(master);
                    } else {
                        client().read(master);
                    }
                    othersServe();
                });
    }

    void othersServe() {
        GroupNode other = another();
        if (other != null) {
            ask(other);
        }
    }

    /** The first master accepts writes on its own disk, while others serve. */
    void masterAcceptsAlone(long millis) {
        until(
                millis,
                () -> {
                    if (random().nextInt(4) == 0) {
                        client().writeLocal(master);
                    }
                    othersServe();
                });
    }

    /** Sessions go on at any node. */
    void sessions(long millis) {
        until(
                millis,
                () -> {
                    othersServe();
                    client().readSession();
                    client().readSession();
                });
    }

    void awaitAnother() {
        for (int i = 0; i < 3_000 && another() == null; i++) {
            pass(1);
        }
    }

    /** The first master and the slaves reach each other again, but for one of them. */
    void healTowardsAllBut(GroupNode one) {
        for (GroupNode slave : slaves()) {
            if (slave != one) {
                life.group().network().heal(master, slave);
            }
        }
    }
}
