package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.RowKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link StoreSplitContract} on disk. */
class RocksStoreSplitTest extends StoreSplitContract {

    @TempDir Path data;

    @Override
    TabletStores openStores() {
        return new RocksTabletStores(data, RocksSettings.DEFAULTS);
    }

    @Override
    TabletStores kill(TabletStores running) {
        ((RocksTabletStores) running).abandon();
        return openStores();
    }

    @Test
    void whatWasBeingMadeAtAKillIsGoneAfterTheNextStart() throws IOException {
        Path other = data.resolve("killed");
        Files.createDirectory(other);
        LogScript log = new LogScript();
        RocksTabletStores stores = new RocksTabletStores(other, RocksSettings.DEFAULTS);
        TabletStore parent = stores.open(LogScript.TABLET);
        parent.apply(List.of(log.put("a", "1"), log.put("m", "2"), log.split("m", 11, 12)));
        stores.divide(parent, new TabletId(11));
        stores.divide(parent, new TabletId(12));
        Path tablets = other.resolve("tablets");
        Files.createFile(tablets.resolve("12").resolve(TabletStores.DESCRIPTOR));
        stores.abandon();
        new RocksTabletStores(other, RocksSettings.DEFAULTS).close();
        assertThat(tablets.resolve("11")).doesNotExist();
        assertThat(tablets.resolve("12")).isDirectory();
        try (Stream<Path> left = Files.list(tablets)) {
            assertThat(left.map(each -> each.getFileName().toString()))
                    .containsExactlyInAnyOrder(LogScript.TABLET.text(), "12");
        }
    }

    /** RocksDB holds no write back for a store that does not compact, and all once it does. */
    @Test
    void aStoreThatIsNotTrimmedCompactsOnceTooManyFilesPileUp() throws IOException {
        Path other = data.resolve("piling");
        Files.createDirectory(other);
        LogScript log = new LogScript();
        try (RocksTabletStores stores = new RocksTabletStores(other, RocksSettings.DEFAULTS)) {
            TabletStore child = lowerChild(stores, log);
            LogScript own = log.ofChild(11, child.range());
            pileUp(child, own, 11);
            child.relieve();
            pileUp(child, own, 3);
            assertThat(level0Files(stores, 11)).isEqualTo(15);
            child.relieve();
            awaitLessThan(15, stores, 11);
            assertThat(child.trimmed()).isFalse();
        }
    }

    /** Both children's compactions at a time would take the room of both. */
    @Test
    void aTrimmedStoreCompactsFromWhenItIsSettledOn() throws IOException {
        Path other = data.resolve("waiting");
        Files.createDirectory(other);
        LogScript log = new LogScript();
        try (RocksTabletStores stores = new RocksTabletStores(other, RocksSettings.DEFAULTS)) {
            TabletStore child = lowerChild(stores, log);
            LogScript own = log.ofChild(11, child.range());
            child.trim();
            int before = level0Files(stores, 11);
            pileUp(child, own, 9);
            assertThat(level0Files(stores, 11)).isEqualTo(before + 9);
            child.settle();
            awaitLessThan(before + 9, stores, 11);
        }
    }

    /** Tablet 11, of a parent that was split a moment ago. */
    private static TabletStore lowerChild(TabletStores stores, LogScript log) {
        TabletStore parent = stores.open(LogScript.TABLET);
        parent.apply(List.of(log.put("a", "1"), log.put("m", "2"), log.split("m", 11, 12)));
        stores.divide(parent, new TabletId(11));
        return stores.open(new TabletId(11));
    }

    private static void awaitLessThan(int files, RocksTabletStores stores, long tablet) {
        for (int i = 0; i < 3_000 && level0Files(stores, tablet) >= files; i++) {
            LockSupport.parkNanos(10_000_000);
        }
        assertThat(level0Files(stores, tablet)).isLessThan(files);
    }

    private static void pileUp(TabletStore store, LogScript log, int files) {
        for (int i = 0; i < files; i++) {
            store.apply(List.of(log.put("a", "again")));
            store.flush();
        }
    }

    private static int level0Files(RocksTabletStores stores, long tablet) {
        return stores.tablets().stream()
                .filter(each -> each.tablet().equals(new TabletId(tablet)))
                .findFirst()
                .orElseThrow()
                .rowFilesPerLevel()
                .get(0);
    }

    @Test
    void aHalfMadeStoreIsMadeAnewAndADescribedOneStays() throws IOException {
        Path other = data.resolve("other");
        Files.createDirectory(other);
        LogScript log = new LogScript();
        try (TabletStores stores = new RocksTabletStores(other, RocksSettings.DEFAULTS)) {
            TabletStore parent = stores.open(LogScript.TABLET);
            parent.apply(List.of(log.put("a", "1"), log.put("m", "2"), log.split("m", 11, 12)));
            Path low = other.resolve("tablets").resolve("11");
            Files.createDirectory(low);
            Files.createFile(low.resolve("rubbish"));
            stores.divide(parent, new TabletId(11));
            assertThat(low.resolve("rubbish")).doesNotExist();
            Files.createFile(low.resolve(TabletStores.DESCRIPTOR));
            TabletStore child = stores.open(new TabletId(11));
            child.apply(
                    List.of(
                            log.ofChild(11, parent.division().get().rangeOf(new TabletId(11)))
                                    .put("b", "3")));
            child.close();
            stores.divide(parent, new TabletId(11));
            assertThat(stores.open(new TabletId(11)).get(RowKey.of("b"))).isPresent();
        }
    }
}
