package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.IdempotencyRecord;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every store does with what expires, and with idempotency records. */
abstract class StoreExpiryContract extends TabletStoreContract {

    @Test
    void expiryRemovesTheFirstRowsOfTheIndex() {
        apply(
                log.put(RowKey.of("late"), Bytes.utf8("1"), "t/p", 5_000),
                log.put(RowKey.of("b"), Bytes.wrap(LARGE), "t/p", 4_000),
                log.put(RowKey.of("a"), Bytes.utf8("3"), "t/p", 4_000),
                log.put(RowKey.of("never"), Bytes.utf8("4"), "t/p", 0));
        assertThat(store.earliestExpiry()).hasValue(4_000);
        assertThat(store.countExpired(3_999, 10)).isZero();
        assertThat(store.countExpired(4_000, 10)).isEqualTo(2);
        assertThat(store.countExpired(4_000, 1)).isEqualTo(1);
        apply(log.expire(4_500, 1));
        assertThat(store.get(RowKey.of("a"))).isEmpty();
        assertThat(store.get(RowKey.of("b"))).isPresent();
        assertHoldsWhatTheLogSays();
        apply(log.expire(10_000, 10), log.put("z", "z"));
        assertHoldsWhatTheLogSays();
        assertThat(log.rows).hasSize(2);
        assertThat(store.earliestExpiry()).isEmpty();
    }

    @Test
    void expirySeesWhatTheEntriesBeforeItDid() {
        RowKey key = RowKey.of("a");
        apply(
                log.put(key, Bytes.utf8("1"), "t/p", 2_000),
                log.put(key, Bytes.utf8("2"), "t/p", 3_000),
                log.expire(2_500, 10),
                log.put(RowKey.of("b"), Bytes.utf8("1"), "t/p", 2_100),
                log.expire(2_500, 10),
                log.put(RowKey.of("c"), Bytes.utf8("1"), "t/p", 2_050));
        assertThat(log.rows).containsOnlyKeys(key, RowKey.of("c"));
        assertHoldsWhatTheLogSays();
        assertThat(store.earliestExpiry()).hasValue(2_050);
    }

    @Test
    void aChangedOrRemovedExpiryNoLongerFallsDue() {
        RowKey key = RowKey.of("a");
        apply(
                log.put(key, Bytes.utf8("1"), "t/p", 2_000),
                log.put(key, Bytes.utf8("2"), "t/p", 0),
                log.put(RowKey.of("b"), Bytes.utf8("2"), "t/p", 2_000),
                log.delete(RowKey.of("b")));
        assertThat(store.countExpired(10_000, 10)).isZero();
        apply(log.expire(10_000, 10));
        assertHoldsWhatTheLogSays();
    }

    /** The writer said "replaces the expired row" before the expiry ahead of it was applied. */
    @Test
    void aWriteOverARowThatAnExpiryRemovedMeanwhileCountsItOnce() {
        RowKey key = RowKey.of("a");
        RowKey other = RowKey.of("b");
        apply(
                log.put(key, Bytes.wrap(LARGE), "t/p", 1_500),
                log.put(other, Bytes.utf8("22"), "t/p", 1_500));
        log.at(2_000);
        Mutation.Replaced seen = log.replaced(key);
        Mutation.Replaced seenOther = log.replaced(other);
        LogEntry expire = log.expire(1_900, 10);
        LogEntry stale =
                log.entry(
                        EntryKind.WRITE,
                        List.of(
                                new Mutation.Put(key, Bytes.utf8("n"), "t/p", 2_002, 0, seen),
                                new Mutation.Delete(other, seenOther)));
        apply(expire, stale);
        assertThat(store.applied().rows()).isEqualTo(1);
        assertThat(store.applied().bytes()).isEqualTo(key.encoded().length() + 1);
        assertThat(store.get(key).orElseThrow().value()).isEqualTo(Bytes.utf8("n"));
    }

    @Test
    void idempotencyRecordsAreKeptAndExpire() {
        IdempotencyRecord memo = LogScript.memo("a", "key-1", "answer", 2_000);
        IdempotencyRecord other = LogScript.memo("b", "key-1", "other", 3_000);
        apply(log.remember(memo), log.remember(other));
        assertThat(store.idempotencyRecord(memo.id())).contains(memo);
        assertThat(store.idempotencyRecord(LogScript.memo("a", "key-2", "", 1).id())).isEmpty();
        assertThat(store.applied().rows()).isZero();
        assertThat(store.earliestExpiry()).hasValue(2_000);
        apply(log.expire(2_000, 10));
        assertThat(store.idempotencyRecord(memo.id())).isEmpty();
        assertThat(store.idempotencyRecord(other.id())).contains(other);
    }

    @Test
    void aRememberedRecordOutlivesTheOneItReplaced() {
        IdempotencyRecord first = LogScript.memo("a", "k", "one", 2_000);
        IdempotencyRecord second = LogScript.memo("a", "k", "two", 3_000);
        apply(log.remember(first), log.remember(second), log.expire(2_500, 10));
        assertThat(store.idempotencyRecord(first.id())).contains(second);
        apply(log.expire(3_000, 10));
        assertThat(store.idempotencyRecord(first.id())).isEmpty();
    }
}
