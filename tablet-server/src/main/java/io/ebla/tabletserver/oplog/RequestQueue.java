package io.ebla.tabletserver.oplog;

import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.atomic.MpscChunkedAtomicArrayQueue;

/**
 * What waits for an oplog's thread, from any number of producers that never block, to one consumer.
 * Bounded by entries and by bytes, those being written included: a request counts from {@link
 * #reserve} to {@link #done}.
 *
 * <p>A producer reserves, then looks whether the oplog still takes requests, then offers or gives the
 * reservation back: so a closing consumer that sees {@link #isEmpty} after it closed the door knows
 * that nobody is still between the door and the queue.
 */
final class RequestQueue {

    private static final int FIRST_CHUNK = 1024;

    private final MpscChunkedAtomicArrayQueue<Request> requests;
    private final AtomicLong entries = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final long mostEntries;
    private final long mostBytes;

    RequestQueue(int mostEntries, long mostBytes) {
        this.mostEntries = mostEntries;
        this.mostBytes = mostBytes;
        this.requests =
                new MpscChunkedAtomicArrayQueue<>(
                        FIRST_CHUNK, Math.max(2 * FIRST_CHUNK, mostEntries));
    }

    /** @throws io.ebla.core.contract.EblaException overloaded, when a bound is reached */
    void reserve(Request request) {
        long newEntries = entries.addAndGet(request.count());
        long newBytes = bytes.addAndGet(request.bytes());
        boolean alone = newEntries == request.count();
        if (!alone && (newEntries > mostEntries || newBytes > mostBytes)) {
            done(request);
            throw Refusals.overloaded(newEntries, newBytes);
        }
    }

    /** Gives a reservation back: the request was refused or has its answer. */
    void done(Request request) {
        done(request.count(), request.bytes());
    }

    void done(long count, long size) {
        entries.addAndGet(-count);
        bytes.addAndGet(-size);
    }

    /** Queues a reserved request. */
    void offer(Request request) {
        if (!requests.offer(request)) {
            done(request);
            throw Refusals.overloaded(entries.get(), bytes.get());
        }
    }

    /** The next request, or null; the consumer only. */
    Request poll() {
        return requests.poll();
    }

    /** Nothing queued, nothing being written, nobody about to offer. */
    boolean isEmpty() {
        return entries.get() == 0;
    }

    long entries() {
        return entries.get();
    }

    long bytes() {
        return bytes.get();
    }
}
