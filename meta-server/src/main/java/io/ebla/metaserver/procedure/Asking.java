package io.ebla.metaserver.procedure;

import io.ebla.core.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * What a leader's procedure has asked of nodes and of the metadata: nothing again before there is an answer,
 * nor for a pause after one that did not help. What was asked in an earlier reign of this leader is heard of
 * no more.
 *
 * <p>Confined to the leader's thread, on which answers are taken.
 *
 * @param <K> names what is asked for
 */
final class Asking<K> {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private static final long UNTIL_ANSWERED = Long.MAX_VALUE;

    private final Clock clock;
    private final Executor thread;

    /** Until when each is not asked for again. */
    private final Map<K, Long> asked = new HashMap<>();

    private long reign;

    Asking(Clock clock, Executor thread) {
        this.clock = clock;
        this.thread = thread;
    }

    /** The reign is over. */
    void abandon() {
        reign++;
        asked.clear();
    }

    void retain(Predicate<K> which) {
        asked.keySet().removeIf(which.negate());
    }

    boolean isDue(K what) {
        Long untilNanos = asked.get(what);
        return untilNanos == null
                || untilNanos != UNTIL_ANSWERED && clock.monotonicNanos() - untilNanos >= 0;
    }

    /** It is asked for now. */
    void begin(K what) {
        asked.put(what, UNTIL_ANSWERED);
    }

    /** It is asked for now, and again at that time at the latest. */
    void begin(K what, long untilNanos) {
        asked.put(what, untilNanos);
    }

    /** It is asked for again after a while. */
    void pause(K what) {
        asked.computeIfPresent(what, (same, was) -> clock.monotonicNanos() + PAUSE_NANOS);
    }

    /** It may be asked for at once. */
    void end(K what) {
        asked.remove(what);
    }

    /** Likewise, unless it was asked for anew since it was with that time. */
    void end(K what, long untilNanos) {
        asked.remove(what, untilNanos);
    }

    /** Has an answer taken, or a failure. */
    <T> void answered(CompletableFuture<T> call, BiConsumer<T, Throwable> then) {
        long begun = reign;
        call.whenCompleteAsync(
                (answer, failure) -> {
                    if (begun == reign) {
                        then.accept(answer, failure);
                    }
                },
                thread);
    }
}
