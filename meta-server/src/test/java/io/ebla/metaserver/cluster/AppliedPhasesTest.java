package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.AppliedPhases.Reached;
import java.util.List;
import org.junit.jupiter.api.Test;

class AppliedPhasesTest {

    private static final TabletId TABLET = new TabletId(1);

    private final ClusterState nothing = ClusterState.founded("cluster");

    private static ClusterState with(ClusterState state, SplitOperation split) {
        ClusterState.Draft draft = state.draft();
        draft.splits.put(split.id(), split);
        return draft.finish();
    }

    private static SplitOperation split() {
        return new SplitOperation(
                "s",
                TABLET,
                TableName.of("visits"),
                "",
                false,
                false,
                "",
                new TabletId(2),
                new TabletId(3),
                SplitOperation.Phase.CHOOSING,
                List.of(),
                1,
                0,
                "");
    }

    @Test
    void aPhaseIsReachedOnce() {
        ClusterState choosing = with(nothing, split());
        SplitOperation next = split().at(SplitOperation.Phase.SPLITTING, "61", "", 2);
        ClusterState splitting = with(choosing, next);
        assertThat(points(nothing, choosing)).containsExactly("split.choosing");
        assertThat(points(choosing, splitting)).containsExactly("split.splitting");
        assertThat(points(splitting, splitting)).isEmpty();
    }

    /** The one report that there is of a table of one copy says that it came, and that it is done. */
    @Test
    void aSplitThatIsProvedAndDoneInOneCommandCameToBoth() {
        SplitOperation begun = split().at(SplitOperation.Phase.SPLITTING, "61", "", 2);
        ClusterState splitting = with(nothing, begun);
        ClusterState done = with(splitting, begun.at(SplitOperation.Phase.DONE, "61", "well", 3));
        List<Reached> reached = AppliedPhases.of(splitting, done);
        assertThat(reached).extracting(Reached::point).containsExactly("split.split", "split.done");
        assertThat(reached).extracting(Reached::detail).containsExactly("", "well");
        assertThat(reached).allMatch(each -> each.operation().equals("s"));
        ClusterState proved = with(splitting, begun.at(SplitOperation.Phase.SPLIT, "61", "", 3));
        assertThat(points(proved, done)).containsExactly("split.done");
    }

    private static List<String> points(ClusterState before, ClusterState after) {
        return AppliedPhases.of(before, after).stream().map(Reached::point).toList();
    }

    @Test
    void anElectionBeginsWithEachEpochThatIsGivenOut() {
        ClusterState.Draft first = nothing.draft();
        first.elections.put(TABLET, new Election(4, 1));
        ClusterState.Draft second = first.finish().draft();
        second.elections.put(TABLET, new Election(5, 2));
        assertThat(points(nothing, first.finish())).containsExactly("election.begun");
        assertThat(points(first.finish(), second.finish())).containsExactly("election.begun");
    }

    @Test
    void tasksAreCalledByWhatTheyAre() {
        ClusterState.Draft draft = nothing.draft();
        ClusterTask drain =
                ClusterTask.begun("d", ClusterTask.Kind.DRAIN, NodeId.of("t1"), 3, 1, "");
        draft.administration = nothing.administration().with(drain);
        assertThat(points(nothing, draft.finish())).containsExactly("drain.moving");
    }

    @Test
    void whatRunsIsCountedOfWhateverKind() {
        assertThat(nothing.runningOperations()).isZero();
        ClusterState splits = with(nothing, split());
        assertThat(splits.runningOperations()).isEqualTo(1);
        ClusterState.Draft draft = splits.draft();
        draft.merges.put("m", merge());
        draft.administration =
                splits.administration()
                        .with(ClusterTask.begun("r", ClusterTask.Kind.REBALANCE, null, 0, 1, ""));
        ClusterState three = draft.finish();
        assertThat(three.runningOperations()).isEqualTo(3);
        ClusterState.Draft ended = three.draft();
        ended.merges.put("m", merge().at(MergeOperation.Phase.ABORTED, "", 3));
        ended.splits.put("s", split().at(SplitOperation.Phase.ABORTED, "", "", 3));
        assertThat(ended.finish().runningOperations()).isEqualTo(1);
    }

    private static MergeOperation merge() {
        return new MergeOperation(
                "m",
                TableName.of("visits"),
                new TabletId(4),
                new TabletId(5),
                new TabletId(6),
                MergeOperation.Phase.COPYING,
                List.of(),
                1,
                1,
                0,
                "");
    }
}
