package io.ebla.tabletserver.tablet;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Lives on as many threads as there are cores, each of them one thread's from its beginning to its end. Lives
 * share nothing, so that what becomes of one does not depend on those beside it.
 */
final class Lives {

    private Lives() {}

    /**
     * Lives consecutive seeds. They are taken in order, and none is any more once a life has failed: every
     * smaller one is then lived to its end, so that the failure thrown is that of the smallest seed that
     * fails, whatever the threads make of it.
     */
    static void live(long first, int most, LongConsumer life) {
        AtomicLong next = new AtomicLong(first);
        ConcurrentSkipListMap<Long, Throwable> failures = new ConcurrentSkipListMap<>();
        Callable<Void> thread =
                () -> {
                    while (failures.isEmpty()) {
                        long seed = next.getAndIncrement();
                        if (seed >= first + most) {
                            break;
                        }
                        try {
                            life.accept(seed);
                        } catch (RuntimeException | Error failed) {
                            failures.put(seed, failed);
                        }
                    }
                    return null;
                };
        List<Callable<Void>> threads = new ArrayList<>();
        for (int i = 0; i < cores(); i++) {
            threads.add(thread);
        }
        ExecutorService pool = threads();
        try {
            for (Future<Void> ended : pool.invokeAll(threads)) {
                ended.get();
            }
        } catch (Exception broken) {
            throw new AssertionError(broken);
        } finally {
            pool.shutdown();
        }
        if (!failures.isEmpty()) {
            throw thrown(failures.firstEntry().getValue());
        }
    }

    /** For what is not consecutive seeds; whoever asks shuts it down. */
    static ExecutorService threads() {
        return Executors.newFixedThreadPool(cores());
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static RuntimeException thrown(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return (RuntimeException) failure;
    }
}
