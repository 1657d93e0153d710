package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.oplog.Mutation.Replaced;
import java.util.List;
import org.junit.jupiter.api.Test;

class AppliedRowsTest {

    private static final RowKey KEY = RowKey.of("k");

    private final AppliedRows rows = new AppliedRows();

    private static LogEntry entry(long index, Mutation... mutations) {
        return new LogEntry(
                new TabletId(1),
                1,
                index,
                1,
                0,
                1_000,
                EntryKind.WRITE,
                0,
                "",
                "",
                List.of(mutations));
    }

    private static Mutation put(String key) {
        return new Mutation.Put(
                RowKey.of(key), Bytes.utf8("v"), "text/plain", 500, 0, Replaced.NOTHING);
    }

    @Test
    void aRowIsChangedByThePutsAndDeletesAppliedAfterItWasRead() {
        rows.applied(List.of(entry(7, put("other"), put("k")), entry(8)));
        assertThat(rows.changedAfter(6, KEY)).isTrue();
        assertThat(rows.changedAfter(7, KEY)).isFalse();

        rows.applied(List.of(entry(9, new Mutation.Delete(KEY, new Replaced(true, 1, 0)))));
        assertThat(rows.changedAfter(8, KEY)).isTrue();
        assertThat(rows.changedAfter(9, KEY)).isFalse();
    }

    @Test
    void otherRowsMayChangeWithoutIt() {
        rows.applied(List.of(entry(1, put("other"))));

        assertThat(rows.changedAfter(0, KEY)).isFalse();
    }

    @Test
    void anExpiryNamesNoRowsSoItChangesAll() {
        rows.applied(List.of(entry(5, new Mutation.Expire(1_000, 10))));

        assertThat(rows.changedAfter(4, KEY)).isTrue();
        assertThat(rows.changedAfter(5, KEY)).isFalse();
    }

    @Test
    void moreRowsThanPlacesAreNeverCalledUnchangedWrongly() {
        for (int i = 1; i <= 10_000; i++) {
            rows.applied(List.of(entry(i, put("k" + i))));
        }
        for (int i = 1; i <= 10_000; i++) {
            assertThat(rows.changedAfter(i - 1, RowKey.of("k" + i))).isTrue();
        }
    }
}
