package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.oplog.SimulatedDisk;
import io.ebla.tabletserver.store.CrashableTabletStores;
import io.ebla.tabletserver.store.TabletStore;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The production tablet over the production journal, on a disk that loses power at any of its operations:
 * what was answered as committed is there in every later life, and nothing that nobody wrote.
 */
class TabletOverJournalTest {

    private static final Logger LOGGER =
            (Logger) LoggerFactory.getLogger(SegmentOplog.class.getPackageName());

    /** Every failing disk is told of, and here most are. */
    private static final java.util.logging.Logger RETREAT =
            java.util.logging.Logger.getLogger(Retreat.class.getName());

    private static final int RUNS = Integer.getInteger("ebla.tablet.runs", 60);

    @BeforeAll
    static void silence() {
        LOGGER.setLevel(Level.OFF);
        RETREAT.setLevel(java.util.logging.Level.OFF);
    }

    @AfterAll
    static void speak() {
        LOGGER.setLevel(null);
        RETREAT.setLevel(null);
    }

    @Test
    void whatWasAnsweredSurvivesEveryPowerCut() throws Exception {
        long first = ThreadLocalRandom.current().nextLong();
        int cuts = 0;
        int committed = 0;
        for (long seed = first; seed < first + RUNS; seed++) {
            try {
                Run run = new Run(seed);
                run.run();
                cuts += run.cuts;
                committed += run.committed;
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(cuts).isGreaterThan(RUNS / 2);
        assertThat(committed).isGreaterThan(RUNS * 10);
    }

    /** Some lives of one tablet. */
    private static final class Run {

        private record Sent(String pk, String value, Answers<WriteResult> answer) {}

        private final Random random;
        private final SimulatedDisk disk;
        private final VirtualClock clock = new VirtualClock();
        private final CrashableTabletStores stores = new CrashableTabletStores();
        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private final Map<String, Set<String>> possible = new HashMap<>();
        private final List<Sent> sent = new ArrayList<>();
        private SegmentOplog oplog;
        private TabletStore store;
        private Tablet tablet;
        private long epoch;
        private int values;
        private int cuts;
        private int committed;

        Run(long seed) {
            random = new Random(seed);
            disk = new SimulatedDisk(seed, 16 << 20);
        }

        void run() throws IOException {
            for (int life = 0; life < 5; life++) {
                open();
                check();
                if (random.nextInt(4) > 0) {
                    disk.cutPowerIn(random.nextInt(60));
                }
                for (int i = 0; i < 60 && oplog.condition() == Oplog.Condition.OPEN; i++) {
                    step();
                }
                crash();
            }
            open();
            check();
        }

        private void open() throws IOException {
            disk.cutPowerIn(Long.MAX_VALUE);
            oplog =
                    SegmentOplog.openWithoutThreads(
                            disk,
                            OplogSettings.defaults()
                                    .withSegmentBytes(128 << 10)
                                    .withGroupBytes(16 << 10)
                                    .withFreeSpace(0, 1_000),
                            clock,
                            OplogObserver.NONE,
                            () -> {});
            tasks.clear();
            store = stores.open(SimulatedTablet.ID);
            tablet =
                    new TabletFactory(
                                    SimulatedTablet.NODE,
                                    clock,
                                    TabletSettings.DEFAULTS,
                                    ReplicationSettings.DEFAULTS,
                                    tasks::add,
                                    tasks::add,
                                    LocalEnv.Group.NONE,
                                    TabletObserver.NONE)
                            .open(SimulatedTablet.ID, KeyRange.ALL, oplog, store);
            epoch++;
            tablet.pipeline()
                    .assign(
                            new Assignment(
                                    true,
                                    false,
                                    ReplicaSet.alone(SimulatedTablet.NODE, SimulatedTablet.REPLICA),
                                    epoch,
                                    SimulatedTablet.NODE,
                                    true));
            settleAndSync();
        }

        private void step() {
            switch (random.nextInt(8)) {
                case 0 -> {
                    store.flush();
                    oplog.release(SimulatedTablet.ID, store.flushed().index());
                }
                case 1 -> clock.pass(random.nextInt(100));
                case 2, 3 -> oplog.step();
                default -> write();
            }
            if (random.nextBoolean()) {
                settle();
            }
            learn();
        }

        private void write() {
            String pk = "k" + random.nextInt(6);
            String value = "v" + values++ + "x".repeat(random.nextInt(300));
            Answers<WriteResult> answer = new Answers<>();
            possible.computeIfAbsent(pk, any -> new HashSet<>(Set.of(""))).add(value);
            sent.add(new Sent(pk, value, answer));
            long deadline = clock.monotonicNanos() + 60_000_000_000L;
            tablet.write(
                    new WriteRequest(
                            List.of(SimulatedTablet.put(pk, value)),
                            WriteRequest.QUORUM,
                            deadline,
                            "",
                            null,
                            null),
                    tasks::add,
                    answer);
        }

        /** A committed write leaves itself and what was sent after it. */
        private void learn() {
            for (int i = 0; i < sent.size(); i++) {
                Sent write = sent.get(i);
                if (!write.answer().succeeded()) {
                    continue;
                }
                committed++;
                Set<String> now = new HashSet<>(Set.of(write.value()));
                sent.subList(i + 1, sent.size()).stream()
                        .filter(later -> later.pk().equals(write.pk()))
                        .forEach(later -> now.add(later.value()));
                possible.put(write.pk(), now);
                sent.remove(i);
                i--;
            }
        }

        private void crash() {
            settle();
            learn();
            cuts += oplog.condition() == Oplog.Condition.FAILED ? 1 : 0;
            stores.crash();
            disk.crash();
            sent.clear();
        }

        private void check() {
            assertThat(oplog.corrupted()).isEmpty();
            possible.replaceAll(
                    (pk, values) -> {
                        Answers<ReadResult> answer = new Answers<>();
                        tablet.get(
                                SimulatedTablet.key(pk),
                                ReadLevel.STRONG,
                                null,
                                clock.monotonicNanos() + 1_000_000_000L,
                                tasks::add,
                                answer);
                        settleAndSync();
                        String found = answer.result().row().map(SimulatedTablet::text).orElse("");
                        assertThat(values).as("row %s", pk).contains(found);
                        return new HashSet<>(Set.of(found));
                    });
        }

        private void settle() {
            while (!tasks.isEmpty()) {
                tasks.poll().run();
            }
        }

        private void settleAndSync() {
            settle();
            while (oplog.step()) {
                settle();
            }
        }
    }
}
