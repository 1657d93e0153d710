package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.store.TabletStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** A tablet whose replica is on this node. */
public final class Tablet implements RowTablet {

    private final KeyRange range;
    private final TabletParts parts;
    private final WritePipeline pipeline;
    private final ReadPath reads;
    private final TabletStore store;
    private final Load load;
    private final Map<Object, Long> logKeptAfter = new ConcurrentHashMap<>();

    Tablet(
            KeyRange range,
            TabletParts parts,
            WritePipeline pipeline,
            TabletStore store,
            Executor readers) {
        this.range = range;
        this.parts = parts;
        this.pipeline = pipeline;
        this.store = store;
        this.load = new Load(parts.env().clock());
        this.reads = new ReadPath(parts, pipeline, store, load, readers);
    }

    @Override
    public TabletId id() {
        return parts.tablet();
    }

    @Override
    public KeyRange range() {
        return range;
    }

    @Override
    public long nowMillis() {
        return parts.time().nowMillis();
    }

    @Override
    public void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
        EblaException refusal = refusal(request);
        if (refusal == null && submit(List.of(request), Submission.one(request, replyOn, reply))) {
            return;
        }
        EblaException failure =
                refusal == null
                        ? parts.failures().mailboxFull()
                        : refusal.withOutcome(Outcome.NOT_APPLIED);
        replyOn.execute(() -> reply.complete(null, failure));
    }

    @Override
    public void writeAll(
            List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply) {
        EblaException refusal = null;
        for (int i = 0; i < requests.size() && refusal == null; i++) {
            refusal = refusal(requests.get(i));
        }
        if (refusal == null
                && !requests.isEmpty()
                && submit(requests, Submission.many(requests, replyOn, reply))) {
            return;
        }
        EblaException failure =
                refusal == null
                        ? parts.failures().mailboxFull()
                        : refusal.withOutcome(Outcome.NOT_APPLIED);
        List<WriteAnswer> answers = new ArrayList<>(requests.size());
        for (int i = 0; i < requests.size(); i++) {
            answers.add(new WriteAnswer(null, failure));
        }
        replyOn.execute(() -> reply.complete(answers, null));
    }

    @Override
    public void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        if (!range.contains(key)) {
            reply.complete(null, parts.failures().outsideRange());
            return;
        }
        load.add(key);
        reads.get(key, level, atLeast, deadlineNanos, replyOn, reply);
    }

    @Override
    public void scan(
            KeyRange wanted,
            boolean descending,
            boolean withValues,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<TabletScan> reply) {
        reads.scan(
                wanted.intersect(range),
                descending,
                withValues,
                level,
                atLeast,
                deadlineNanos,
                replyOn,
                reply);
    }

    private EblaException refusal(WriteRequest request) {
        TabletState state = pipeline.state();
        if (state != TabletState.SERVING && state != TabletState.HANDING_OVER) {
            return parts.failures().refusal(state);
        }
        if (pipeline.splitting().closed()) {
            return parts.failures().shut();
        }
        for (RowOperation operation : request.operations()) {
            if (!range.contains(operation.key())) {
                return parts.failures().outsideRange();
            }
        }
        return null;
    }

    private boolean submit(List<WriteRequest> requests, Submission submission) {
        if (!parts.mailbox().offer(submission)) {
            return false;
        }
        for (WriteRequest request : requests) {
            for (RowOperation operation : request.operations()) {
                load.add(operation.key());
            }
        }
        parts.env().wake();
        return true;
    }

    // ---------------------------------------------------------------- for the host

    TabletState state() {
        return pipeline.state();
    }

    /** Whether another node may have its store: it is of use, and knows what it holds. */
    boolean mayBeCopied() {
        return state().mayBeCopied() && store().counted();
    }

    /** Whether it answers strong reads while it has the lease. */
    boolean servesStrongReads() {
        return state().servesStrongReads() && !pipeline.splitting().isShut();
    }

    EblaException refusal() {
        return pipeline.splitting().isShut()
                ? parts.failures().shut()
                : parts.failures().refusal(pipeline.state());
    }

    WritePipeline pipeline() {
        return pipeline;
    }

    TabletStore store() {
        return store;
    }

    /** What it was asked for. */
    Load load() {
        return load;
    }

    /** Says that somebody reads its log from behind an entry on (L4). Any thread. */
    void keepLogAfter(Object reader, long index) {
        logKeptAfter.put(reader, index);
    }

    /** That one reads no more. */
    void keepLogNoMore(Object reader) {
        logKeptAfter.remove(reader);
    }

    /** The last entry that nobody here needs any more, of those that the store has flushed. */
    long releasable() {
        long releasable = store.flushed().index();
        for (long kept : logKeptAfter.values()) {
            releasable = Math.min(releasable, kept);
        }
        return releasable;
    }

    TabletParts parts() {
        return parts;
    }
}
