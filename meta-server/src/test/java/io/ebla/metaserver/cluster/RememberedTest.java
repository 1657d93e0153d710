package io.ebla.metaserver.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import org.junit.jupiter.api.Test;

/** Which splits and merges are remembered after their end, and which are forgotten. */
class RememberedTest {

    private static final int MAX = Remembered.OF_EACH_OUTCOME_MAX;

    private final LoneTable table = new LoneTable("40", "80", "c0");
    private int operations;

    private String merge(TabletDescriptor left) {
        String id = "merge-" + operations++;
        table.apply(new MergeCommand.Begin(id, left.id(), table.next()));
        return id;
    }

    private String mergedInVain(TabletDescriptor left) {
        String id = merge(left);
        step(id, MergeOperation.Phase.ABORTED);
        return id;
    }

    private void step(String id, MergeOperation.Phase next) {
        MergeOperation merge = table.state().merges().get(id);
        table.apply(new MergeCommand.Step(id, merge.phase(), next, "", table.next()));
    }

    private String merged(TabletDescriptor left) {
        String id = merge(left);
        step(id, MergeOperation.Phase.SEALING);
        MergeOperation merge = table.state().merges().get(id);
        table.made(left, merge.into());
        table.removed(merge.left(), merge.right());
        assertThat(table.state().merges().get(id).phase()).isEqualTo(MergeOperation.Phase.DONE);
        return id;
    }

    private long mergesInVain() {
        return table.state().merges().values().stream()
                .filter(each -> each.phase() == MergeOperation.Phase.ABORTED)
                .count();
    }

    @Test
    void aMergeThatIsDoneIsRememberedHoweverManyCameToNothing() {
        for (int i = 0; i < MAX; i++) {
            mergedInVain(table.tablet(0));
        }
        String done = merged(table.tablet(2));
        mergedInVain(table.tablet(0));

        assertThat(table.state().merges()).containsKey(done);
        assertThat(mergesInVain()).isEqualTo(MAX);
    }

    @Test
    void aMergeThatCameToNothingIsRememberedBeforeThoseOfTabletsThatAreNoMore() {
        String first = mergedInVain(table.tablet(0));
        for (int i = 0; i < MAX - 1; i++) {
            mergedInVain(table.tablet(2));
        }
        merged(table.tablet(2));
        String last = mergedInVain(table.tablet(0));

        assertThat(table.state().merges()).containsKeys(first, last);
        assertThat(mergesInVain()).isEqualTo(MAX);
    }

    private String split(TabletId tablet, String atHex) {
        String id = "split-" + operations++;
        table.apply(new SplitCommand.Begin(id, tablet, atHex, table.next()));
        return id;
    }

    private String splitInVain(TabletId tablet) {
        String id = split(tablet, "");
        table.apply(
                new SplitCommand.Step(
                        id,
                        SplitOperation.Phase.CHOOSING,
                        SplitOperation.Phase.ABORTED,
                        "",
                        "",
                        table.next()));
        return id;
    }

    private String split(TabletDescriptor parent, String atHex) {
        String id = split(parent.id(), atHex);
        SplitOperation split = table.state().splits().get(id);
        table.made(parent, split.low(), split.high());
        table.removed(parent.id());
        assertThat(table.state().splits().get(id).phase()).isEqualTo(SplitOperation.Phase.DONE);
        return id;
    }

    private long splitsInVain() {
        return table.state().splits().values().stream()
                .filter(each -> each.phase() == SplitOperation.Phase.ABORTED)
                .count();
    }

    @Test
    void aSplitThatIsDoneIsRememberedHoweverManyCameToNothing() {
        for (int i = 0; i < MAX; i++) {
            splitInVain(table.tablet(0).id());
        }
        String done = split(table.tablet(3), "e0");
        splitInVain(table.tablet(0).id());

        assertThat(table.state().splits()).containsKey(done);
        assertThat(splitsInVain()).isEqualTo(MAX);
    }

    @Test
    void aSplitThatCameToNothingIsRememberedBeforeThoseOfTabletsThatAreNoMore() {
        String first = splitInVain(table.tablet(0).id());
        for (int i = 0; i < MAX - 1; i++) {
            splitInVain(table.tablet(3).id());
        }
        split(table.tablet(3), "e0");
        String last = splitInVain(table.tablet(0).id());

        assertThat(table.state().splits()).containsKeys(first, last);
        assertThat(splitsInVain()).isEqualTo(MAX);
    }
}
