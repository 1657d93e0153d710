package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each of those who take part in a split loses power in each phase of it, and in each step in which a
 * replica's children are made, or the leader of the metadata is another: the split ends, and the judges of a
 * life find nothing wrong. The phases are those that the state knows and the steps those that there are, so
 * that a new one is killed in as well, or the test says that it was never seen.
 */
class SplitKillsTest {

    static Stream<Arguments> deaths() {
        Stream<Phase> phases = Arrays.stream(Phase.values()).filter(each -> !each.ended());
        return Victim.deaths(phases, MakingStep.OF_SPLITS)
                .filter(each -> happens((Enum<?>) each.get()[0], each.get()[1], each.get()[2]));
    }

    /**
     * Only nodes make children; and one copy has no follower, and reports in one command what is the last
     * that was wanted, so that SPLIT is no state of its own.
     */
    private static boolean happens(Enum<?> moment, Object victim, Object copies) {
        boolean leader = victim == Victim.LEADER && moment instanceof MakingStep;
        boolean alone = victim == Victim.FOLLOWER || moment == Phase.SPLIT;
        return !leader && !(alone && copies.equals(1));
    }

    @ParameterizedTest
    @MethodSource("deaths")
    void whoeverDiesInWhicheverPhaseItEnds(Enum<?> moment, Victim victim, int copies) {
        for (long seed = 1; seed <= 3; seed++) {
            live(seed, moment, victim, copies);
        }
    }

    private static void live(long seed, Enum<?> moment, Victim victim, int copies) {
        GroupLife.Plan plan = GroupLife.Plan.OF_THREE.starting(copies, 0).with(Mix.requests());
        GroupLife life = new GroupLife(seed, plan, Tampering.NONE);
        boolean[] died = new boolean[1];
        life.live(
                () -> {
                    life.awaitMaster();
                    Victim.requests(life, 60);
                    if (moment instanceof Phase phase) {
                        life.meta().beforeTold(() -> inPhase(life, phase, victim, died));
                    } else {
                        victim.dieIn(life, moment, died);
                    }
                    life.meta().orders().split(moment == Phase.CHOOSING);
                    Victim.requests(life, 250);
                });
        assertThat(died[0]).as("%s was never seen, seed %s", moment, seed).isTrue();
        List<Phase> ended =
                life.meta().state().splits().values().stream().map(SplitOperation::phase).toList();
        assertThat(ended).as("seed %s", seed).isNotEmpty().allMatch(Phase::ended);
    }

    private static void inPhase(GroupLife life, Phase phase, Victim victim, boolean[] died) {
        for (SplitOperation split : life.meta().state().splits().values()) {
            if (split.phase() == Phase.SPLITTING && phase == Phase.CANCELLING) {
                life.group().after(0, life.meta().orders()::cancelSplit);
            }
            if (split.phase() == phase && !died[0]) {
                died[0] = true;
                life.group().after(0, () -> victim.die(life));
            }
        }
    }
}
