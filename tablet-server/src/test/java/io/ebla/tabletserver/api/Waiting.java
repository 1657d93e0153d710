package io.ebla.tabletserver.api;

import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what happens on other threads, with a deadline. */
final class Waiting {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private Waiting() {}

    static void until(BooleanSupplier happened) {
        until(happened, () -> "it did not happen in time");
    }

    static void until(BooleanSupplier happened, Supplier<String> otherwise) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!happened.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(otherwise.get());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** A request that is given so long. */
    interface Asking {

        HttpResponse<String> within(int millis) throws Exception;
    }

    /** Its answer; asked again with more time while a busy machine only found that the time was over. */
    static HttpResponse<String> answer(Asking asking) throws Exception {
        HttpResponse<String> answer = asking.within(300);
        for (int millis = 600; millis < 20_000 && late(answer); millis *= 2) {
            answer = asking.within(millis);
        }
        return answer;
    }

    private static boolean late(HttpResponse<String> answer) {
        return answer.statusCode() == 504 || answer.body().contains("\"deadline_exceeded\"");
    }
}
