package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.tabletserver.store.TabletStore.MemoryRead;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Writes that one caller handed over at once, and where their answers go. Made on the caller's
 * thread, then the writer's alone until {@link #reply} runs on the caller's executor.
 */
final class Submission {

    private static final Logger LOG = System.getLogger(Submission.class.getName());

    private final List<WriteRequest> requests;
    private final Executor replyOn;
    private final Reply<WriteResult> single;
    private final Reply<List<WriteAnswer>> all;
    private final WriteAnswer[] answers;
    private final int operations;
    private final long bytes;
    private int unanswered;
    private int next;
    private boolean warmed;
    private long warmedAt;
    private MemoryRead[][] warm;

    private Submission(
            List<WriteRequest> requests,
            Executor replyOn,
            Reply<WriteResult> single,
            Reply<List<WriteAnswer>> all) {
        this.requests = requests;
        this.replyOn = replyOn;
        this.single = single;
        this.all = all;
        this.answers = new WriteAnswer[requests.size()];
        this.unanswered = requests.size();
        int operationCount = 0;
        long byteCount = 0;
        for (WriteRequest request : requests) {
            operationCount += request.operations().size();
            byteCount += request.sizeBytes();
        }
        this.operations = operationCount;
        this.bytes = byteCount;
    }

    static Submission one(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
        return new Submission(List.of(request), replyOn, reply, null);
    }

    static Submission many(
            List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply) {
        return new Submission(List.copyOf(requests), replyOn, null, reply);
    }

    int operations() {
        return operations;
    }

    long bytes() {
        return bytes;
    }

    Executor replyOn() {
        return replyOn;
    }

    /** Requests not yet taken into the pipeline start here. */
    int next() {
        return next;
    }

    WriteRequest nextRequest() {
        return requests.get(next);
    }

    boolean exhausted() {
        return next == requests.size();
    }

    void advance() {
        next++;
    }

    /** Whether its rows were read on a read thread already: what is cold still, the writer reads. */
    boolean warmed() {
        return warmed;
    }

    /**
     * Reads on a read thread what its remaining requests need, so that the writer finds it here, or at
     * least in memory. A read that fails here fails again there, and is answered there.
     */
    void warm(Env env) {
        warmedAt = env.applied().index();
        warm = new MemoryRead[requests.size()][];
        try {
            for (int i = next; i < requests.size(); i++) {
                warm[i] = read(requests.get(i), env);
            }
        } catch (RuntimeException unreadable) {
            LOG.log(Level.DEBUG, "a row could not be warmed", unreadable);
        }
        warmed = true;
    }

    private static MemoryRead[] read(WriteRequest request, Env env) {
        MemoryRead[] rows = new MemoryRead[request.operations().size()];
        for (int i = 0; i < rows.length; i++) {
            RowOperation operation = request.operations().get(i);
            rows[i] =
                    MemoryRead.of(
                            request.needsWhole(operation)
                                    ? env.get(operation.key())
                                    : env.getHead(operation.key()));
        }
        if (request.idempotency() != null) {
            env.idempotencyRecord(request.idempotency());
        }
        return rows;
    }

    /** How far the store was applied, at least, before the rows were read on a read thread. */
    long warmedAt() {
        return warmedAt;
    }

    /** A row of the next request as it was read on a read thread, or null when it was not. */
    MemoryRead warm(int operation) {
        return warm[next] == null ? null : warm[next][operation];
    }

    /** Answers one request; true when that was the last one open. */
    boolean answer(int slot, WriteResult result, EblaException failure) {
        if (answers[slot] != null) {
            throw new IllegalStateException("request " + slot + " is answered already");
        }
        answers[slot] = new WriteAnswer(result, failure);
        return --unanswered == 0;
    }

    void reply() {
        if (all != null) {
            all.complete(Arrays.asList(answers), null);
        } else {
            single.complete(answers[0].result(), answers[0].failure());
        }
    }
}
