package io.ebla.metaserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterDescription;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.SystemClock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.LoneTable;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.ReplicaOperation;
import io.ebla.metaserver.liveness.Liveness;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In what order operations are told, and how far they are. */
class OperationsViewTest {

    private final LoneTable table = new LoneTable("50");
    private final OperationsView view =
            new OperationsView(new Liveness(new SystemClock(), 1_000, 2_000));

    private List<ClusterDescription.Operation> told() {
        return view.of(table.state());
    }

    private ClusterDescription.Operation told(String id) {
        return told().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
    }

    private void task(String id, ClusterTask.Kind kind) {
        long now = table.next();
        table.apply(
                new ClusterCommand.BeginTask(ClusterTask.begun(id, kind, null, 0, now, ""), now));
    }

    private static ReplicaOperation move(
            String id, ReplicaOperation.Phase phase, long startedAt, String why) {
        return new ReplicaOperation(
                id,
                ReplicaOperation.Kind.MOVE,
                new LoneTable().tablet(0).id(),
                null,
                NodeId.of("t1"),
                NodeId.of("t2"),
                phase,
                startedAt,
                phase.ended() ? startedAt + 1 : 0,
                why);
    }

    @Test
    void whatRunsComesFirstAndThenWhatEndedLast() {
        task("paused", ClusterTask.Kind.PAUSE_BALANCING);
        table.apply(new MergeCommand.Begin("first", table.tablet(0).id(), table.next()));
        task("resumed", ClusterTask.Kind.RESUME_BALANCING);
        task("second", ClusterTask.Kind.REBALANCE);
        assertThat(told())
                .extracting(ClusterDescription.Operation::id)
                .containsExactly("first", "second", "resumed", "paused");
        table.apply(
                new MergeCommand.Step(
                        "first",
                        MergeOperation.Phase.COPYING,
                        MergeOperation.Phase.ABORTED,
                        "",
                        table.next()));
        assertThat(told())
                .extracting(ClusterDescription.Operation::id)
                .containsExactly("second", "first", "resumed", "paused");
    }

    @Test
    void aRebalanceTellsHowMuchIsLeftOfWhatItHasBegun() {
        task("r", ClusterTask.Kind.REBALANCE);
        assertThat(told("r").progress()).as("nothing is begun").isNull();
        long now = table.next();
        table.remember(
                move("before", ReplicaOperation.Phase.DONE, 0, "balance of replicas"),
                move("asked", ReplicaOperation.Phase.BUILDING, now, "asked for"),
                move("a", ReplicaOperation.Phase.DONE, now, "balance of replicas"),
                move("b", ReplicaOperation.Phase.BUILDING, now, "balance of bytes"),
                move("c", ReplicaOperation.Phase.JOINING, now, "balance of bytes"));
        assertThat(told("r").progress()).isEqualTo(0.33);
        assertThat(told("r").detail())
                .isEqualTo("2 of 3 moves and hand-overs begun so far are left");
        table.remember(
                move("b", ReplicaOperation.Phase.DONE, now, "balance of bytes"),
                move("c", ReplicaOperation.Phase.DONE, now, "balance of bytes"));
        assertThat(told("r").progress()).as("until it says so itself").isEqualTo(0.99);
    }

    /** Only the nodes know how far they are, and it may take minutes. */
    @Test
    void aMergeThatCopiesDoesNotSayThatNothingIsDone() {
        table.apply(new MergeCommand.Begin("m", table.tablet(0).id(), table.next()));
        assertThat(told("m").phase()).isEqualTo("copying");
        assertThat(told("m").progress()).isNull();
    }
}
