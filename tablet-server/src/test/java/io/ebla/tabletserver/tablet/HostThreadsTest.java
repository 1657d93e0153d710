package io.ebla.tabletserver.tablet;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HostThreadsTest {

    private static final int MANY = 1_000;

    @Test
    void whatIsPreparedAndWhatIsOpenedDoNotWaitForEachOther() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (HostThreads threads = new HostThreads(HostSettings.DEFAULTS)) {
            try {
                for (int i = 0; i < MANY; i++) {
                    threads.preparers().execute(() -> await(end));
                }
                threads.openers().submit(() -> {}).get(30, TimeUnit.SECONDS);
            } finally {
                end.countDown();
            }
        }
    }

    private static void await(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException wanted) {
            Thread.currentThread().interrupt();
        }
    }
}
