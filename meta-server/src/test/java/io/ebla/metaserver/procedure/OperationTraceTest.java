package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.HandOver;
import java.util.List;
import org.junit.jupiter.api.Test;

/** No phase is missed, and none is told by two. */
class OperationTraceTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65);

    private final SimulatedCluster cluster = new SimulatedCluster(5, 3, SETTINGS);

    private void apply(ClusterCommand command) {
        cluster.metadata.apply(command);
    }

    private void step(HandOver.Phase phase) {
        apply(
                new ClusterCommand.StepHandOvers(
                        List.of(new ClusterCommand.HandOverStep("h", phase, "")), 2));
    }

    @Test
    void phasesThatPassBetweenTwoTurnsAreTold() {
        TabletId tablet = cluster.table(3, StoreKind.DISK);
        cluster.run(4_000);
        cluster.told.clear();
        HandOver handOver =
                new HandOver(
                        "h",
                        tablet,
                        cluster.tablet(tablet).epoch(),
                        NodeId.of("t1"),
                        NodeId.of("t2"),
                        HandOver.Phase.ASKING,
                        1,
                        0,
                        "");
        apply(new ClusterCommand.BeginHandOvers(List.of(handOver), 1)); // and no time passes
        step(HandOver.Phase.ELECTING);
        step(HandOver.Phase.ABORTED);
        step(HandOver.Phase.ABORTED);
        assertThat(cluster.told)
                .containsExactly("hand_over.asking", "hand_over.electing", "hand_over.aborted");
    }

    @Test
    void whoeverLeadsTellsAndNobodyElse() {
        for (String leader : new String[] {"m1", "m2", ""}) {
            cluster.lead(leader);
            apply(
                    new ClusterCommand.BeginTask(
                            ClusterTask.begun(
                                    "p" + leader, ClusterTask.Kind.PAUSE_BALANCING, null, 0, 1, ""),
                            1));
        }
        assertThat(cluster.told).containsExactly("pause_balancing.done", "pause_balancing.done");
    }
}
