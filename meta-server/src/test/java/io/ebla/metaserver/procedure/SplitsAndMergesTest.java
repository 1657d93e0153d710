package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.procedure.PlannedTablets.Event;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That splits and merges which nobody asked for do not undo each other. */
class SplitsAndMergesTest {

    private static final long IDLE_MILLIS = 120_000;
    private static final long HOUR_MILLIS = 3_600_000;

    private static final double SPLIT_BYTES = 10_000;
    private static final double SPLIT_LOAD = 1_000;

    private static ProcedureSettings settings(double share) {
        return new ProcedureSettings(
                        3_000, 350, 3_000, 10_000, 1_000, 20_000, 5_000, 8, 3, 32, 0.65)
                .with(new SplitSettings(true, (long) SPLIT_BYTES, SPLIT_LOAD, 2, 10_000))
                .with(new MergeSettings(true, share, 0, IDLE_MILLIS, 2))
                .with(BalanceSettings.defaults());
    }

    /** What keeps the two apart, taken away: merges are told what they would never be. */
    private enum Removed {

        /** What is merged has up to twice of what is split at. */
        MARGIN {
            @Override
            ProcedureSettings ofMerges(ProcedureSettings settings) {
                SplitSettings splits = settings.splits();
                double eightfold = 2 / settings.merges().share();
                return settings.with(
                        new SplitSettings(
                                splits.automatic(),
                                (long) (eightfold * splits.bytes()),
                                eightfold * splits.load(),
                                splits.atOnce(),
                                splits.pauseMillis()));
            }
        },

        /** A pair that is small and idle for a moment is merged. */
        WAIT {
            @Override
            ProcedureSettings ofMerges(ProcedureSettings settings) {
                MergeSettings merges = settings.merges();
                return settings.with(
                        new MergeSettings(
                                merges.automatic(),
                                merges.share(),
                                merges.load(),
                                1,
                                merges.atOnce()));
            }
        };

        abstract ProcedureSettings ofMerges(ProcedureSettings settings);

        PlannedTablets tablets() {
            ProcedureSettings settings = settings(0.25);
            return new PlannedTablets(settings, ofMerges(settings));
        }
    }

    /** What is asked for and held wanders between so much and half as much again. */
    private static final class Demand {

        private static final double MOST = 1.5;

        private final Random random;
        private final PlannedTablets tablets;
        private final double[] bytes = new double[PlannedTablets.KEYS];
        private final double[] load = new double[PlannedTablets.KEYS];
        private double factor = 1;

        Demand(Random random, PlannedTablets tablets) {
            this.random = random;
            this.tablets = tablets;
            redraw();
        }

        /** Few keys or many have most of it, somewhere. */
        void redraw() {
            draw(bytes, SPLIT_BYTES * Math.pow(10, 2 * random.nextDouble() - 1));
            draw(load, SPLIT_LOAD * Math.pow(10, 2 * random.nextDouble() - 1));
        }

        private void draw(double[] of, double whole) {
            double steep = 1 + 8 * random.nextDouble();
            double sum = 0;
            for (int i = 0; i < of.length; i++) {
                of[i] = Math.pow(random.nextDouble(), steep);
                sum += of[i];
            }
            for (int i = 0; i < of.length; i++) {
                of[i] *= whole / sum;
            }
        }

        void wander(long millis) {
            long end = tablets.millis() + millis;
            while (tablets.millis() < end) {
                factor = Math.min(MOST, Math.max(1, factor + 0.05 * random.nextGaussian()));
                stay(1);
            }
        }

        /** At the most, and at the least. */
        void settle(double at, long millis) {
            factor = at;
            stay(millis);
        }

        private void stay(long millis) {
            long end = tablets.millis() + millis;
            while (tablets.millis() < end) {
                for (int i = 0; i < bytes.length; i++) {
                    tablets.bytes[i] = bytes[i] * factor;
                    tablets.load[i] = load[i] * factor;
                }
                tablets.beat();
            }
        }
    }

    private static List<Event> since(PlannedTablets tablets, long millis) {
        return tablets.events().stream().filter(each -> each.atMillis() >= millis).toList();
    }

    /** Also where what is merged has nearly half of what would be split, the most that may be set. */
    @ParameterizedTest
    @ValueSource(doubles = {0.25, 0.5})
    void aDemandThatStaysAboutTheSameComesToRest(double share) {
        int reshaped = 0;
        int merged = 0;
        for (long seed = 1; seed <= 15; seed++) {
            List<Event> events = comesToRest(seed, new PlannedTablets(settings(share)));
            reshaped += events.size();
            merged += (int) events.stream().filter(each -> isMerge(each)).count();
        }
        assertThat(merged).as("merges").isGreaterThan(50);
        assertThat(reshaped - merged).as("splits").isGreaterThan(50);
    }

    private static List<Event> comesToRest(long seed, PlannedTablets tablets) {
        Demand demand = new Demand(new Random(seed), tablets);
        demand.wander(HOUR_MILLIS / 2);
        long first = tablets.millis();
        for (int i = 0; i < 2; i++) {
            long begun = tablets.millis();
            demand.redraw();
            demand.wander(HOUR_MILLIS);
            demand.settle(Demand.MOST, HOUR_MILLIS / 2);
            demand.settle(1, HOUR_MILLIS / 2);
            long settled = tablets.millis();
            demand.wander(HOUR_MILLIS);
            nothingIsUndone(seed, since(tablets, begun));
            assertThat(since(tablets, settled))
                    .as("seed %s: when all was at rest, %s", seed, tablets.sizes())
                    .isEmpty();
        }
        return since(tablets, first);
    }

    @Test
    void withoutTheMarginItDoesNotComeToRest() {
        for (long seed = 1; seed <= 3; seed++) {
            long same = seed;
            assertThatThrownBy(() -> comesToRest(same, Removed.MARGIN.tablets()))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("[seed " + seed);
        }
    }

    private static boolean isMerge(Event event) {
        return event.what().equals("merge");
    }

    /** No bound that went comes again, and what was merged is not split. */
    private static void nothingIsUndone(long seed, List<Event> events) {
        Set<String> gone = new HashSet<>();
        Set<TabletId> merged = new HashSet<>();
        for (Event event : events) {
            if (isMerge(event)) {
                gone.add(event.boundHex());
                merged.add(event.tablet());
            } else {
                assertThat(gone).as("seed %s, %s", seed, events).doesNotContain(event.boundHex());
                assertThat(merged).as("seed %s, %s", seed, events).doesNotContain(event.tablet());
            }
        }
    }

    /** By day and by night, within minutes: what a split has made is not merged a moment later. */
    @Test
    void aDemandThatChangesAllTheTimeReshapesSlowly() {
        int merges = 0;
        for (long seed = 1; seed <= 40; seed++) {
            merges += reshapesSlowly(seed, new PlannedTablets(settings(0.25)));
        }
        assertThat(merges).isGreaterThan(100);
    }

    /** How many merges there were. */
    private static int reshapesSlowly(long seed, PlannedTablets tablets) {
        Random random = new Random(seed);
        Demand demand = new Demand(random, tablets);
        for (int i = 0; i < 30; i++) {
            demand.redraw();
            demand.wander(1 + random.nextInt((int) (3 * IDLE_MILLIS)));
        }
        int merges = 0;
        Map<String, Long> splitAt = new HashMap<>();
        for (Event event : tablets.events()) {
            if (isMerge(event)) {
                merges++;
                assertThat(event.atMillis() - splitAt.get(event.boundHex()))
                        .as("seed %s, %s", seed, event)
                        .isGreaterThanOrEqualTo(IDLE_MILLIS);
            } else {
                splitAt.put(event.boundHex(), event.atMillis());
            }
        }
        return merges;
    }

    @Test
    void withoutTheWaitWhatASplitHasMadeIsMergedAMomentLater() {
        for (long seed = 1; seed <= 3; seed++) {
            long same = seed;
            assertThatThrownBy(() -> reshapesSlowly(same, Removed.WAIT.tablets()))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("[seed " + seed);
        }
    }

    /** About where two are merged, and about where one is split. */
    @ParameterizedTest
    @ValueSource(doubles = {0.2, 0.25, 0.3, 0.5, 0.9, 1, 1.1, 2})
    void aLoadAtTheBoundaryDoesNotFlap(double share) {
        for (long seed = 1; seed <= 10; seed++) {
            doesNotFlap(seed, share, new PlannedTablets(settings(0.25)));
        }
    }

    private static void doesNotFlap(long seed, double share, PlannedTablets tablets) {
        Random random = new Random(seed);
        ask(tablets, 3 * SPLIT_LOAD, random, HOUR_MILLIS / 4);
        int split = tablets.events().size();
        assertThat(split).as("seed %s", seed).isGreaterThan(1);
        ask(tablets, share * SPLIT_LOAD, random, 3 * HOUR_MILLIS);
        List<Event> after = tablets.events().subList(split, tablets.events().size());
        nothingIsUndone(seed, after);
        assertThat(after).as("seed %s", seed).hasSizeLessThanOrEqualTo(split);
        assertThat(after).as("seed %s", seed).allMatch(SplitsAndMergesTest::isMerge);
    }

    @Test
    void withoutTheMarginALoadAtTheBoundaryFlaps() {
        for (long seed = 1; seed <= 3; seed++) {
            long same = seed;
            assertThatThrownBy(() -> doesNotFlap(same, 1.1, Removed.MARGIN.tablets()))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("[seed " + seed);
        }
    }

    /** Evenly over all keys, more or less by a fifth from one moment to the next. */
    private static void ask(PlannedTablets tablets, double whole, Random random, long millis) {
        long end = tablets.millis() + millis;
        while (tablets.millis() < end) {
            double now = whole * (0.8 + 0.4 * random.nextDouble());
            for (int i = 0; i < PlannedTablets.KEYS; i++) {
                tablets.bytes[i] = 1;
                tablets.load[i] = now / PlannedTablets.KEYS;
            }
            tablets.beat();
        }
    }
}
