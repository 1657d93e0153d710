package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.procedure.Attempts.Kind;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What stays noted of hand-overs that failed, whatever comes after. */
class AttemptsTest {

    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65);
    private static final NodeId FIRST = NodeId.of("t1");
    private static final NodeId SECOND = NodeId.of("t2");
    private static final NodeId THIRD = NodeId.of("t3");

    private final SimulatedCluster cluster = new SimulatedCluster(41, 3, SETTINGS);
    private final Attempts attempts = new Attempts(cluster.time);
    private final FailedHandOvers failed = new FailedHandOvers(cluster.time);
    private int ids;

    private TabletId settledTable(int copies) {
        TabletId tablet = cluster.table(copies, StoreKind.DISK);
        cluster.run(4_000);
        return tablet;
    }

    /** From the master that there is, to its end. */
    private void handOver(TabletId tablet, NodeId to) {
        String id = "hand-over-" + ids++;
        HandOver handOver =
                new HandOver(
                        id,
                        tablet,
                        cluster.tablet(tablet).epoch(),
                        cluster.tablet(tablet).master().node(),
                        to,
                        HandOver.Phase.ASKING,
                        1,
                        0,
                        "");
        cluster.metadata.apply(new ClusterCommand.BeginHandOvers(List.of(handOver), 1));
        attempts.begun(Kind.HAND_OVER, id, tablet, to);
        cluster.runUntil(5_000, () -> cluster.state().handOvers().get(id).phase().ended());
        cluster.run(200);
        attempts.look(cluster.state());
    }

    private void fail(TabletId tablet, NodeId to) {
        cluster.behind.add(to);
        handOver(tablet, to);
        cluster.behind.remove(to);
    }

    private void move(Kind kind, TabletId tablet, NodeId from, NodeId to) {
        ReplicaId replica = ReplicaId.of("moved-" + ids++);
        long epoch = cluster.tablet(tablet).epoch();
        NewLearner learner = NewLearner.move(tablet, epoch, from, to, replica, "");
        cluster.metadata.apply(new ClusterCommand.AddLearners(List.of(learner), 1));
        attempts.begun(kind, replica.value(), tablet, to);
        cluster.runUntil(
                5_000,
                () ->
                        cluster.state().replicaOperations().get(replica.value()).phase()
                                == ReplicaOperation.Phase.DONE);
        attempts.look(cluster.state());
    }

    @Test
    void aReplicaThatCameForLoadClearsNothing() {
        TabletId tablet = settledTable(2);
        fail(tablet, SECOND);
        assertThat(attempts.barred(tablet)).containsExactly(SECOND);
        move(Kind.MOVE_FOR_LOAD, tablet, SECOND, THIRD);
        assertThat(attempts.failsFor(0)).as("the task").isTrue();
        move(Kind.MOVE_FOR_LOAD, tablet, THIRD, SECOND);
        assertThat(attempts.failsFor(0)).as("the task").isTrue();
        assertThat(attempts.barred(tablet)).containsExactly(SECOND);
        assertThat(failed.nodes(cluster.state())).containsExactly(SECOND);
    }

    @Test
    void aReplicaThatCameForAnotherReasonIsASuccess() {
        TabletId tablet = settledTable(2);
        fail(tablet, SECOND);
        move(Kind.MOVE, tablet, SECOND, THIRD);
        assertThat(attempts.failsFor(0)).isFalse();
        move(Kind.MOVE, tablet, THIRD, SECOND);
        assertThat(attempts.barred(tablet)).isEmpty();
        assertThat(failed.nodes(cluster.state())).as("for load").containsExactly(SECOND);
    }

    @Test
    void anOnlyCopyThatCameForLoadIsASuccessOfTheTask() {
        TabletId tablet = settledTable(1);
        attempts.begun(Kind.MOVE, "refused", tablet, SECOND);
        attempts.look(cluster.state());
        assertThat(attempts.failsFor(0)).isTrue();
        move(Kind.MOVE_FOR_LOAD, tablet, FIRST, SECOND);
        assertThat(attempts.failsFor(0)).isFalse();
        assertThat(attempts.barred(tablet)).as("noted as before").containsExactly(SECOND);
    }

    @Test
    void aNodeIsBarredForEverLongerUntilAHandOverToItIsDone() {
        TabletId tablet = settledTable(2);
        fail(tablet, SECOND);
        cluster.run(19_000);
        assertThat(failed.nodes(cluster.state())).containsExactly(SECOND);
        cluster.run(1_000);
        assertThat(failed.nodes(cluster.state())).isEmpty();
        fail(tablet, SECOND);
        cluster.run(39_000);
        assertThat(failed.nodes(cluster.state())).containsExactly(SECOND);
        cluster.run(1_000);
        assertThat(failed.nodes(cluster.state())).isEmpty();
        for (int i = 0; i < 20; i++) {
            fail(tablet, SECOND);
        }
        cluster.run(600_000);
        assertThat(failed.nodes(cluster.state())).containsExactly(SECOND);
        cluster.run(60_000);
        assertThat(failed.nodes(cluster.state())).as("about ten minutes at most").isEmpty();
        fail(tablet, SECOND);
        handOver(tablet, SECOND);
        assertThat(cluster.tablet(tablet).master().node()).isEqualTo(SECOND);
        assertThat(failed.nodes(cluster.state())).isEqualTo(Set.of());
    }

    /** What is tried again first: the hand-over, and only then another replica. */
    @Test
    void aNodeIsBarredForLongerThanTheTabletIs() {
        TabletId tablet = settledTable(2);
        for (int i = 0; i < 8; i++) {
            fail(tablet, SECOND);
            while (attempts.barred(tablet).contains(SECOND)) {
                cluster.run(1_000);
            }
            assertThat(failed.nodes(cluster.state())).containsExactly(SECOND);
        }
    }
}
