package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.replication.ReplicaMessage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/**
 * What a tablet's writer is told besides writes: orders, which always find a place, and messages from other
 * replicas, which are dropped past a bound as the network may drop them. Many producers, one consumer.
 */
final class Inbox {

    private static final int CHUNK = 32;
    private static final int MESSAGES_MAX = 16_384;
    private static final long BYTES_MAX = 64L << 20;

    private final MpscUnboundedAtomicArrayQueue<Runnable> tasks =
            new MpscUnboundedAtomicArrayQueue<>(CHUNK);
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    void order(Runnable task) {
        tasks.offer(task);
    }

    /** False when there is no place; then the message is lost. */
    boolean message(ReplicaMessage message, Runnable task) {
        long size =
                message instanceof ReplicaMessage.Append append
                        ? append.entries().encoded().remaining()
                        : 0;
        long waitingBytes = bytes.addAndGet(size);
        if (messages.incrementAndGet() > MESSAGES_MAX
                || waitingBytes > BYTES_MAX && waitingBytes > size) {
            messages.decrementAndGet();
            bytes.addAndGet(-size);
            return false;
        }
        tasks.offer(
                () -> {
                    messages.decrementAndGet();
                    bytes.addAndGet(-size);
                    task.run();
                });
        return true;
    }

    /** Writer: the next task, or null. */
    Runnable poll() {
        return tasks.relaxedPoll();
    }
}
