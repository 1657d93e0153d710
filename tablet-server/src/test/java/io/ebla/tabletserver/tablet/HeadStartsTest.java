package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.store.Dividing;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Children that follow their parent before it is split. */
class HeadStartsTest extends TabletGroupCase {

    private static final TabletId CHILD = new TabletId(101);
    private static final Mutation.Split SPLIT =
            new Mutation.Split(Bytes.utf8("m"), CHILD, new TabletId(102));

    private static final Executor THREADS = task -> new Thread(task).start();

    private final VirtualClock clock = new VirtualClock();
    private final List<FollowingStore> begun = new ArrayList<>();
    private LocalReplica parent;
    private LocalReplica now;
    private boolean free = true;
    private boolean crowded;
    private Runnable whenTaken = () -> {};
    private HeadStarts headStarts;

    /** Notes what it is told. */
    private static final class FollowingStore implements Dividing {

        private TabletStore.Applied position;
        private final List<LogEntry> followed = new ArrayList<>();
        private TabletStore.Applied flushed;
        private long unflushedBytes;
        private boolean fails;
        private boolean finished;
        private boolean closed;

        @Override
        public TabletStore.Applied position() {
            return position;
        }

        @Override
        public void follow(List<LogEntry> entries) {
            if (fails) {
                throw new IllegalStateException("as it was told to");
            }
            for (LogEntry entry : entries) {
                assertThat(entry.index()).isEqualTo(position.index() + 1);
                followed.add(entry);
                position =
                        new TabletStore.Applied(
                                entry.epoch(), entry.index(), entry.timestampMillis(), 0, 0);
            }
        }

        @Override
        public void flush() {
            flushed = position;
        }

        @Override
        public long unflushedBytes() {
            return unflushedBytes;
        }

        @Override
        public void finish() {
            finished = true;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** Stores of which only the children that are begun matter. */
    private final class BeginningStores implements TabletStores {

        @Override
        public Optional<Dividing> beginDividing(
                TabletStore of, TabletId child, BooleanSupplier isFree) {
            whenTaken.run();
            if (!isFree.getAsBoolean()) {
                return Optional.empty();
            }
            FollowingStore store = new FollowingStore();
            store.position = of.applied();
            begun.add(store);
            return Optional.of(store);
        }

        @Override
        public TabletStore open(TabletId tablet) {
            throw new UnsupportedOperationException("open");
        }

        @Override
        public void remove(TabletId tablet) {
            throw new UnsupportedOperationException("remove");
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void serve() {
        serving();
        written(master, "a", "1");
        group.run(500);
        parent = master.replicas().of(LocalGroup.TABLET);
        now = parent;
        Map<StoreKind, Storage> storages =
                Map.of(parent.kind(), new Storage(filling(master.oplog()), new BeginningStores()));
        headStarts = new HeadStarts(storages, Runnable::run, clock, tablet -> now, child -> free);
    }

    /** A log of which the test says when it holds much. */
    private Oplog filling(Oplog real) {
        return (Oplog)
                Proxy.newProxyInstance(
                        Oplog.class.getClassLoader(),
                        new Class<?>[] {Oplog.class},
                        (proxy, method, arguments) ->
                                method.getName().equals("crowded")
                                        ? crowded
                                        : method.invoke(real, arguments));
    }

    private long applied() {
        return parent.tablet().store().applied().index();
    }

    private void split() {
        master.tablet().pipeline().splitting().ask(1, SPLIT);
        assertThat(group.runUntil(() -> parent.tablet().pipeline().splitting().isSplit(), 1_000))
                .isTrue();
    }

    @Test
    void oneIsBegunOnceFollowsAndEndsWhereItsParentDoes() {
        headStarts.give(parent, List.of(CHILD));
        long before = applied();
        written(master, "b", "2");
        group.run(500);
        headStarts.give(parent, List.of(CHILD));
        assertThat(begun).hasSize(1);
        FollowingStore child = begun.get(0);
        assertThat(child.followed.get(0).index()).isEqualTo(before + 1);
        written(master, "c", "3");
        split();
        assertThat(headStarts.finish(parent, CHILD)).isTrue();
        assertThat(child.position.index()).isEqualTo(applied());
        assertThat(child.finished).isTrue();
        assertThat(headStarts.has(CHILD)).isFalse();
        assertThat(headStarts.finish(parent, CHILD)).isFalse();
    }

    @Test
    void theLogIsKeptForItAndNoLonger() {
        headStarts.give(parent, List.of(CHILD));
        long kept = applied();
        written(master, "b", "2");
        group.run(500);
        parent.tablet().store().flush();
        assertThat(parent.tablet().releasable()).isEqualTo(kept);
        headStarts.give(parent, List.of(CHILD));
        assertThat(parent.tablet().releasable()).isEqualTo(applied());
        written(master, "c", "3");
        group.run(500);
        split();
        headStarts.finish(parent, CHILD);
        parent.tablet().store().flush();
        assertThat(parent.tablet().releasable()).isEqualTo(applied());
    }

    @Test
    void oneThatFailsIsNone() {
        headStarts.give(parent, List.of(CHILD));
        begun.get(0).fails = true;
        written(master, "b", "2");
        split();
        assertThat(headStarts.finish(parent, CHILD)).isFalse();
        assertThat(begun.get(0).closed).isTrue();
        assertThat(begun.get(0).finished).isFalse();
    }

    @Test
    void oneOfASplitThatNeverComesGoes() {
        headStarts.give(parent, List.of(CHILD));
        clock.pass(59_000);
        headStarts.check();
        assertThat(headStarts.has(CHILD)).isTrue();
        clock.pass(2_000);
        headStarts.check();
        assertThat(headStarts.has(CHILD)).isFalse();
        assertThat(begun.get(0).closed).isTrue();
    }

    @Test
    void oneWhoseParentHasEndedWaitsForWhoMakesTheChild() {
        headStarts.give(parent, List.of(CHILD));
        split();
        clock.pass(600_000);
        headStarts.check();
        assertThat(headStarts.finish(parent, CHILD)).isTrue();
    }

    @Test
    void oneOfASplitThatWasCancelledGoesAndIsNotBegunAgain() {
        headStarts.give(parent, List.of(CHILD));
        master.tablet().pipeline().splitting().ask(1, new Mutation.CancelSplit(SPLIT.low()));
        long low = SPLIT.low().value();
        assertThat(group.runUntil(() -> parent.tablet().store().cancelledSplit() == low, 1_000))
                .isTrue();
        headStarts.check();
        assertThat(begun.get(0).closed).isTrue();
        headStarts.give(parent, List.of(CHILD));
        assertThat(begun).hasSize(1);
        headStarts.give(parent, List.of(new TabletId(low + 1)));
        assertThat(begun).hasSize(2);
        headStarts.check();
        assertThat(begun.get(1).closed).isFalse();
    }

    @Test
    void noneIsBegunWhereThereIsNoRoom() {
        crowded = true;
        headStarts.give(parent, List.of(CHILD));
        assertThat(begun).isEmpty();
        crowded = false;
        headStarts.give(parent, List.of(CHILD));
        assertThat(begun).hasSize(1);
        crowded = true;
        headStarts.check();
        assertThat(begun.get(0).closed).isTrue();
    }

    @Test
    void oneOfAReplicaThatIsNoMoreGoes() {
        headStarts.give(parent, List.of(CHILD));
        now = null;
        headStarts.check();
        assertThat(begun.get(0).closed).isTrue();
    }

    @Test
    void noneIsBegunWhereSomebodyIsAtTheChild() {
        free = false;
        headStarts.give(parent, List.of(CHILD));
        assertThat(begun).isEmpty();
        assertThat(headStarts.has(CHILD)).isFalse();
        parent.tablet().store().flush();
        assertThat(parent.tablet().releasable()).isEqualTo(applied());
    }

    @Test
    void noneIsBegunWhereSomebodyComesToTheChildBeforeItsPlaceIsTaken() {
        whenTaken = () -> free = false;
        headStarts.give(parent, List.of(CHILD));
        assertThat(begun).isEmpty();
        assertThat(headStarts.has(CHILD)).isFalse();
    }

    /** While one is begun: its store is linked and opened, which takes seconds on a busy disk. */
    private void whileOneIsBegun(ThrowingRunnable then) throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        whenTaken =
                () -> {
                    taken.countDown();
                    awaited(end);
                };
        CompletableFuture<Void> giving =
                CompletableFuture.runAsync(() -> headStarts.give(parent, List.of(CHILD)), THREADS);
        awaited(taken);
        try {
            then.run();
        } finally {
            end.countDown();
        }
        giving.get(30, TimeUnit.SECONDS);
    }

    private interface ThrowingRunnable {

        void run() throws Exception;
    }

    private static void awaited(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException unwanted) {
            throw new IllegalStateException(unwanted);
        }
    }

    @Test
    void timeWaitsForNoneThatIsBeingBegun() throws Exception {
        whileOneIsBegun(
                () -> {
                    clock.pass(1_500);
                    CompletableFuture.runAsync(headStarts::check, THREADS)
                            .get(10, TimeUnit.SECONDS);
                });
        assertThat(headStarts.has(CHILD)).isTrue();
        assertThat(begun.get(0).closed).isFalse();
    }

    @Test
    void oneThatIsNotWantedAnyMoreIsClosedByWhoBeginsIt() throws Exception {
        whileOneIsBegun(
                () -> {
                    now = null;
                    CompletableFuture.runAsync(headStarts::check, THREADS)
                            .get(10, TimeUnit.SECONDS);
                    assertThat(headStarts.has(CHILD)).isTrue();
                });
        assertThat(headStarts.has(CHILD)).isFalse();
        assertThat(begun.get(0).closed).isTrue();
        assertThat(begun.get(0).followed).isEmpty();
    }

    @Test
    void whoMakesTheChildWaitsForTheOneThatIsBeingBegun() throws Exception {
        CompletableFuture<Boolean> made = new CompletableFuture<>();
        Thread maker = new Thread(() -> made.complete(headStarts.finish(parent, CHILD)));
        whileOneIsBegun(
                () -> {
                    maker.start();
                    Eventually.until("it waits", () -> maker.getState() == Thread.State.WAITING);
                    assertThat(made).isNotDone();
                });
        assertThat(made.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(begun.get(0).finished).isTrue();
    }

    @Test
    void itGoesOnFollowingThoughNobodyAsks() {
        headStarts.give(parent, List.of(CHILD));
        written(master, "b", "2");
        group.run(500);
        headStarts.check();
        assertThat(begun.get(0).position.index()).isLessThan(applied());
        clock.pass(250);
        headStarts.check();
        assertThat(begun.get(0).position.index()).isEqualTo(applied());
    }

    @Test
    void whatIsAskedForIsFlushedSoThatLittleIsLeftForThePause() {
        headStarts.give(parent, List.of(CHILD));
        written(master, "b", "2");
        group.run(500);
        headStarts.give(parent, List.of(CHILD));
        assertThat(begun.get(0).flushed.index()).isEqualTo(applied());
    }

    @Test
    void oneThatGoesOnIsFlushedWhenItHoldsMuch() {
        headStarts.give(parent, List.of(CHILD));
        long asked = applied();
        written(master, "b", "2");
        group.run(500);
        clock.pass(250);
        headStarts.check();
        assertThat(begun.get(0).position.index()).isEqualTo(applied());
        assertThat(begun.get(0).flushed.index()).isEqualTo(asked);
        begun.get(0).unflushedBytes = 8 << 20;
        clock.pass(250);
        headStarts.check();
        assertThat(begun.get(0).flushed.index()).isEqualTo(applied());
    }

    @Test
    void oneOfAnotherSplitGoesWhenTheParentHasEnded() {
        headStarts.give(parent, List.of(CHILD, new TabletId(77)));
        split();
        headStarts.check();
        assertThat(headStarts.has(CHILD)).isTrue();
        assertThat(headStarts.has(new TabletId(77))).isFalse();
        assertThat(begun.get(1).closed).isTrue();
    }
}
