package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.tablet.GroupLife.Plan;
import java.util.List;

/**
 * Lives in which a replica set changes, or seems to, in the worst moment; drawn from a seed, with the product's
 * leases.
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

    /** Some of the nodes hear of a map that does not mention their tablet, and of the true one a while later. */
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
    };

    /** What happens once there is a master. */
    abstract void direct(Stage stage);

    @Override
    public void live(long seed, Tampering removed) {
        GroupLife life = new GroupLife(seed, Plan.STEADY.starting(3, 2), removed);
        life.live(
                () -> {
                    Stage stage = new Stage(life);
                    stage.traffic(60 + life.random().nextInt(60));
                    direct(stage);
                });
    }
}
