package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterTask;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which neighbours the leader merges of its own accord, and which it leaves alone. */
class MergePlanTest {

    private static final long IDLE_MILLIS = 40_000;

    /** A load is measured for half a minute before it counts. */
    private static final long KNOWN_MILLIS = 32_000;

    /** Two are merged of fewer than 250 bytes, and of fewer than 100 operations a second. */
    private static final ProcedureSettings SETTINGS =
            new ProcedureSettings(3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65)
                    .with(new SplitSettings(true, 1_000, 0, 2, 10_000))
                    .with(new MergeSettings(true, 0.25, 100, IDLE_MILLIS, 1));

    private SimulatedCluster cluster = new SimulatedCluster(43, 3, SETTINGS);
    private int splits;

    /** The tablets of a table that the leader has split there, in order of their keys. */
    private List<TabletId> table(String... bounds) {
        cluster.table(3, StoreKind.DISK);
        cluster.run(4_000);
        for (String at : bounds) {
            split(tablets().size() - 1, true, at);
        }
        return tablets();
    }

    private List<TabletId> tablets() {
        return cluster.state().tablets().values().stream()
                .sorted(Comparator.comparing(TabletDescriptor::fromHex))
                .map(TabletDescriptor::id)
                .toList();
    }

    private boolean isUnserved(TabletId tablet) {
        return cluster.master(tablet) == null;
    }

    /** As the logs and nodes of tablets do it: all replicas open both children. */
    private void split(int number, boolean unasked, String at) {
        TabletDescriptor parent = cluster.tablet(tablets().get(number));
        String id = "split-" + splits++;
        long now = cluster.time.wallMillis();
        apply(new SplitCommand.Begin(id, parent.id(), at, false, unasked, now));
        SplitOperation split = cluster.state().splits().get(id);
        for (ReplicaDescriptor replica : parent.members()) {
            FakeNode node = cluster.node(replica.node());
            List<Holding> made = new ArrayList<>();
            for (TabletId child : List.of(split.low(), split.high())) {
                ReplicaId its = replica.id().ofChild(child);
                node.replicas.put(child, new FakeNode.Replica(its));
                made.add(new Holding(child, its));
            }
            apply(
                    new ClusterCommand.ReplicasOpened(
                            node.id, node.descriptor().incarnation(), made, now));
        }
        assertThat(cluster.state().splits().get(id).phase()).isEqualTo(SplitOperation.Phase.DONE);
        cluster.runUntil(3_000, () -> tablets().stream().noneMatch(this::isUnserved));
    }

    private void apply(ClusterCommand command) {
        assertThat(cluster.metadata.apply(command)).isInstanceOf(Verdict.Changed.class);
    }

    private void holds(TabletId tablet, long bytes) {
        cluster.nodes().forEach(node -> node.bytes.put(tablet, bytes));
    }

    private List<MergeOperation> merges() {
        return cluster.state().merges().values().stream()
                .sorted(Comparator.comparingLong(MergeOperation::startedAtMillis))
                .toList();
    }

    /** What runs comes to nothing. */
    private void giveUp() {
        MergeOperation last = merges().get(merges().size() - 1);
        assertThat(last.phase()).isEqualTo(MergeOperation.Phase.COPYING);
        apply(
                new MergeCommand.Step(
                        last.id(),
                        last.phase(),
                        MergeOperation.Phase.ABORTED,
                        "no room",
                        cluster.time.wallMillis()));
    }

    private void begin(ClusterTask.Kind kind, NodeId node) {
        apply(
                new ClusterCommand.BeginTask(
                        ClusterTask.begun("task-" + kind, kind, node, 0, 1, ""), 1));
    }

    @Test
    void neighboursThatAreSmallAndIdleForLongAreMergedTheSmallestFirstAndOneAtATime() {
        List<TabletId> tablets = table("2000", "3000", "4000");
        holds(tablets.get(0), 70);
        holds(tablets.get(1), 60);
        holds(tablets.get(2), 200);
        holds(tablets.get(3), 20);
        begin(ClusterTask.Kind.PAUSE_BALANCING, null);
        cluster.run(KNOWN_MILLIS);
        begin(ClusterTask.Kind.RESUME_BALANCING, null);
        cluster.run(IDLE_MILLIS - 2_000);
        assertThat(merges()).as("not for long").isEmpty();
        cluster.run(20_000);
        assertThat(merges()).singleElement().matches(each -> each.left().equals(tablets.get(0)));
        giveUp();
        cluster.run(2_000);
        assertThat(merges()).as("the next, which has waited meanwhile").hasSize(2);
        assertThat(merges().get(1).left()).isEqualTo(tablets.get(2));
    }

    @Test
    void whatWouldSoonBeSplitAgainIsNotMerged() {
        List<TabletId> tablets = table("2000");
        holds(tablets.get(0), 125);
        holds(tablets.get(1), 125);
        cluster.run(3 * IDLE_MILLIS);
        assertThat(merges()).isEmpty();
        holds(tablets.get(1), 124);
        cluster.run(IDLE_MILLIS + 3_000);
        assertThat(merges()).hasSize(1);
    }

    @Test
    void boundsThatSomebodyAskedForStay() {
        cluster.table(3, StoreKind.DISK, 3);
        cluster.run(4_000);
        split(0, false, "0800");
        cluster.run(4 * IDLE_MILLIS);
        assertThat(merges()).isEmpty();
        assertThat(tablets()).hasSize(4);
    }

    /** The bound that goes is one of them, and the other stays although it is one of a merged tablet. */
    @Test
    void aBoundStaysWhatItIsWhenItsTabletIsSplitAgain() {
        cluster.table(3, StoreKind.DISK, 2);
        cluster.run(4_000);
        String kept = cluster.tablet(tablets().get(1)).fromHex();
        split(1, true, "2000");
        assertThat(cluster.state().tablets().values())
                .filteredOn(TabletDescriptor::fromUnasked)
                .extracting(TabletDescriptor::fromHex)
                .containsExactly("2000");
        TabletId left = tablets().get(1);
        cluster.run(KNOWN_MILLIS + IDLE_MILLIS + 3_000);
        assertThat(merges()).singleElement().matches(each -> each.left().equals(left));
        assertThat(cluster.tablet(left).fromHex()).isEqualTo(kept);
    }

    @Test
    void whatIsAskedForMuchIsNotMerged() {
        List<TabletId> tablets = table("2000");
        cluster.nodes().forEach(node -> node.ask(tablets.get(0), 60));
        cluster.nodes().forEach(node -> node.ask(tablets.get(1), 40));
        cluster.run(4 * IDLE_MILLIS);
        assertThat(merges()).isEmpty();
        cluster.nodes().forEach(node -> node.ask(tablets.get(0), 10));
        cluster.run(3 * IDLE_MILLIS);
        assertThat(merges()).hasSize(1);
    }

    /** Measured from nothing on, any load looks small in the beginning. */
    @Test
    void aLoadThatWasNotMeasuredForLongIsNotTakenForSmall() {
        MergeSettings hasty = new MergeSettings(true, 0.25, 100, 1_000, 1);
        cluster = new SimulatedCluster(43, 3, SETTINGS.with(hasty));
        List<TabletId> tablets = table("2000");
        cluster.nodes().forEach(node -> node.ask(tablets.get(0), 150));
        cluster.run(120_000);
        assertThat(merges()).isEmpty();
    }

    @Test
    void bytesThatAreGuessedAreNotHeeded() {
        List<TabletId> tablets = table("2000");
        cluster.nodes().forEach(node -> node.guesses.add(tablets.get(1)));
        cluster.run(2 * IDLE_MILLIS);
        assertThat(merges()).isEmpty();
        cluster.nodes().forEach(node -> node.guesses.clear());
        cluster.run(IDLE_MILLIS - 2_000);
        assertThat(merges()).isEmpty();
        cluster.run(4_000);
        assertThat(merges()).hasSize(1);
    }

    @Test
    void nothingIsMergedWhileBalanceIsPausedAndForAsLongAsEverAfterThat() {
        table("2000");
        begin(ClusterTask.Kind.PAUSE_BALANCING, null);
        cluster.run(3 * IDLE_MILLIS);
        assertThat(merges()).isEmpty();
        begin(ClusterTask.Kind.RESUME_BALANCING, null);
        cluster.run(IDLE_MILLIS - 2_000);
        assertThat(merges()).isEmpty();
        cluster.run(4_000);
        assertThat(merges()).hasSize(1);
    }

    @Test
    void nothingIsMergedWhileANodeIsDrained() {
        cluster = new SimulatedCluster(43, 4, SETTINGS);
        table("2000");
        for (String member : List.of("t1", "t2", "t3")) {
            cluster.cut("t4", member);
        }
        begin(ClusterTask.Kind.DRAIN, NodeId.of("t3"));
        cluster.run(3 * IDLE_MILLIS);
        assertThat(merges()).isEmpty();
    }

    @Test
    void nothingIsMergedWhereACopyIsMissing() {
        table("2000");
        cluster.node("t3").kill();
        cluster.run(3 * IDLE_MILLIS);
        assertThat(merges()).isEmpty();
        cluster.node("t3").restart(false);
        cluster.run(IDLE_MILLIS + 10_000);
        assertThat(merges()).hasSize(1);
    }

    @Test
    void theWaitBeginsAnewWithEachLeaderAndNothingOfItIsWritten() {
        table("2000");
        cluster.run(4_000);
        int written = cluster.metadata.applied().size();
        for (int i = 0; i < 4; i++) {
            cluster.run(IDLE_MILLIS + 10_000);
            cluster.lead(i % 2 == 0 ? "m2" : "m1");
        }
        assertThat(cluster.metadata.applied()).hasSize(written);
        cluster.run(KNOWN_MILLIS + IDLE_MILLIS + 3_000);
        assertThat(merges()).hasSize(1);
    }

    /** A node has no room for it, and may not have any for long. */
    @Test
    void whatCameToNothingIsTriedAgainEverMoreSeldomAlsoByTheNextLeader() {
        table("2000");
        cluster.run(KNOWN_MILLIS + IDLE_MILLIS + 3_000);
        giveUp();
        cluster.run(IDLE_MILLIS - 2_000);
        assertThat(merges()).hasSize(1);
        cluster.run(4_000);
        assertThat(merges()).hasSize(2);
        giveUp();
        cluster.run(2 * IDLE_MILLIS - 2_000);
        assertThat(merges()).as("within the second, longer pause").hasSize(2);
        cluster.run(4_000);
        assertThat(merges()).hasSize(3);
        giveUp();
        cluster.lead("m2");
        cluster.run(4 * IDLE_MILLIS - 2_000);
        assertThat(merges()).as("within the third").hasSize(3);
        cluster.run(4_000);
        assertThat(merges()).hasSize(4);
    }

    @Test
    void settingsThatWouldUndoEachOtherAreRefusedAndNamed() {
        assertThatThrownBy(() -> new MergeSettings(true, 0.6, 100, 600_000, 1))
                .hasMessageContaining("ebla.merging.share cannot be 0.6")
                .hasMessageContaining("at most 0.5");
        assertThatThrownBy(() -> new MergeSettings(true, 0, 100, 600_000, 1))
                .hasMessageContaining("ebla.merging.share");
        assertThatThrownBy(() -> new MergeSettings(true, 0.25, -1, 600_000, 1))
                .hasMessageContaining("ebla.merging.load");
        assertThatThrownBy(() -> new MergeSettings(true, 0.25, 100, 0, 1))
                .hasMessageContaining("ebla.merging.idle");
        assertThatThrownBy(() -> new MergeSettings(true, 0.25, 100, 600_000, 0))
                .hasMessageContaining("ebla.merging.at-once");
    }
}
