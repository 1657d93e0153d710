package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.MergeOperation.Phase;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * As {@link SplitKillsTest}: each of those who take part in a merge loses power in each phase of it, and in
 * each step in which a replica of the merged tablet is made, or the leader of the metadata is another.
 */
class MergeKillsTest {

    static Stream<Arguments> deaths() {
        Stream<Phase> phases = Arrays.stream(Phase.values()).filter(each -> !each.ended());
        return Victim.deaths(phases, MakingStep.OF_MERGES)
                .filter(each -> happens((Enum<?>) each.get()[0], each.get()[1]))
                .filter(each -> each.get()[1] != Victim.FOLLOWER || each.get()[2].equals(3));
    }

    /** Only nodes make replicas. */
    private static boolean happens(Enum<?> moment, Object victim) {
        return victim != Victim.LEADER || moment instanceof Phase;
    }

    @ParameterizedTest
    @MethodSource("deaths")
    void whoeverDiesInWhicheverPhaseItEnds(Enum<?> moment, Victim victim, int copies) {
        for (long seed = 1; seed <= 3; seed++) {
            live(seed, moment, victim, copies);
        }
    }

    private static void live(long seed, Enum<?> moment, Victim victim, int copies) {
        int spares = moment == Phase.ALIGNING ? 1 : 0;
        GroupLife.Plan plan = GroupLife.Plan.OF_THREE.starting(copies, spares).with(Mix.requests());
        GroupLife life = new GroupLife(seed, plan, Tampering.NONE);
        boolean[] died = new boolean[1];
        life.live(
                () -> {
                    life.awaitMaster();
                    Victim.requests(life, 60);
                    split(life);
                    if (spares > 0) {
                        apart(life);
                    }
                    if (moment instanceof Phase phase) {
                        life.meta().beforeTold(() -> inPhase(life, phase, victim, died));
                    } else {
                        victim.dieIn(life, moment, died);
                    }
                    life.meta().orders().merge();
                    Victim.requests(life, 700);
                });
        assertThat(died[0]).as("%s was never seen, seed %s", moment, seed).isTrue();
        List<Phase> ended =
                life.meta().state().merges().values().stream().map(MergeOperation::phase).toList();
        assertThat(ended).as("seed %s", seed).isNotEmpty().allMatch(Phase::ended);
    }

    private static void split(GroupLife life) {
        life.meta().orders().split(false);
        for (int i = 0; i < 100 && !isTwo(life); i++) {
            Victim.requests(life, 20);
        }
        assertThat(isTwo(life)).isTrue();
    }

    private static boolean isTwo(GroupLife life) {
        return life.meta().tablets().size() == 2 && life.meta().whole();
    }

    /** One replica of the right tablet is where the left one has none. */
    private static void apart(GroupLife life) {
        List<GroupNode> nodes = life.group().nodes();
        TabletDescriptor right = life.meta().tablets().get(1);
        life.meta().orders().move(right, nodes.get(nodes.size() - 1));
        Victim.requests(life, 100);
        for (int i = 0; i < 100 && !isTwo(life); i++) {
            Victim.requests(life, 20);
        }
    }

    private static void inPhase(GroupLife life, Phase phase, Victim victim, boolean[] died) {
        for (MergeOperation merge : life.meta().state().merges().values()) {
            if (merge.phase() == Phase.SEALING && phase == Phase.UNSEALING) {
                life.group().after(0, life.meta().orders()::giveUpMerge);
            }
            if (merge.phase() == phase && !died[0]) {
                died[0] = true;
                life.group().after(0, () -> victim.die(life));
            }
        }
    }
}
