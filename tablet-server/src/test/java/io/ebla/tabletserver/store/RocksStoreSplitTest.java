package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.RowKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
