package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import java.util.Comparator;
import java.util.Iterator;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads that wait until an index is applied (W3, session reads), bounded in number. Entered by any
 * thread through {@link #admit}, then kept by the writer.
 */
final class ReadWaits {

    /**
     * @param index what must be applied
     * @param strong whether it waits for entries of this master: those that turn out never to have been
     *     appended are not waited for
     * @param deadlineNanos when the caller stops waiting
     * @param end called once: with null when the index is applied, else with why not
     */
    record Wait(long index, boolean strong, long deadlineNanos, End end) {

        /** The same wait for another index. */
        Wait until(long other) {
            return other == index ? this : new Wait(other, strong, deadlineNanos, end);
        }
    }

    /** Runs on the writer's thread: hands over to another one at once. */
    @FunctionalInterface
    interface End {
        void end(EblaException failure);
    }

    private final PriorityQueue<Wait> waits =
            new PriorityQueue<>(Comparator.comparingLong(Wait::index));
    private final AtomicInteger admitted = new AtomicInteger();
    private final int most;
    private final Failures failures;

    ReadWaits(int most, Failures failures) {
        this.most = most;
        this.failures = failures;
    }

    /** Any thread: takes a place; false when there is none. */
    boolean admit() {
        if (admitted.incrementAndGet() > most) {
            admitted.decrementAndGet();
            return false;
        }
        return true;
    }

    /**
     * Writer: an admitted read begins to wait, or ends at once.
     *
     * @param lastIndex of the log: a strong read waits for no entry that was never appended
     */
    void begin(Wait wait, TabletState state, long lastIndex, long appliedIndex) {
        if (!state.readable()) {
            end(wait, failures.refusal(state));
            return;
        }
        long index = wait.strong() ? Math.min(wait.index(), lastIndex) : wait.index();
        if (index <= appliedIndex) {
            end(wait, null);
        } else if (state == TabletState.DISK_FAILED) {
            end(wait, ofFailedDisk(wait));
        } else if (wait.strong() && !state.servesStrongReads()) {
            end(wait, failures.refusal(state));
        } else {
            waits.add(wait.until(index));
        }
    }

    void applied(long index) {
        while (!waits.isEmpty() && waits.peek().index() <= index) {
            end(waits.poll(), null);
        }
    }

    /** Entries above this index were never part of the log: who waits for them waits for it. */
    void rewind(long lastIndex) {
        if (waits.stream().noneMatch(wait -> wait.index() > lastIndex)) {
            return;
        }
        PriorityQueue<Wait> before = new PriorityQueue<>(waits);
        waits.clear();
        for (Wait wait : before) {
            waits.add(wait.strong() ? wait.until(Math.min(wait.index(), lastIndex)) : wait);
        }
    }

    void expire(long nowNanos) {
        for (Iterator<Wait> each = waits.iterator(); each.hasNext(); ) {
            Wait wait = each.next();
            if (wait.deadlineNanos() - nowNanos <= 0) {
                each.remove();
                end(wait, failures.waitRanOut("what the read has to see"));
            }
        }
    }

    /** The disk failed and nothing more will be applied. */
    void diskFailed() {
        while (!waits.isEmpty()) {
            Wait wait = waits.poll();
            end(wait, ofFailedDisk(wait));
        }
    }

    /**
     * A strong read reads what is applied: its master knows of no more; a session may have seen more (W7).
     */
    private EblaException ofFailedDisk(Wait wait) {
        return wait.strong() ? null : failures.diskFailed();
    }

    /** Ends them all. */
    void endAll(EblaException failure) {
        while (!waits.isEmpty()) {
            end(waits.poll(), failure);
        }
    }

    boolean isEmpty() {
        return waits.isEmpty();
    }

    int admitted() {
        return admitted.get();
    }

    /** Writer: ends an admitted read, whether or not it was added. */
    void end(Wait wait, EblaException failure) {
        admitted.decrementAndGet();
        wait.end().end(failure);
    }
}
