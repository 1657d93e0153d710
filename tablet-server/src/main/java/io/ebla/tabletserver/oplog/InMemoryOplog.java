package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import java.util.ArrayList;
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
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The oplog of memory tables: the contract of {@link Oplog} with nothing behind it; durable means held
 * (L6). What is not released is held in memory, up to a bound at which appends are refused as
 * overloaded until something is.
 */
public final class InMemoryOplog implements Oplog {

    /** An entry, its size, and its place among the entries of all tablets. */
    private record Held(LogEntry entry, int bytes, long arrival) {}

    private final long mostBytes;
    private final RequestQueue queue;
    private final EntryDoor door;
    private final TurnThread thread;
    private final Map<TabletId, TabletLog> logs = new ConcurrentHashMap<>();
    private final Map<TabletId, ConcurrentSkipListMap<Long, Held>> entries =
            new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicReference<Condition> condition = new AtomicReference<>(Condition.OPEN);
    private long arrivals;

    /**
     * @param mostBytes of entries held, about; slaves may hold on to half of it
     * @param queueEntries entries that may wait
     * @param queueBytes bytes that may wait
     */
    public InMemoryOplog(long mostBytes, int queueEntries, long queueBytes) {
        this.mostBytes = mostBytes;
        this.queue = new RequestQueue(queueEntries, queueBytes);
        this.door = new EntryDoor(queue, mostBytes, 0, new Keeper());
        this.thread = new TurnThread("ebla-memory-oplog", this::turn);
        thread.start();
    }

    @Override
    public void append(List<LogEntry> appended, AppendListener listener) {
        append(LogBatch.of(appended), listener);
    }

    @Override
    public void append(LogBatch batch, AppendListener listener) {
        door.append(batch, batch.entries().get(0).epoch(), listener);
    }

    @Override
    public void append(LogBatch batch, long epoch, AppendListener listener) {
        door.append(batch, epoch, listener);
    }

    @Override
    public void begin(TabletId tablet, AppendListener listener) {
        door.begin(tablet, listener);
    }

    @Override
    public void promise(TabletId tablet, long epoch, AppendListener listener) {
        door.promise(tablet, epoch, listener);
    }

    @Override
    public void drop(TabletId tablet, AppendListener listener) {
        door.drop(tablet, listener);
    }

    @Override
    public void truncate(TabletId tablet, long lastIndexKept, AppendListener listener) {
        door.truncate(tablet, lastIndexKept, listener);
    }

    @Override
    public void restart(TabletId tablet, long epoch, long index, AppendListener listener) {
        door.restart(tablet, epoch, index, listener);
    }

    private final class Keeper implements EntryDoor.Keeper {

        @Override
        public EblaException refusal(Request request) {
            if (condition.get() == Condition.CLOSED) {
                return Refusals.closed();
            }
            boolean full = bytes.get() + queue.bytes() > mostBytes;
            return full && !request.essential() ? Refusals.memoryFull(bytes.get()) : null;
        }

        @Override
        public void queued() {
            thread.wake();
        }
    }

    private long turn() {
        Request request = queue.poll();
        if (request == null) {
            return TurnThread.UNTIL_WOKEN;
        }
        RuntimeException refusal = hold(request);
        queue.done(request);
        JournalTurn.tell(request.listener(), refusal);
        return 0;
    }

    private RuntimeException hold(Request request) {
        TabletId tablet = request.tablet();
        TabletLog known = logs.get(tablet);
        TabletLog log = known == null || known.dropped() ? new TabletLog(tablet) : known;
        boolean lost = log.corrupted() && request instanceof Request.Append;
        RuntimeException refusal = lost ? Refusals.corrupted(tablet) : log.judge(request);
        if (refusal != null) {
            if (request instanceof Request.Append append) {
                log.refused(refusal, append.entries());
                logs.put(tablet, log);
            }
            return refusal;
        }
        logs.put(tablet, log);
        if (request instanceof Request.Append append) {
            long before = bytes.get();
            hold(append.entries(), log);
            freeIfPast(mostBytes / 2, before);
        } else if (request instanceof Request.Promise promise) {
            log.promise(promise.epoch());
        } else {
            cut(request, log);
        }
        log.published();
        return null;
    }

    /** The tail comes first: who reads finds by the count of cuts that what it found is gone. */
    private void cut(Request request, TabletLog log) {
        long kept = log.lastIndex();
        if (request instanceof Request.Drop) {
            log.drop();
            kept = 0;
        } else if (request instanceof Request.Truncate truncate) {
            kept = truncate.lastIndexKept();
            log.truncate(kept, log.epochAt(kept));
        } else if (request instanceof Request.Restart restart) {
            boolean goesOn = log.goesOnBehind(restart.epoch(), restart.index());
            log.restart(restart.epoch(), restart.index());
            kept = goesOn ? kept : 0;
        }
        log.published();
        log.cutPublished();
        freeBehind(log.tablet(), kept);
        if (log.dropped()) {
            entries.remove(log.tablet());
        }
        free(log);
    }

    private void freeBehind(TabletId tablet, long lastIndexKept) {
        ConcurrentSkipListMap<Long, Held> held = entries.get(tablet);
        while (held != null && !held.isEmpty() && held.lastKey() > lastIndexKept) {
            bytes.addAndGet(-held.pollLastEntry().getValue().bytes());
        }
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

    /** Takes from slaves what they hold on to, once it has become too much. */
    private void freeIfPast(long half, long before) {
        if (before <= half && bytes.get() > half) {
            logs.values().forEach(this::free);
        }
    }

    /** Frees what neither the store nor, within their bound, slaves need. */
    private void free(TabletLog log) {
        Tail tail = log.tail();
        if (tail != null) {
            boolean heeded = bytes.get() <= mostBytes / 2 && !log.corrupted();
            long needed = heeded ? log.retainedFrom() : Long.MAX_VALUE;
            long upTo = Math.min(Math.min(log.released(), needed - 1), tail.lastIndex());
            // First, so that who misses an entry meanwhile finds that it was freed, not lost.
            log.freedBelow(upTo + 1);
            free(log.tablet(), upTo);
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
        TabletLog log = logs.get(tablet);
        if (log != null) {
            long cuts = log.cuts();
            each(log, cuts, log.tail(), fromIndex, entry -> taken(consumer, entry));
        }
    }

    private static boolean taken(Consumer<LogEntry> consumer, Held held) {
        consumer.accept(held.entry());
        return true;
    }

    @Override
    public LogBatch read(TabletId tablet, long fromIndex, int maxBytes) {
        TabletLog log = logs.get(tablet);
        if (log == null) {
            return LogBatch.of(List.of());
        }
        long cuts = log.cuts();
        Tail tail = log.tail();
        if (tail != null && fromIndex < tail.firstIndex()) {
            throw Refusals.freed(tablet, fromIndex);
        }
        List<LogEntry> found = new ArrayList<>();
        AtomicLong size = new AtomicLong();
        each(
                log,
                cuts,
                tail,
                fromIndex,
                held -> {
                    boolean fits = size.addAndGet(held.bytes()) <= maxBytes || found.isEmpty();
                    return fits && found.add(held.entry());
                });
        return LogBatch.of(found);
    }

    /**
     * Hands on the entries from an index to the tail until one is not taken.
     *
     * @param cuts of the log, taken before the tail
     * @param tail null when the log holds nothing; what it reached is lost only if it was neither freed nor
     *     cut since
     */
    private void each(TabletLog log, long cuts, Tail tail, long fromIndex, Predicate<Held> taker) {
        ConcurrentSkipListMap<Long, Held> held = entries.get(log.tablet());
        boolean more = tail != null;
        for (long index = Math.max(1, fromIndex); more && index <= tail.lastIndex(); index++) {
            Held entry = held == null ? null : held.get(index);
            if (entry == null) {
                throw missing(log, index, cuts, tail);
            }
            more = taker.test(entry);
        }
        if (log.cuts() != cuts) {
            throw Refusals.cut(log.tablet());
        }
    }

    private static EblaException missing(TabletLog log, long index, long cuts, Tail tail) {
        if (log.cuts() != cuts) {
            return Refusals.cut(log.tablet());
        }
        Tail now = log.tail();
        boolean freed = now != null && index < now.firstIndex() && index >= tail.firstIndex();
        return freed
                ? Refusals.freed(log.tablet(), index)
                : Refusals.lost(log.tablet(), "entry " + index + " is not there");
    }

    @Override
    public void retain(TabletId tablet, long fromIndex) {
        TabletLog log = logs.get(tablet);
        if (log != null && log.retain(fromIndex)) {
            free(log);
        }
    }

    @Override
    public void release(TabletId tablet, long flushedIndex) {
        TabletLog log = logs.get(tablet);
        if (log != null && !log.dropped()) {
            log.release(flushedIndex);
            free(log);
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
    public boolean crowded() {
        return bytes.get() > mostBytes / 4 * 3;
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
