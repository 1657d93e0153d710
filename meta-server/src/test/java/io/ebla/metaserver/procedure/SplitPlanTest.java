package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.Verdict;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which tablets the leader splits of its own accord, and which it leaves alone. */
class SplitPlanTest {

    private static final long PAUSE_MILLIS = 10_000;
    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65)
                    .with(new SplitSettings(true, 1_000, 500, 2, PAUSE_MILLIS))
                    .with(new BalanceSettings(true, 2, 1L << 40, 300_000, 0.2, 1_000, 1_000));

    private final SimulatedCluster cluster = new SimulatedCluster(31, 3, SETTINGS);

    /** A table of four settled tablets, in order of their keys. */
    private List<TabletId> settled() {
        cluster.table(3, StoreKind.DISK, 4);
        cluster.run(4_000);
        return cluster.state().tablets().values().stream().map(TabletDescriptor::id).toList();
    }

    private void holds(TabletId tablet, long bytes) {
        cluster.nodes().forEach(node -> node.bytes.put(tablet, bytes));
    }

    private List<TabletId> split() {
        return cluster.state().splits().values().stream()
                .map(SplitOperation::tablet)
                .sorted()
                .toList();
    }

    private void pause(ClusterTask.Kind kind) {
        ClusterTask task = ClusterTask.begun("task-" + kind, kind, null, 0, 1, "");
        assertThat(cluster.metadata.apply(new ClusterCommand.BeginTask(task, 1)))
                .isInstanceOf(Verdict.Changed.class);
    }

    @Test
    void theLargestAreSplitFirstAndAFewAtATime() {
        List<TabletId> tablets = settled();
        cluster.middleHex = "00";
        holds(tablets.get(0), 1_001);
        holds(tablets.get(1), 9_000);
        holds(tablets.get(2), 7_000);
        holds(tablets.get(3), 1_000);
        cluster.run(10_000);
        assertThat(split()).containsExactly(tablets.get(1), tablets.get(2));
    }

    @Test
    void aTabletThatIsAskedForTooMuchIsSplitByItsLoad() {
        List<TabletId> tablets = settled();
        cluster.middleHex = "00";
        cluster.nodes().forEach(node -> node.ask(tablets.get(2), 900));
        cluster.nodes().forEach(node -> node.ask(tablets.get(3), 450));
        cluster.run(8_000);
        assertThat(split()).as("of a short burst").isEmpty();
        cluster.run(40_000);
        assertThat(cluster.state().splits().values())
                .singleElement()
                .satisfies(each -> assertThat(each.tablet()).isEqualTo(tablets.get(2)))
                .satisfies(each -> assertThat(each.byLoad()).isTrue());
    }

    @Test
    void aSingleNodeWouldHaveBothHalvesOfTheLoad() {
        SimulatedCluster alone = new SimulatedCluster(37, 1, SETTINGS);
        TabletId tablet = alone.table(1, StoreKind.DISK);
        alone.nodes().forEach(node -> node.ask(tablet, 900));
        alone.run(60_000);
        assertThat(alone.state().splits()).isEmpty();
    }

    @Test
    void nobodyTakesAHalfOfTheLoadWhereNothingIsBalanced() {
        SimulatedCluster fixed =
                new SimulatedCluster(41, 3, SETTINGS.with(BalanceSettings.never()));
        TabletId tablet = fixed.table(3, StoreKind.DISK);
        fixed.nodes().forEach(node -> node.ask(tablet, 900));
        fixed.run(60_000);
        assertThat(fixed.state().splits()).isEmpty();
    }

    @Test
    void nothingIsSplitWhileThatIsPaused() {
        List<TabletId> tablets = settled();
        pause(ClusterTask.Kind.PAUSE_BALANCING);
        holds(tablets.get(0), 5_000);
        cluster.run(10_000);
        assertThat(split()).isEmpty();
        pause(ClusterTask.Kind.RESUME_BALANCING);
        cluster.run(2_000);
        assertThat(split()).containsExactly(tablets.get(0));
    }

    /** Its rows cannot be parted: it is asked ever more seldom, also by the next leader. */
    @Test
    void aTabletOfOnePkIsNotSplitForEver() {
        TabletId tablet = settled().get(0);
        holds(tablet, 5_000);
        cluster.run(PAUSE_MILLIS - 2_000);
        assertThat(outcomes()).containsExactly(SplitOperation.Phase.ABORTED);
        cluster.lead("m2");
        cluster.run(6_000);
        assertThat(outcomes()).as("after a pause").hasSize(2);
        cluster.run(2 * PAUSE_MILLIS - 6_000);
        assertThat(outcomes()).as("within the second, longer pause").hasSize(2);
        cluster.run(8_000);
        assertThat(outcomes()).as("after that").hasSize(3);
        cluster.run(4 * PAUSE_MILLIS - 8_000);
        assertThat(outcomes()).as("within the third").hasSize(3);
    }

    private List<SplitOperation.Phase> outcomes() {
        return cluster.state().splits().values().stream()
                .map(SplitOperation::phase)
                .collect(Collectors.toList());
    }
}
