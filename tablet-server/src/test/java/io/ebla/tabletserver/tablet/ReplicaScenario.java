package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.tablet.GroupLife.Plan;
import io.ebla.tabletserver.tablet.World.Unasked;
import java.util.List;

/**
 * Lives in which a replica set changes or a tablet is split, or seems to be, in the worst moment; drawn from
 * a seed, with the product's leases.
 */
enum ReplicaScenario implements Scenario {

    /**
     * A table gets five copies, and neither the master nor one of its slaves hears of it: the two reach each
     * other and nobody else, and have a quorum of the former set; the others have one of the new set.
     */
    CHANGE_UNHEARD {
        @Override
        void direct(Stage stage) {
            List<GroupNode> slaves = stage.slaves();
            GroupNode with = slaves.get(stage.random().nextInt(slaves.size()));
            SimulatedMeta meta = stage.life().meta();
            meta.beforeTold(
                    () -> {
                        if (meta.tablet().members().size() > 3) {
                            meta.beforeTold(() -> {});
                            meta.cut(stage.master());
                            meta.cut(with);
                            apart(stage, with);
                        }
                    });
            meta.copies(5);
            for (int i = 0; i < 4_000 && meta.reaches(with); i++) {
                stage.client().write(stage.master());
                stage.pass(1 + stage.random().nextInt(3));
            }
            meta.suspect(stage.master());
            stage.twoMasters(1_200);
        }

        private void apart(Stage stage, GroupNode with) {
            for (GroupNode other : stage.life().group().nodes()) {
                if (other != stage.master() && other != with) {
                    stage.life().group().cutBoth(stage.master(), other);
                    stage.life().group().cutBoth(with, other);
                }
            }
        }
    },

    /**
     * Some of the nodes hear of a map that does not mention their tablet, and of the true one a while later.
     */
    NOT_MENTIONED {
        @Override
        void direct(Stage stage) {
            SimulatedMeta meta = stage.life().meta();
            for (GroupNode node : stage.life().members()) {
                if (node == stage.master() || stage.random().nextBoolean()) {
                    meta.tellOfNothing(node);
                }
            }
            stage.traffic(100);
            meta.suspect(stage.master());
            stage.twoMasters(600);
        }
    },

    /** A leader of the metadata that was deposed asks for a split that its successor has had cancelled. */
    CANCELLED_IS_ASKED_FOR {
        @Override
        void direct(Stage stage) {
            ask(stage, true);
            stage.traffic(100 + stage.random().nextInt(200));
            ask(stage, false);
            stage.traffic(100);
        }

        private void ask(Stage stage, boolean cancel) {
            TabletDescriptor tablet = stage.life().meta().tablet();
            stage.master()
                    .metaCalls()
                    .split(
                            new NodeApi.Split(
                                    "sim",
                                    stage.master().id,
                                    tablet.id(),
                                    tablet.epoch(),
                                    KeyRange.boundOfPk(RowKey.of("c").pk()).toString(),
                                    new TabletId(101),
                                    new TabletId(102),
                                    cancel));
        }
    },

    /**
     * Leaders of the metadata spread replicas and masterships and split tablets of their own accord, for some
     * seconds, and then merge them, while nodes are drained and fail, copies are added and taken away, and
     * balancing is paused.
     */
    SPREADING {
        @Override
        Plan plan() {
            return Plan.OF_THREE.starting(3, 2);
        }

        @Override
        void direct(Stage stage) {
            boolean byLoad = stage.random().nextBoolean();
            unasked(stage, byLoad ? Unasked.SPREAD_LOAD : Unasked.SPREAD_BYTES);
            // That long it takes to know a load, and where it parts.
            busy(stage, byLoad ? 14_000 : 6_000, byLoad ? 1_000 : 70);
            unasked(stage, Unasked.GATHER);
            busy(stage, 3_000, 150);
            stage.life().meta().copies(3);
            stage.life().meta().orders().undrainAll();
            stage.pass(100);
            unasked(stage, Unasked.NOTHING);
        }

        /** @param seldom something happens between two requests once in that many times */
        private void busy(Stage stage, long millis, int seldom) {
            long end = stage.life().group().nowNanos() + millis * Timeline.MILLI;
            while (stage.life().group().nowNanos() < end) {
                stage.client().write(stage.client().whomToAsk());
                stage.client().read(stage.client().whomToAsk());
                stage.pass(5 + stage.random().nextInt(5));
                if (stage.random().nextInt(seldom) == 0) {
                    trouble(stage);
                }
            }
        }

        private void unasked(Stage stage, Unasked what) {
            stage.life().group().world.unasked = what;
            stage.life().meta().changeLeader(20);
        }

        private void trouble(Stage stage) {
            SimulatedMeta meta = stage.life().meta();
            List<GroupNode> nodes = stage.life().group().nodes();
            GroupNode node = nodes.get(stage.random().nextInt(nodes.size()));
            switch (stage.random().nextInt(8)) {
                case 0 -> down(stage, node);
                case 1 -> meta.changeLeader(60);
                case 2, 3 -> meta.orders().drainOrNot(node);
                case 4 -> meta.copies(meta.copies() == 3 ? 5 : 3);
                case 5 -> meta.orders().handOver(node);
                default -> meta.orders().balance();
            }
        }

        private void down(Stage stage, GroupNode node) {
            if (stage.life().group().nodes().stream().allMatch(GroupNode::isUp)) {
                node.kill();
                stage.life()
                        .group()
                        .after(
                                stage.random().nextInt(1_500) * Timeline.MILLI,
                                () -> stage.life().restart(node));
            }
        }
    };

    /** What happens once there is a master. */
    abstract void direct(Stage stage);

    Plan plan() {
        return Plan.STEADY.starting(3, 2);
    }

    @Override
    public void live(long seed, Tampering removed) {
        GroupLife life = new GroupLife(seed, plan(), removed);
        life.live(
                () -> {
                    Stage stage = new Stage(life);
                    stage.traffic(60 + life.random().nextInt(60));
                    direct(stage);
                });
    }
}
