package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.core.oplog.LogEntry;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The oplog of memory tables: the contract of {@link Oplog} with nothing behind it; durable means held
 * (L6). What is not released is held in memory, up to a bound at which appends are refused as
 * overloaded until something is.
 */
public final class InMemoryOplog implements Oplog {

    private static final Logger LOG = LoggerFactory.getLogger(InMemoryOplog.class);

    /** An entry, its size, and its place among the entries of all tablets. */
    private record Held(LogEntry entry, int bytes, long arrival) {}

    private final long mostBytes;
    private final RequestQueue queue;
    private final TurnThread thread;
    private final Map<TabletId, TabletLog> logs = new ConcurrentHashMap<>();
    private final Map<TabletId, ConcurrentSkipListMap<Long, Held>> entries =
            new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicReference<Condition> condition = new AtomicReference<>(Condition.OPEN);
    private long arrivals;

    /**
     * @param mostBytes of entries held, about
     * @param queueEntries entries that may wait
     * @param queueBytes bytes that may wait
     */
    public InMemoryOplog(long mostBytes, int queueEntries, long queueBytes) {
        this.mostBytes = mostBytes;
        this.queue = new RequestQueue(queueEntries, queueBytes);
        this.thread = new TurnThread("ebla-memory-oplog", this::turn);
        thread.start();
    }

    @Override
    public void append(List<LogEntry> appended, AppendListener listener) {
        TabletId tablet = appended.get(0).tablet();
        long size = 0;
        for (LogEntry entry : appended) {
            if (!entry.tablet().equals(tablet)) {
                throw new IllegalArgumentException(
                        "entries of tablets " + tablet + " and " + entry.tablet());
            }
            size += EntryCodec.encodedSize(entry);
        }
        if (size > mostBytes) {
            throw Refusals.tooLarge(size, mostBytes);
        }
        enter(new Request.Append(tablet, appended, (int) size, listener));
    }

    @Override
    public void promise(TabletId tablet, long epoch, AppendListener listener) {
        if (epoch <= 0) {
            throw new IllegalArgumentException("promise of epoch " + epoch);
        }
        enter(new Request.Promise(tablet, epoch, listener));
    }

    @Override
    public void drop(TabletId tablet, AppendListener listener) {
        enter(new Request.Drop(tablet, listener));
    }

    private void enter(Request request) {
        queue.reserve(request);
        EblaException refusal = null;
        if (condition.get() == Condition.CLOSED) {
            refusal = Refusals.closed();
        } else if (!request.essential() && bytes.get() + queue.bytes() > mostBytes) {
            refusal = Refusals.memoryFull(bytes.get());
        }
        if (refusal != null) {
            queue.done(request);
            throw refusal;
        }
        queue.offer(request);
        thread.wake();
    }

    private long turn() {
        Request request = queue.poll();
        if (request == null) {
            return TurnThread.UNTIL_WOKEN;
        }
        RuntimeException refusal = hold(request);
        queue.done(request);
        try {
            if (refusal == null) {
                request.listener().durable();
            } else {
                request.listener().failed(refusal);
            }
        } catch (RuntimeException e) {
            LOG.error("a listener of the oplog failed", e);
        }
        return 0;
    }

    private RuntimeException hold(Request request) {
        TabletId tablet = request.tablet();
        TabletLog known = logs.get(tablet);
        TabletLog log = known == null || known.dropped() ? new TabletLog(tablet) : known;
        if (request instanceof Request.Append append) {
            RuntimeException refusal =
                    log.corrupted() ? Refusals.corrupted(tablet) : log.judge(append.entries());
            if (refusal != null) {
                log.refused(refusal, append.entries());
                logs.put(tablet, log);
                return refusal;
            }
            hold(append.entries(), log);
        } else if (request instanceof Request.Promise promise) {
            log.promise(promise.epoch());
        } else {
            log.drop();
            free(tablet, Long.MAX_VALUE);
            entries.remove(tablet);
        }
        log.published();
        logs.put(tablet, log);
        return null;
    }

    private void hold(List<LogEntry> appended, TabletLog log) {
        ConcurrentSkipListMap<Long, Held> held =
                entries.computeIfAbsent(log.tablet(), any -> new ConcurrentSkipListMap<>());
        for (LogEntry entry : appended) {
            int size = EntryCodec.encodedSize(entry);
            bytes.addAndGet(size);
            held.put(entry.index(), new Held(entry, size, arrivals++));
            log.append(entry);
        }
    }

    private void free(TabletId tablet, long upTo) {
        ConcurrentSkipListMap<Long, Held> held = entries.get(tablet);
        if (held == null) {
            return;
        }
        Map.Entry<Long, Held> first = held.firstEntry();
        while (first != null && first.getKey() <= upTo) {
            if (held.remove(first.getKey(), first.getValue())) {
                bytes.addAndGet(-first.getValue().bytes());
            }
            first = held.firstEntry();
        }
    }

    @Override
    public Optional<Tail> tail(TabletId tablet) {
        TabletLog log = logs.get(tablet);
        return log == null ? Optional.empty() : Optional.ofNullable(log.tail());
    }

    @Override
    public void replay(TabletId tablet, long fromIndex, Consumer<LogEntry> consumer) {
        Tail tail = tail(tablet).orElse(null);
        if (tail == null || fromIndex > tail.lastIndex()) {
            return;
        }
        ConcurrentSkipListMap<Long, Held> held = entries.get(tablet);
        for (long index = Math.max(1, fromIndex); index <= tail.lastIndex(); index++) {
            Held entry = held == null ? null : held.get(index);
            if (entry == null) {
                throw Refusals.lost(tablet, "entry " + index + " is not there");
            }
            consumer.accept(entry.entry());
        }
    }

    @Override
    public void release(TabletId tablet, long flushedIndex) {
        TabletLog log = logs.get(tablet);
        if (log == null || log.dropped()) {
            return;
        }
        log.release(flushedIndex);
        Tail tail = log.tail();
        if (tail != null) {
            long upTo = Math.min(flushedIndex, tail.lastIndex());
            free(tablet, upTo);
            log.freedBelow(upTo + 1);
        }
    }

    /** The tablet whose oldest entry has been held longest. */
    @Override
    public Set<TabletId> pinningOldest() {
        return entries.entrySet().stream()
                .filter(held -> !held.getValue().isEmpty())
                .min(Comparator.comparingLong(held -> oldestArrival(held.getValue())))
                .map(held -> Set.of(held.getKey()))
                .orElse(Set.of());
    }

    private static long oldestArrival(ConcurrentSkipListMap<Long, Held> held) {
        Map.Entry<Long, Held> first = held.firstEntry();
        return first == null ? Long.MAX_VALUE : first.getValue().arrival();
    }

    @Override
    public Set<TabletId> dropped() {
        return logs.values().stream()
                .filter(TabletLog::dropped)
                .map(TabletLog::tablet)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void forgetDropped(TabletId tablet) {
        TabletLog log = logs.get(tablet);
        if (log != null && log.dropped()) {
            logs.remove(tablet, log);
        }
    }

    @Override
    public void corrupt(TabletId tablet) {
        TabletLog log = logs.get(tablet);
        if (log != null && !log.dropped()) {
            log.corrupt();
            release(tablet, Long.MAX_VALUE);
        }
    }

    @Override
    public Set<TabletId> corrupted() {
        return logs.values().stream()
                .filter(TabletLog::corrupted)
                .map(TabletLog::tablet)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public boolean forgetful() {
        return false;
    }

    @Override
    public Condition condition() {
        return condition.get();
    }

    @Override
    public long sizeBytes() {
        return bytes.get();
    }

    @Override
    public void close() {
        if (condition.getAndSet(Condition.CLOSED) == Condition.CLOSED) {
            return;
        }
        thread.end();
        while (!queue.isEmpty()) {
            turn();
        }
    }
}
