package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.oplog.Mutation.Replaced;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Writes the log of one tablet as its writer would, and keeps what the rows must then be: a plain map
 * beside which stores are judged. Timestamps rise by one with each entry unless set.
 */
final class LogScript {

    static final TabletId TABLET = new TabletId(7);

    final NavigableMap<RowKey, Row> rows = new TreeMap<>();
    private final NavigableMap<ExpiryKey, Bytes> due =
            new TreeMap<>((a, b) -> a.encoded().compareTo(b.encoded()));
    private final TabletId tablet;
    private long epoch = 1;
    private long index;
    private long previousEpoch;
    private long timestampMillis = 1_000;

    LogScript() {
        this(TABLET);
    }

    private LogScript(TabletId tablet) {
        this.tablet = tablet;
    }

    /** Ends this log by a split at a pk. */
    LogEntry split(String pk, long low, long high) {
        Bytes at = KeyRange.boundOfPk(Bytes.utf8(pk));
        return entry(
                EntryKind.SPLIT,
                List.of(new Mutation.Split(at, new TabletId(low), new TabletId(high))));
    }

    LogEntry seal(long into, long left, long right) {
        return entry(
                EntryKind.SEAL,
                List.of(
                        new Mutation.Seal(
                                new TabletId(into), new TabletId(left), new TabletId(right))));
    }

    /** The log of a merged tablet, from where this one and its right neighbour were sealed on. */
    LogScript mergedWith(LogScript right, long into) {
        LogScript log = new LogScript(new TabletId(into));
        log.rows.putAll(rows);
        log.rows.putAll(right.rows);
        log.due.putAll(due);
        log.due.putAll(right.due);
        log.previousEpoch = Math.max(previousEpoch, right.previousEpoch);
        log.epoch = log.previousEpoch + 1;
        log.index = Math.max(index, right.index);
        log.timestampMillis = Math.max(timestampMillis, right.timestampMillis);
        return log;
    }

    LogEntry cancel(long low) {
        return entry(EntryKind.CANCEL, List.of(new Mutation.CancelSplit(new TabletId(low))));
    }

    /** The log of a child, from where this one ended on. */
    LogScript ofChild(long child, KeyRange range) {
        LogScript log = new LogScript(new TabletId(child));
        rows.forEach(
                (key, row) -> {
                    if (range.contains(key)) {
                        log.rows.put(key, row);
                    }
                });
        due.forEach(
                (record, key) -> {
                    if (new StoreShape(range, null, null, 0, true, true).holds(key)) {
                        log.due.put(record, key);
                    }
                });
        log.epoch = epoch;
        log.index = index;
        log.previousEpoch = previousEpoch;
        log.timestampMillis = timestampMillis;
        return log;
    }

    TabletId tablet() {
        return tablet;
    }

    /** The last entry never was; what it did to rows stays as it is here. */
    void rewind(LogEntry last) {
        index = last.index() - 1;
        previousEpoch = last.previousEpoch();
    }

    long timestampMillis() {
        return timestampMillis;
    }

    void at(long millis) {
        timestampMillis = millis;
    }

    LogEntry newEpoch() {
        epoch++;
        return entry(EntryKind.EPOCH_START, List.of());
    }

    LogEntry put(String pk, String value) {
        return put(RowKey.of(pk), Bytes.utf8(value), "text/plain", 0);
    }

    LogEntry put(RowKey key, Bytes value, String contentType, long expiresAt) {
        return write(List.of(new Change(key, value, contentType, expiresAt)));
    }

    LogEntry delete(RowKey key) {
        return write(List.of(new Change(key, null, null, 0)));
    }

    LogEntry remember(IdempotencyRecord memo) {
        Bytes key = IdempotencyCodec.key(memo.id());
        due.put(ExpiryKey.ofIdempotency(memo.expiresAt(), key), key);
        return entry(EntryKind.WRITE, List.of(new Mutation.Remember(memo)));
    }

    static IdempotencyRecord memo(String pk, String key, String answer, long expiresAt) {
        return new IdempotencyRecord(
                new IdempotencyId(Bytes.utf8(pk), "someone", key),
                Bytes.wrap(new byte[16]),
                Bytes.utf8(answer),
                expiresAt);
    }

    LogEntry expire(long before, int maxRows) {
        LogEntry entry = entry(EntryKind.EXPIRE, List.of(new Mutation.Expire(before, maxRows)));
        for (int i = 0; i < maxRows && !due.isEmpty(); i++) {
            ExpiryKey first = due.firstKey();
            if (first.expiresAt() > before) {
                break;
            }
            due.remove(first);
            if (first.what() == ExpiryKey.What.ROW) {
                rows.remove(RowKey.decode(first.key()));
            }
        }
        return entry;
    }

    /** A put, or a delete when the value is null. */
    record Change(RowKey key, Bytes value, String contentType, long expiresAt) {}

    /** One entry of several changes, on different rows. */
    LogEntry write(List<Change> changes) {
        List<Mutation> mutations = new ArrayList<>();
        long entryIndex = index + 1;
        long stamp = timestampMillis + 1;
        for (Change change : changes) {
            Replaced replaced = replaced(change.key());
            Row before = rows.remove(change.key());
            if (before != null && before.expiresAt() != 0) {
                due.remove(ExpiryKey.ofRow(before.expiresAt(), change.key().encoded()));
            }
            if (change.value() == null) {
                mutations.add(new Mutation.Delete(change.key(), replaced));
                continue;
            }
            long createdAt = before == null ? stamp : before.createdAt();
            mutations.add(
                    new Mutation.Put(
                            change.key(),
                            change.value(),
                            change.contentType(),
                            createdAt,
                            change.expiresAt(),
                            replaced));
            RowVersion version = new RowVersion(epoch, entryIndex, mutations.size() - 1);
            rows.put(change.key(), row(change, version, createdAt, stamp));
            if (change.expiresAt() != 0) {
                Bytes key = change.key().encoded();
                due.put(ExpiryKey.ofRow(change.expiresAt(), key), key);
            }
        }
        return entry(EntryKind.WRITE, mutations);
    }

    private static Row row(Change change, RowVersion version, long createdAt, long updatedAt) {
        return new Row(
                change.key(),
                change.value(),
                change.value().length(),
                change.contentType(),
                version,
                createdAt,
                updatedAt,
                change.expiresAt());
    }

    Replaced replaced(RowKey key) {
        Row row = rows.get(key);
        return row == null
                ? Replaced.NOTHING
                : new Replaced(true, row.sizeBytes(), row.expiresAt());
    }

    LogEntry entry(EntryKind kind, List<Mutation> mutations) {
        index++;
        timestampMillis++;
        LogEntry entry =
                new LogEntry(
                        tablet,
                        epoch,
                        index,
                        previousEpoch,
                        index - 1,
                        timestampMillis,
                        kind,
                        "",
                        mutations);
        previousEpoch = epoch;
        return entry;
    }

    /** Where a store stands that has applied all of this log. */
    TabletStore.Applied applied() {
        if (index == 0) {
            return TabletStore.Applied.NOTHING;
        }
        long bytes = rows.values().stream().mapToLong(Row::sizeBytes).sum();
        return new TabletStore.Applied(previousEpoch, index, timestampMillis, rows.size(), bytes);
    }

    int dueAt(long beforeMillis) {
        return (int) due.keySet().stream().filter(d -> d.expiresAt() <= beforeMillis).count();
    }
}
