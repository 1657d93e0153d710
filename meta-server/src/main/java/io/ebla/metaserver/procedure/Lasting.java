package io.ebla.metaserver.procedure;

import io.ebla.core.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * For how long things have been so without a break, for things that are looked at again and again: what
 * was not seen in a look is forgotten at its end.
 */
final class Lasting<K> {

    private final Clock clock;
    private final Map<K, Long> since = new HashMap<>();
    private final Set<K> seen = new HashSet<>();

    Lasting(Clock clock) {
        this.clock = clock;
    }

    /** It is so now. Whether it has been for that long. */
    boolean atLeast(K thing, long millis) {
        seen.add(thing);
        long now = clock.monotonicNanos();
        long began = since.computeIfAbsent(thing, fresh -> now);
        return now - began >= TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Whether nothing has begun to last. */
    boolean isEmpty() {
        return since.isEmpty();
    }

    /** Ends a look. */
    void forgetUnseen() {
        since.keySet().retainAll(seen);
        seen.clear();
    }

    void clear() {
        since.clear();
        seen.clear();
    }
}
