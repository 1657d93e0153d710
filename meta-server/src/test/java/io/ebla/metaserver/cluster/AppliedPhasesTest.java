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
        assertThat(AppliedPhases.of(nothing, choosing))
                .containsExactly(new Reached("split", SplitOperation.Phase.CHOOSING));
        assertThat(AppliedPhases.of(choosing, splitting))
                .containsExactly(new Reached("split", SplitOperation.Phase.SPLITTING));
        assertThat(AppliedPhases.of(splitting, splitting)).isEmpty();
    }

    @Test
    void anElectionBeginsWithEachEpochThatIsGivenOut() {
        ClusterState.Draft first = nothing.draft();
        first.elections.put(TABLET, new Election(4, 1));
        ClusterState.Draft second = first.finish().draft();
        second.elections.put(TABLET, new Election(5, 2));
        Reached begun = new Reached("election", AppliedPhases.OfElection.BEGUN);
        assertThat(AppliedPhases.of(nothing, first.finish())).containsExactly(begun);
        assertThat(AppliedPhases.of(first.finish(), second.finish())).containsExactly(begun);
    }

    @Test
    void tasksAreCalledByWhatTheyAre() {
        ClusterState.Draft draft = nothing.draft();
        ClusterTask drain =
                ClusterTask.begun("d", ClusterTask.Kind.DRAIN, NodeId.of("t1"), 3, 1, "");
        draft.administration = nothing.administration().with(drain);
        assertThat(AppliedPhases.of(nothing, draft.finish()))
                .containsExactly(new Reached("drain", ClusterTask.Phase.MOVING));
    }
}
