package io.ebla.tabletserver.tablet;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/**
 * Writes on their way to a tablet's writer: many producers, one consumer, no locks.
 *
 * <p>The bound is on what was admitted and not yet released, in operations and in bytes, so that a
 * submission sent back to be warmed keeps its place. A submission alone in the mailbox is admitted
 * whatever its size, or it never could be.
 */
final class Mailbox {

    private static final int CHUNK = 128;

    private final MpscUnboundedAtomicArrayQueue<Submission> queue =
            new MpscUnboundedAtomicArrayQueue<>(CHUNK);
    private final AtomicInteger operations = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final int operationsMax;
    private final long bytesMax;

    Mailbox(int operationsMax, long bytesMax) {
        this.operationsMax = operationsMax;
        this.bytesMax = bytesMax;
    }

    /** Any thread. False when it is full; then nothing has changed. */
    boolean offer(Submission submission) {
        int operationsThen = operations.addAndGet(submission.operations());
        long bytesThen = bytes.addAndGet(submission.bytes());
        boolean over = operationsThen > operationsMax || bytesThen > bytesMax;
        if (over && operationsThen > submission.operations()) {
            release(submission);
            return false;
        }
        queue.offer(submission);
        return true;
    }

    /** Any thread: puts an admitted submission back, behind those that wait. */
    void reoffer(Submission submission) {
        queue.offer(submission);
    }

    /** Writer: hands over everything that waits; what it takes stays counted until released. */
    void drainTo(Consumer<Submission> intake) {
        Submission submission = queue.relaxedPoll();
        while (submission != null) {
            intake.accept(submission);
            submission = queue.relaxedPoll();
        }
    }

    void release(Submission submission) {
        operations.addAndGet(-submission.operations());
        bytes.addAndGet(-submission.bytes());
    }

    int operations() {
        return operations.get();
    }

    long bytes() {
        return bytes.get();
    }
}
