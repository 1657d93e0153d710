package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.oplog.Oplog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The log of one tablet whose syncs happen when the test says so: an append is queued, {@link #sync}
 * makes it durable, {@link #crash} loses what was not. One thread.
 */
final class HeldOplog implements Oplog {

    private record Queued(List<LogEntry> entries, long promise, AppendListener listener) {}

    private final List<LogEntry> durable = new ArrayList<>();
    private final Deque<Queued> queued = new ArrayDeque<>();
    private final List<List<Long>> appends = new ArrayList<>();
    private long promisedEpoch;
    private long releasedIndex;
    private EblaException refusal;
    private Condition condition = Condition.OPEN;
    private Set<TabletId> corrupted = Set.of();
    private boolean forgetful;
    private RuntimeException promiseFailure;
    private RuntimeException appendFailure;

    /** Ends the sync of everything queued. */
    void sync() {
        while (!queued.isEmpty()) {
            syncOne();
        }
    }

    void syncOne() {
        Queued next = queued.poll();
        durable.addAll(next.entries());
        promisedEpoch = Math.max(promisedEpoch, next.promise());
        next.listener().durable();
    }

    /** The disk fails under everything queued, and for good. */
    void failSync() {
        condition = Condition.FAILED;
        refusal = new EblaException(ErrorCode.DISK_FAILED, "the disk failed");
        while (!queued.isEmpty()) {
            queued.poll().listener().failed(refusal);
        }
    }

    /** Everything queued turns out impossible to write, and never was. */
    void failUnwritten(EblaException cause) {
        while (!queued.isEmpty()) {
            queued.poll().listener().failed(cause.withOutcome(Outcome.NOT_APPLIED));
        }
    }

    /** These tablets lost entries. */
    void corrupt(Set<TabletId> tablets) {
        corrupted = tablets;
    }

    /** Damage may have swallowed the only trace of a tablet. */
    void forget() {
        forgetful = true;
    }

    /** Throws at promises until told otherwise; null takes them again. */
    void failPromises(RuntimeException with) {
        promiseFailure = with;
    }

    /** Breaks at appends. */
    void failAppends(RuntimeException with) {
        appendFailure = with;
    }

    /** Refuses appends until told otherwise; null takes them again. */
    void refuse(EblaException with) {
        refusal = with;
    }

    /** What was not synced is gone, and nobody is told. */
    void crash() {
        queued.clear();
    }

    /** As {@link #crash}, but the first queued appends had reached the disk untold. */
    void crashKeeping(int keptAppends) {
        for (int i = 0; i < keptAppends && !queued.isEmpty(); i++) {
            Queued kept = queued.poll();
            durable.addAll(kept.entries());
            promisedEpoch = Math.max(promisedEpoch, kept.promise());
        }
        queued.clear();
    }

    int queuedAppends() {
        return queued.size();
    }

    /** The indexes of each append that was taken, in order. */
    List<List<Long>> appends() {
        return appends;
    }

    List<LogEntry> durableEntries() {
        return durable;
    }

    long durableIndex() {
        return durable.isEmpty() ? 0 : durable.get(durable.size() - 1).index();
    }

    @Override
    public void append(List<LogEntry> entries, AppendListener listener) {
        if (appendFailure != null) {
            throw appendFailure;
        }
        if (refusal != null) {
            throw refusal;
        }
        appends.add(entries.stream().map(LogEntry::index).toList());
        queued.add(new Queued(List.copyOf(entries), 0, listener));
    }

    @Override
    public void begin(TabletId tablet, AppendListener listener) {
        listener.durable();
    }

    @Override
    public void promise(TabletId tablet, long epoch, AppendListener listener) {
        if (promiseFailure != null) {
            throw promiseFailure;
        }
        queued.add(new Queued(List.of(), epoch, listener));
    }

    @Override
    public Optional<Tail> tail(TabletId tablet) {
        if (durable.isEmpty()) {
            return Optional.empty();
        }
        LogEntry last = durable.get(durable.size() - 1);
        return Optional.of(
                new Tail(
                        last.epoch(),
                        last.index(),
                        promisedEpoch,
                        last.commitHint(),
                        releasedIndex + 1));
    }

    @Override
    public void replay(TabletId tablet, long fromIndex, Consumer<LogEntry> consumer) {
        for (LogEntry entry : List.copyOf(durable)) {
            if (entry.index() >= fromIndex) {
                consumer.accept(entry);
            }
        }
    }

    @Override
    public void release(TabletId tablet, long flushedIndex) {
        releasedIndex = Math.max(releasedIndex, flushedIndex);
    }

    @Override
    public Set<TabletId> pinningOldest() {
        return Set.of();
    }

    @Override
    public void drop(TabletId tablet, AppendListener listener) {
        durable.clear();
        queued.add(new Queued(List.of(), 0, listener));
    }

    @Override
    public Set<TabletId> dropped() {
        return Set.of();
    }

    @Override
    public void forgetDropped(TabletId tablet) {
        throw new UnsupportedOperationException("nothing is dropped here");
    }

    @Override
    public void corrupt(TabletId tablet) {
        corrupted = Set.of(tablet);
    }

    @Override
    public Set<TabletId> corrupted() {
        return corrupted;
    }

    @Override
    public boolean forgetful() {
        return forgetful;
    }

    @Override
    public Condition condition() {
        return condition;
    }

    @Override
    public long sizeBytes() {
        return 0;
    }

    @Override
    public void close() {
        condition = Condition.CLOSED;
    }
}
