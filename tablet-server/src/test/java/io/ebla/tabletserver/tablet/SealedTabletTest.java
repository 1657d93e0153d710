package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.NodeApi.SplitAnswer;
import io.ebla.core.cluster.NodeApi.SplitResult;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.Mutation;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a tablet does between the SEAL that its master appends and what becomes of that. */
class SealedTabletTest extends TabletGroupCase {

    private static final TabletId INTO = new TabletId(900);

    private CompletableFuture<SplitAnswer> ask(Mutation mutation) {
        long epoch = master.tablet().pipeline().masterEpoch();
        return master.tablet().pipeline().splitting().ask(epoch, mutation);
    }

    private CompletableFuture<SplitAnswer> seal() {
        return ask(new Mutation.Seal(INTO, LocalGroup.TABLET, new TabletId(800)));
    }

    private void expiring(String pk, long ttlMillis) {
        RowOperation put = SimulatedTablet.put(pk, "v", ttlMillis, RowCondition.ALWAYS);
        group.await(master.write(master.request(WriteRequest.QUORUM, put))).result();
    }

    /** T1: the merged tablet may begin elsewhere with no later time than the SEAL's. */
    @Test
    void untilTheSealIsAppliedNothingLaterIsShown() {
        serving();
        expiring("a", 60);
        assertThat(group.value(group.await(master.get("a")))).contains("v");
        slaves.forEach(slave -> slave.syncsHeld = true);
        CompletableFuture<SplitAnswer> sealed = seal();
        group.run(120);
        assertThat(sealed).isNotDone();
        Answers<ReadResult> late = group.await(master.get("a"));
        assertThat(group.value(late)).as("expired since, by the clock").contains("v");
        slaves.forEach(slave -> slave.syncsHeld = false);
        group.run(100);
        assertThat(sealed).isCompletedWithValue(new SplitAnswer(SplitResult.SPLIT));
        assertThat(group.await(master.get("a")).succeeded()).isFalse();
        long shownMillis = master.tablet().parts().time().nowMillis();
        assertThat(shownMillis)
                .isEqualTo(master.store().sealing().orElseThrow().position().timestampMillis());
    }

    @Test
    void timeGoesOnOnceTheMergeIsCancelled() {
        serving();
        seal();
        group.run(50);
        CompletableFuture<SplitAnswer> cancelled = ask(new Mutation.CancelSplit(INTO));
        group.run(50);
        assertThat(cancelled).isCompletedWithValue(new SplitAnswer(SplitResult.CANCELLED));
        long before = master.tablet().parts().time().nowMillis();
        group.run(50);
        assertThat(master.tablet().parts().time().nowMillis()).isGreaterThanOrEqualTo(before + 40);
        assertThat(written(master, "b", "w").outcome()).isNotNull();
    }

    private static ReplicaFiles.Replica replica(long tablet) {
        return new ReplicaFiles.Replica(
                new TabletId(tablet), LocalGroup.TABLE, "", "", new ReplicaId("r"));
    }

    /** What nobody here has made yet is made a moment later, as long as a tablet is sealed for it. */
    @Test
    void whatATabletIsSealedForIsNotCalledGone() {
        ClusterMap map = new ClusterMap("c", 1, 1, List.of(), List.of(), List.of(), List.of(INTO));
        HeldReplicas held = new HeldReplicas();
        serving();
        held.done(LocalGroup.TABLET, master.replicas().of(LocalGroup.TABLET));
        assertThat(held.droppedUnreported(map)).containsExactly(INTO);
        seal();
        group.run(50);
        assertThat(held.droppedUnreported(map)).isEmpty();
        ask(new Mutation.CancelSplit(INTO));
        group.run(50);
        assertThat(held.droppedUnreported(map)).containsExactly(INTO);
    }

    /** An opening may take for ever; what is opened in the end may be sealed for what was called gone. */
    @Test
    void whatIsBeingOpenedKeepsNothingFromBeingCalledGoneAndMakesNoneOfIt() {
        ClusterMap map = new ClusterMap("c", 1, 1, List.of(), List.of(), List.of(), List.of(INTO));
        HeldReplicas held = new HeldReplicas();
        ReplicaFiles.Replica parent = replica(INTO.value() - 1);
        held.open(parent);
        assertThat(held.droppedUnreported(map)).containsExactly(INTO);
        held.done(parent.tablet(), null);
        assertThat(held.takeUpUnheld(INTO)).isFalse();
        assertThat(held.takeUpUnheld(new TabletId(INTO.value() + 1))).isTrue();
    }
}
