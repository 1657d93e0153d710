package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link StoreJoinContract} on disk. */
class RocksStoreJoinTest extends StoreJoinContract {

    @TempDir Path data;

    @Override
    TabletStores openStores() {
        return new RocksTabletStores(data, RocksSettings.DEFAULTS);
    }

    @Test
    void nothingIsBegunForWhichThereIsNoRoom(@TempDir Path small) {
        AtomicLong free = new AtomicLong();
        try (RocksTabletStores stores =
                new RocksTabletStores(small, RocksSettings.DEFAULTS, free::get)) {
            Joining.Part left = part(stores, 1, "a");
            Joining.Part right = part(stores, 2, "m");
            assertThatThrownBy(() -> stores.join(new TabletId(3), left, right, () -> true))
                    .isInstanceOfSatisfying(
                            EblaException.class,
                            full -> assertThat(full.code()).isEqualTo(ErrorCode.DISK_FULL));
            free.set(Long.MAX_VALUE);
            stores.join(new TabletId(3), left, right, () -> true).close();
        }
    }

    /** As a node ends that is in the middle of a copy. */
    @Test
    void whatIsMadeWhileTheStoresAreClosedIsMadeNoMore(@TempDir Path ending) {
        RocksTabletStores stores = new RocksTabletStores(ending, RocksSettings.DEFAULTS);
        Joining joining =
                stores.join(
                        new TabletId(3), part(stores, 1, "a"), part(stores, 2, "m"), () -> true);
        stores.close();
        LogScript log = new LogScript().ofChild(1, KeyRange.ALL);
        List<LogEntry> more = List.of(log.delete(RowKey.of("a")));
        assertThatIllegalStateException().isThrownBy(() -> joining.follow(new TabletId(1), more));
        joining.close();
    }

    private static Joining.Part part(TabletStores stores, long id, String pk) {
        TabletStore store = stores.open(new TabletId(id));
        LogScript log = new LogScript().ofChild(id, KeyRange.ALL);
        store.apply(List.of(log.put(RowKey.of(pk), Bytes.wrap(new byte[100]), "t/p", 0)));
        store.flush();
        return new Joining.Part(store, KeyRange.ALL);
    }

    @Override
    TabletStores kill(TabletStores running) {
        ((RocksTabletStores) running).abandon();
        return openStores();
    }
}
