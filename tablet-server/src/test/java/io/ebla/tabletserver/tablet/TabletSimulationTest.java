package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.tabletserver.store.CrashableRocksStores;
import io.ebla.tabletserver.store.CrashableTabletStores;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random life of a tablet, checked against a plain model at every answer; see {@link TabletRun}. */
class TabletSimulationTest {

    @TempDir Path data;

    @Test
    void everyAnswerIsTrueOverAMemoryStore() {
        long first = ThreadLocalRandom.current().nextLong();
        for (long seed = first; seed < first + 20; seed++) {
            runInMemory(seed, 1_500);
        }
    }

    @Test
    void everyAnswerIsTrueOverADiskStore() {
        long seed = ThreadLocalRandom.current().nextLong();
        CrashableRocksStores stores = new CrashableRocksStores(data);
        try (stores) {
            new TabletRun(seed, stores, stores::crash).run(2_000);
        }
    }

    @Test
    @Tag("long")
    void everyAnswerIsTrueForManySeeds() {
        long first = ThreadLocalRandom.current().nextLong();
        for (long seed = first; seed < first + 3_000; seed++) {
            runInMemory(seed, 2_000);
        }
    }

    /** Were the run blind, the other tests here would mean nothing. */
    @Test
    void theRunMeetsWhatItIsToJudge() {
        Map<String, Integer> met = new TreeMap<>();
        for (long seed = 4711; seed < 4721; seed++) {
            runInMemory(seed, 1_500)
                    .tally()
                    .forEach((event, count) -> met.merge(event, count, Integer::sum));
        }
        assertThat(met.values()).as("%s", met).allMatch(count -> count > 0);
    }

    private static TabletRun runInMemory(long seed, int steps) {
        CrashableTabletStores stores = new CrashableTabletStores();
        TabletRun run = new TabletRun(seed, stores, stores::crash);
        run.run(steps);
        return run;
    }
}
