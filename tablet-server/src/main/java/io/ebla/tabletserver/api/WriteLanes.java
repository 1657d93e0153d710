package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.routing.Routing;
import io.ebla.tabletserver.tablet.RowOperation;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.WriteAnswer;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * Many independent writes of one request on their way to their tablets: a lane for each tablet, and one
 * group of each lane at a time, so that writes of one row take effect in the order they were given in
 * even when a group has to be tried again. While a group is under way the next one grows.
 *
 * <p>A tablet that is overloaded, or has no master at the moment, is waited for: nothing was applied, and the
 * caller is not to know. Everything runs on one event loop.
 */
final class WriteLanes {

    private static final int GROUP_WRITES_MAX = 512;
    private static final long GROUP_BYTES_MAX = 1 << 20;
    private static final long RETRY_FIRST_MILLIS = 5;
    private static final long RETRY_MAX_MILLIS = 200;

    /** Where tablets are, as the newest map has it: {@link Routing}. */
    interface Tablets {

        /** @throws EblaException where there is none */
        RowTablet locate(TableName table, RowKey key);

        /** Null when the map has none of it any more. */
        RowTablet tablet(TabletId id);

        static Tablets of(Routing routing) {
            return new Tablets() {

                @Override
                public RowTablet locate(TableName table, RowKey key) {
                    return routing.locate(table, key);
                }

                @Override
                public RowTablet tablet(TabletId id) {
                    return routing.tablet(id);
                }
            };
        }
    }

    /** Told once how each write ended. */
    interface Listener {

        /**
         * @param tag what the write was given with
         * @param result null when it failed
         */
        void ended(long tag, RowOperation operation, WriteResult result, EblaException failure);

        /** Called after some writes have ended: there may be room for more. */
        void progressed();
    }

    private record Pending(long tag, RowOperation operation, long bytes) {}

    /** The writes of one tablet. */
    private static final class Lane {

        final Deque<Pending> queue = new ArrayDeque<>();
        RowTablet tablet;

        /** Those of tablets that it came from, as long as writes of theirs have not ended. */
        List<Lane> before = new ArrayList<>();

        boolean busy;
        long refusedSinceNanos;
        long retryMillis;

        boolean ended() {
            return !busy && queue.isEmpty();
        }
    }

    private final Tablets tablets;
    private final TableName table;
    private final WriteOptions options;
    private final Clock clock;
    private final Executor eventLoop;
    private final long patienceNanos;
    private final Listener listener;
    private final Map<TabletId, Lane> lanes = new HashMap<>();
    private long bytes;
    private int writes;
    private boolean stopped;

    /** @param patienceMillis how long an overloaded tablet is tried again */
    WriteLanes(
            Tablets tablets,
            TableName table,
            WriteOptions options,
            Clock clock,
            Executor eventLoop,
            long patienceMillis,
            Listener listener) {
        this.tablets = tablets;
        this.table = table;
        this.options = options;
        this.clock = clock;
        this.eventLoop = eventLoop;
        this.patienceNanos = patienceMillis * 1_000_000;
        this.listener = listener;
    }

    /** Queues a write; it sets out with the next {@link #flush}. */
    void add(long tag, RowOperation operation, long writeBytes) {
        RowTablet tablet;
        try {
            tablet = tablets.locate(table, operation.key());
        } catch (EblaException nowhere) {
            listener.ended(tag, operation, null, nowhere);
            return;
        }
        lane(tablet, operation.key()).queue.add(new Pending(tag, operation, writeBytes));
        writes++;
        bytes += writeBytes;
    }

    /**
     * The lane of a tablet; that of one it came from, as long as writes of that have not ended: they were
     * given in before, and may yet have to be tried again. So no row is in two lanes that have something to
     * do.
     */
    private Lane lane(RowTablet tablet, RowKey key) {
        Lane known = lanes.get(tablet.id());
        if (known == null) {
            known = new Lane();
            for (Lane former : lanes.values()) {
                boolean overlaps = !former.tablet.range().intersect(tablet.range()).isEmpty();
                if (!former.ended() && overlaps) {
                    known.before.add(former);
                }
            }
            lanes.put(tablet.id(), known);
        }
        known.tablet = tablet;
        known.before.removeIf(Lane::ended);
        for (Lane former : known.before) {
            if (former.tablet.range().contains(key)) {
                return former;
            }
        }
        return known;
    }

    /** Sends what waits to the tablets that are free. */
    void flush() {
        List.copyOf(lanes.values()).forEach(this::send);
    }

    /** Sends nothing more; writes that have set out go on. */
    void stop() {
        stopped = true;
        lanes.values().forEach(lane -> lane.queue.clear());
    }

    /** Bytes of writes that have not ended. */
    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return writes == 0;
    }

    private void send(Lane lane) {
        if (stopped || lane.busy || lane.queue.isEmpty()) {
            return;
        }
        RowTablet newest = tablets.tablet(lane.tablet.id());
        if (newest == null && divided(lane)) {
            return;
        }
        long deadlineNanos = clock.monotonicNanos() + options.timeoutMillis() * 1_000_000;
        List<Pending> group = new ArrayList<>();
        List<WriteRequest> requests = new ArrayList<>();
        long groupBytes = 0;
        while (!lane.queue.isEmpty()
                && group.size() < GROUP_WRITES_MAX
                && groupBytes < GROUP_BYTES_MAX) {
            Pending next = lane.queue.poll();
            group.add(next);
            groupBytes += next.bytes();
            requests.add(
                    new WriteRequest(
                            List.of(next.operation()),
                            options.copies(),
                            false,
                            deadlineNanos,
                            "",
                            null,
                            null));
        }
        lane.busy = true;
        lane.tablet = newest == null ? lane.tablet : newest;
        lane.tablet.writeAll(
                requests, eventLoop, (answers, never) -> answered(lane, group, answers));
    }

    /** The tablet is no more: its writes go, in their order, to those that have their rows now. */
    private boolean divided(Lane lane) {
        Map<Pending, RowTablet> found = new LinkedHashMap<>();
        try {
            for (Pending write : lane.queue) {
                RowTablet tablet = tablets.locate(table, write.operation().key());
                if (tablet.id().equals(lane.tablet.id())) {
                    return false;
                }
                found.put(write, tablet);
            }
        } catch (EblaException nowhere) {
            return false;
        }
        lane.queue.clear();
        lanes.remove(lane.tablet.id());
        found.forEach(
                (write, tablet) -> {
                    lane(tablet, write.operation().key()).queue.add(write);
                });
        flush();
        return true;
    }

    private void answered(Lane lane, List<Pending> group, List<WriteAnswer> answers) {
        Deque<Pending> again = toRepeat(lane, group, answers);
        Set<Pending> waiting = Collections.newSetFromMap(new IdentityHashMap<>());
        waiting.addAll(again);
        for (int i = 0; i < group.size(); i++) {
            Pending write = group.get(i);
            if (!waiting.contains(write)) {
                writes--;
                bytes -= write.bytes();
                WriteAnswer answer = answers.get(i);
                listener.ended(write.tag(), write.operation(), answer.result(), answer.failure());
            }
        }
        if (again.isEmpty()) {
            lane.busy = false;
            lane.refusedSinceNanos = 0;
            send(lane);
        } else {
            again.descendingIterator().forEachRemaining(lane.queue::addFirst);
            retryLater(lane);
        }
        listener.progressed();
    }

    private void retryLater(Lane lane) {
        EventLoops.later(
                eventLoop,
                lane.retryMillis,
                () -> {
                    lane.busy = false;
                    send(lane);
                });
        lane.retryMillis = Math.min(2 * lane.retryMillis, RETRY_MAX_MILLIS);
    }

    /**
     * The writes of a group that were surely not applied and are tried again: not those of which a later
     * write of the same row has gone through, which they would overwrite.
     */
    private Deque<Pending> toRepeat(Lane lane, List<Pending> group, List<WriteAnswer> answers) {
        long patience = -1;
        for (WriteAnswer answer : answers) {
            patience = Math.max(patience, patienceNanos(answer));
        }
        if (patience < 0) {
            return new ArrayDeque<>();
        }
        long now = clock.monotonicNanos();
        if (lane.refusedSinceNanos == 0) {
            lane.refusedSinceNanos = now;
            lane.retryMillis = RETRY_FIRST_MILLIS;
        } else if (now - lane.refusedSinceNanos > patience) {
            return new ArrayDeque<>();
        }
        Deque<Pending> again = new ArrayDeque<>();
        Set<RowKey> done = new HashSet<>();
        for (int i = group.size() - 1; i >= 0; i--) {
            RowKey key = group.get(i).operation().key();
            if (patienceNanos(answers.get(i)) < 0) {
                done.add(key);
            } else if (!done.contains(key)) {
                again.addFirst(group.get(i));
            }
        }
        return again;
    }

    /** How long a write that ended so is tried again; -1 for not at all. */
    private long patienceNanos(WriteAnswer answer) {
        EblaException failure = answer.failure();
        if (failure == null || !failure.retryable()) {
            return -1;
        }
        return switch (failure.code()) {
            case OVERLOADED -> patienceNanos;
            case NO_MASTER, NO_QUORUM -> options.timeoutMillis() * 1_000_000;
            default -> -1;
        };
    }
}
