package io.ebla.tabletserver.network;

import io.ebla.tabletserver.wire.Envelope;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jctools.queues.MpscUnboundedArrayQueue;

/**
 * What waits to be sent to one node, in two lanes: beats and acknowledgements, on which leases and commits
 * hang, overtake appends. Each lane is bounded in messages and bytes by itself, and refuses what is past it.
 *
 * <p>Any thread offers, one thread polls.
 */
final class OutgoingQueue {

    private static final int CHUNK = 256;

    /**
     * A message on its way.
     *
     * @param envelope makes its wire form, on the polling thread
     * @param bytes roughly what that takes
     */
    record Outgoing(Supplier<Envelope> envelope, int bytes) {}

    private static final class Lane {

        final Queue<Outgoing> queue = new MpscUnboundedArrayQueue<>(CHUNK);
        final AtomicInteger messages = new AtomicInteger();
        final AtomicLong bytes = new AtomicLong();
    }

    private final Lane urgent = new Lane();
    private final Lane bulk = new Lane();
    private final int messagesMax;
    private final long bytesMax;

    OutgoingQueue(int messagesMax, long bytesMax) {
        this.messagesMax = messagesMax;
        this.bytesMax = bytesMax;
    }

    boolean offerUrgent(Outgoing message) {
        return offer(urgent, message);
    }

    boolean offer(Outgoing message) {
        return offer(bulk, message);
    }

    private boolean offer(Lane lane, Outgoing message) {
        if (lane.messages.incrementAndGet() > messagesMax) {
            lane.messages.decrementAndGet();
            return false;
        }
        if (lane.bytes.addAndGet(message.bytes()) > bytesMax) {
            lane.bytes.addAndGet(-message.bytes());
            lane.messages.decrementAndGet();
            return false;
        }
        return lane.queue.offer(message);
    }

    /** The next message, or null. */
    Outgoing poll() {
        Outgoing first = poll(urgent);
        return first == null ? poll(bulk) : first;
    }

    private static Outgoing poll(Lane lane) {
        Outgoing message = lane.queue.poll();
        if (message != null) {
            lane.messages.decrementAndGet();
            lane.bytes.addAndGet(-message.bytes());
        }
        return message;
    }

    boolean isEmpty() {
        return urgent.queue.isEmpty() && bulk.queue.isEmpty();
    }

    /** Forgets all; returns how many there were. */
    int clear() {
        int count = 0;
        while (poll() != null) {
            count++;
        }
        return count;
    }
}
