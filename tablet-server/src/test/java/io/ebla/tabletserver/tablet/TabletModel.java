package io.ebla.tabletserver.tablet;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a log means, by the plainest code there is: every row's history over the indexes of the log.
 * While it follows a log it also judges it: each mutation must name exactly what it replaces.
 */
final class TabletModel {

    private final NavigableMap<RowKey, NavigableMap<Long, Optional<Row>>> rows = new TreeMap<>();
    private final Map<IdempotencyId, IdempotencyRecord> records = new HashMap<>();
    private final Map<IdempotencyId, Long> recordIndexes = new HashMap<>();
    private final Map<IdempotencyId, Bytes> fingerprints = new HashMap<>();
    private final List<LogEntry> log = new ArrayList<>();

    long lastIndex() {
        return log.isEmpty() ? 0 : log.get(log.size() - 1).index();
    }

    /** Takes what the log has grown by. */
    void follow(List<LogEntry> durable) {
        for (LogEntry entry : durable) {
            if (entry.index() > lastIndex()) {
                take(entry);
            }
        }
    }

    private void take(LogEntry entry) {
        check(entry.index() == lastIndex() + 1, entry, "leaves a gap");
        if (!log.isEmpty()) {
            LogEntry before = log.get(log.size() - 1);
            check(entry.timestampMillis() >= before.timestampMillis(), entry, "goes back in time");
            check(entry.previousEpoch() == before.epoch(), entry, "names another epoch before it");
        }
        int position = 0;
        for (Mutation mutation : entry.mutations()) {
            if (mutation instanceof Mutation.Put put) {
                put(entry, put, position);
            } else if (mutation instanceof Mutation.Delete delete) {
                Optional<Row> before = at(delete.key(), entry.index() - 1);
                check(delete.replaced().equals(replaced(before)), entry, "replaces " + before);
                set(delete.key(), entry.index(), Optional.empty());
            } else if (mutation instanceof Mutation.Expire expire) {
                expire(entry, expire);
            } else if (mutation instanceof Mutation.Remember remember) {
                IdempotencyRecord before = records.get(remember.memo().id());
                check(
                        before == null || before.expiresAt() <= entry.timestampMillis(),
                        entry,
                        "takes the place of a living idempotency record");
                records.put(remember.memo().id(), remember.memo());
                recordIndexes.put(remember.memo().id(), entry.index());
                fingerprints.put(remember.memo().id(), remember.memo().fingerprint());
            }
            position++;
        }
        log.add(entry);
    }

    private void put(LogEntry entry, Mutation.Put put, int position) {
        Optional<Row> before = at(put.key(), entry.index() - 1);
        check(put.replaced().equals(replaced(before)), entry, "replaces " + before);
        long now = entry.timestampMillis();
        long createdAt = before.filter(row -> !row.expired(now)).map(Row::createdAt).orElse(now);
        check(put.createdAt() == createdAt, entry, "created at " + put.createdAt());
        set(
                put.key(),
                entry.index(),
                Optional.of(
                        new Row(
                                put.key(),
                                put.value(),
                                put.value().length(),
                                put.contentType(),
                                new RowVersion(entry.epoch(), entry.index(), position),
                                put.createdAt(),
                                now,
                                put.expiresAt())));
    }

    /** The tests' EXPIREs name more rows than there are, so all that are due go. */
    private void expire(LogEntry entry, Mutation.Expire expire) {
        check(expire.before() <= entry.timestampMillis(), entry, "expires the future");
        for (RowKey key : List.copyOf(rows.keySet())) {
            if (at(key, entry.index()).filter(row -> row.expired(expire.before())).isPresent()) {
                set(key, entry.index(), Optional.empty());
            }
        }
        records.values().removeIf(memo -> memo.expiresAt() <= expire.before());
    }

    private void set(RowKey key, long index, Optional<Row> row) {
        rows.computeIfAbsent(key, fresh -> new TreeMap<>()).put(index, row);
    }

    /** A row, expired or not, after a prefix of the log. */
    Optional<Row> at(RowKey key, long index) {
        NavigableMap<Long, Optional<Row>> history = rows.get(key);
        Map.Entry<Long, Optional<Row>> last = history == null ? null : history.floorEntry(index);
        return last == null ? Optional.empty() : last.getValue();
    }

    Optional<Row> living(RowKey key, long index, long nowMillis) {
        return at(key, index).filter(row -> !row.expired(nowMillis));
    }

    List<Row> livingRows(long index, long nowMillis) {
        return rows.keySet().stream()
                .flatMap(key -> living(key, index, nowMillis).stream())
                .toList();
    }

    List<Row> heldRows() {
        return rows.keySet().stream().flatMap(key -> at(key, lastIndex()).stream()).toList();
    }

    /** The index of the entry that carries a request's record. */
    long recordIndex(IdempotencyId id) {
        return recordIndexes.getOrDefault(id, 0L);
    }

    /** What the request under this record had asked for. */
    Bytes fingerprint(IdempotencyId id) {
        return fingerprints.get(id);
    }

    boolean holds(long epoch, long index) {
        return index >= 1
                && index <= lastIndex()
                && log.get((int) (index - log.get(0).index())).epoch() == epoch;
    }

    LogEntry entry(long index) {
        return log.get((int) (index - log.get(0).index()));
    }

    private static Mutation.Replaced replaced(Optional<Row> row) {
        return row.map(held -> new Mutation.Replaced(true, held.sizeBytes(), held.expiresAt()))
                .orElse(Mutation.Replaced.NOTHING);
    }

    private static void check(boolean holds, LogEntry entry, String what) {
        if (!holds) {
            throw new AssertionError("an entry " + what + ": " + entry);
        }
    }
}
