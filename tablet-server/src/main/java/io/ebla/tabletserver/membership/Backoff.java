package io.ebla.tabletserver.membership;

import java.time.Duration;

/** Pauses that double from a shortest to a longest. Of one thread. */
final class Backoff {

    private final Duration max;
    private Duration next;

    Backoff(Duration min, Duration max) {
        this.max = max;
        this.next = min.compareTo(max) < 0 ? min : max;
    }

    Duration next() {
        Duration pause = next;
        Duration doubled = next.multipliedBy(2);
        next = doubled.compareTo(max) < 0 ? doubled : max;
        return pause;
    }

    Duration longest() {
        return max;
    }
}
