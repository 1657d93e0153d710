package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeApi.SplitAnswer;
import io.ebla.core.cluster.NodeApi.SplitResult;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The end of a tablet's log, as its replicas see it. */
class SplittingTest extends TabletGroupCase {

    private static final Mutation.Split SPLIT =
            new Mutation.Split(Bytes.utf8("m"), new TabletId(101), new TabletId(102));

    private static boolean isSplit(GroupNode node) {
        return node.tablet().pipeline().splitting().isSplit();
    }

    private CompletableFuture<SplitAnswer> asked(Mutation mutation) {
        return master.tablet().pipeline().splitting().ask(1, mutation);
    }

    @Test
    void whoeverAsksBeyondTheBoundIsToldNotNow() {
        serving();
        group.nodes().forEach(node -> node.syncsHeld = true);
        List<CompletableFuture<SplitAnswer>> answers = new ArrayList<>();
        for (int i = 0; i < Splitting.ASKED_MAX + 3; i++) {
            answers.add(asked(new Mutation.CancelSplit(SPLIT.low())));
        }
        group.run(100);
        assertThat(answers.subList(0, Splitting.ASKED_MAX)).noneMatch(CompletableFuture::isDone);
        assertThat(answers.subList(Splitting.ASKED_MAX, answers.size()))
                .allMatch(each -> each.join().result() == SplitResult.NOT_NOW);
        group.nodes().forEach(node -> node.syncsHeld = false);
        group.run(1_000);
        assertThat(answers.subList(0, Splitting.ASKED_MAX))
                .allMatch(each -> each.join().result() == SplitResult.CANCELLED);
    }

    /** Nothing comes after SPLIT that would tell them, and until they know there are no children. */
    @Test
    void theOthersHearAtOnceThatTheLogHasEnded() {
        serving();
        written(master, "a", "1");
        group.run(500);
        asked(SPLIT);
        assertThat(group.runUntil(() -> isSplit(master), 1_000)).isTrue();
        long sinceNanos = group.nowNanos();
        assertThat(group.runUntil(() -> slaves.stream().anyMatch(SplittingTest::isSplit), 1_000))
                .isTrue();
        assertThat(group.nowNanos() - sinceNanos).isLessThan(3_000_000);
    }

    @Test
    void whoMakesReadyOnlyIsNotAskedForItsLog() {
        serving();
        asked(SPLIT);
        assertThat(group.runUntil(() -> isSplit(master), 1_000)).isTrue();
        String hex = HexFormat.of().formatHex(SPLIT.at().toArray());
        NodeApi.Split ready =
                new NodeApi.Split(
                        "c",
                        master.id,
                        LocalGroup.TABLET,
                        NodeApi.NO_EPOCH,
                        hex,
                        SPLIT.low(),
                        SPLIT.high(),
                        false);
        CompletableFuture<SplitAnswer> answer = master.metaCalls().split(ready);
        group.run(100);
        assertThat(answer.join().result()).isEqualTo(SplitResult.NOT_NOW);
    }

    /** The first that is told that a parent is divided fails: the children are not made again for that. */
    @Test
    void aDivisionWhoseEndFailsIsEndedAgainAndNothingElse() {
        serving();
        LocalReplica parent = master.replicas().of(LocalGroup.TABLET);
        List<String> events = new ArrayList<>();
        Splits.Keeper keeper = new UnwantingKeeper(events);
        TabletStores stores =
                (TabletStores)
                        Proxy.newProxyInstance(
                                TabletStores.class.getClassLoader(),
                                new Class<?>[] {TabletStores.class},
                                (proxy, method, arguments) -> null);
        VirtualClock clock = new VirtualClock();
        ReplicaWork work = new ReplicaWork(Runnable::run, clock);
        Map<StoreKind, Storage> storages =
                Map.of(StoreKind.DISK, new Storage(master.oplog(), stores));
        HeadStarts none =
                new HeadStarts(storages, Runnable::run, clock, tablet -> parent, child -> false);
        new Splits(storages, new SimulatedReplicaFiles(), work, none, clock, keeper)
                .begin(new Splits.Due(parent, null, List.of(SPLIT.low(), SPLIT.high())));
        for (int i = 0; i < 5; i++) {
            clock.pass(60_000);
            work.retry();
        }
        assertThat(events).containsExactly("unwanted 101", "unwanted 102", "fails", "divided");
    }

    private record UnwantingKeeper(List<String> events) implements Splits.Keeper {

        @Override
        public boolean isWanted(LocalReplica parent, TabletId child) {
            return false;
        }

        @Override
        public void unwanted(TabletId child) {
            events.add("unwanted " + child);
        }

        @Override
        public void made(ReplicaFiles.Replica child, StoreKind kind, TabletStore.Applied begin) {
            throw new IllegalStateException("nothing is wanted");
        }

        @Override
        public void divided(LocalReplica parent) {
            if (!events.contains("fails")) {
                events.add("fails");
                throw new IllegalStateException("once");
            }
            events.add("divided");
        }
    }
}
