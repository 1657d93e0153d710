package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ebla.core.contract.EblaException;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/** Where epochs began, what is forgotten of it, and stores that do not know it. */
class EpochStartsTest {

    private static final EpochStarts THREE = EpochStarts.NONE.with(1, 1).with(4, 10).with(5, 30);

    @TempDir Path data;

    @Test
    void everyEntryIsOfTheEpochThatBeganLastBeforeIt() {
        assertThat(THREE.epochAt(0)).isZero();
        assertThat(THREE.epochAt(1)).isEqualTo(1);
        assertThat(THREE.epochAt(9)).isEqualTo(1);
        assertThat(THREE.epochAt(10)).isEqualTo(4);
        assertThat(THREE.epochAt(1_000)).isEqualTo(5);
        assertThat(THREE.hold(1, 9)).isTrue();
        assertThat(THREE.hold(1, 10)).isFalse();
        assertThat(THREE.hold(2, 9)).as("an epoch that left no entry").isFalse();
        assertThat(EpochStarts.NONE.hold(0, 0)).isTrue();
    }

    @Test
    void fromBeforeTheFloorOnlyItsOwnEpochIsKnown() {
        EpochStarts floor = EpochStarts.floorAt(new Applied(4, 20, 0, 0, 0)).with(5, 30);
        assertThat(floor.epochAt(19)).isEqualTo(EpochStarts.UNKNOWN);
        assertThat(floor.hold(4, 15)).as("of the epoch of an entry that is there").isTrue();
        assertThat(floor.hold(3, 15)).as("nobody knows").isFalse();
        assertThat(floor.hold(5, 15)).as("it began later").isFalse();
        assertThat(floor.hold(4, 29)).isTrue();
    }

    @Test
    void aCutForgetsWhatBeganBehindIt() {
        assertThat(THREE.upTo(30)).isEqualTo(THREE);
        assertThat(THREE.upTo(29)).isEqualTo(EpochStarts.NONE.with(1, 1).with(4, 10));
        assertThat(THREE.upTo(0)).isEqualTo(EpochStarts.NONE);
    }

    @Test
    void theOldestAreForgotten() {
        EpochStarts starts = EpochStarts.NONE;
        for (int i = 1; i <= EpochStarts.MOST + 2; i++) {
            starts = starts.with(i, 10L * i);
        }
        assertThat(starts.size()).isEqualTo(EpochStarts.MOST);
        assertThat(starts.epoch(0)).isEqualTo(3);
        assertThat(starts.hold(2, 25)).as("it was, and nobody knows any more").isFalse();
        assertThat(starts.hold(3, 35)).isTrue();
        assertThat(EpochStartsCodec.decode(EpochStartsCodec.encode(starts))).isEqualTo(starts);
    }

    @Test
    void epochsDoNotFall() {
        assertThatIllegalArgumentException().isThrownBy(() -> THREE.with(4, 31));
        assertThatIllegalArgumentException().isThrownBy(() -> THREE.with(6, 30));
        assertThat(THREE.with(5, 3)).isEqualTo(THREE);
    }

    @Test
    void whatNobodyWroteIsCorruption() {
        byte[] stored = EpochStartsCodec.encode(THREE);
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            byte[] changed = Arrays.copyOf(stored, random.nextInt(stored.length + 1));
            if (changed.length > 0) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            try {
                EpochStarts read = EpochStartsCodec.decode(changed);
                assertThat(read.size()).isLessThanOrEqualTo(changed.length / 2);
            } catch (EblaException corrupted) {
                // As it should.
            }
        }
        assertThatExceptionOfType(EblaException.class)
                .isThrownBy(() -> EpochStartsCodec.decode(new byte[] {2, 0}));
    }

    @Test
    void aStoreWithoutTheRecordKnowsWhereItStandsAndGoesOnFromThere() throws Exception {
        LogScript log = new LogScript();
        fill(log);
        forget();
        EpochStarts floor = EpochStarts.NONE.with(2, 3);
        try (RocksTabletStores stores = stores()) {
            TabletStore store = stores.open(LogScript.TABLET);
            assertThat(store.epochs()).isEqualTo(floor);
            store.apply(List.of(log.newEpoch()));
        }
        try (RocksTabletStores stores = stores()) {
            assertThat(stores.open(LogScript.TABLET).epochs()).isEqualTo(floor.with(3, 4));
        }
    }

    @Test
    void aRecordThatAStoreWentOnWithoutIsNotBelieved() throws Exception {
        LogScript log = new LogScript();
        fill(log);
        try (RocksTabletStores stores = stores()) {
            RocksTabletStore store = (RocksTabletStore) stores.open(LogScript.TABLET);
            byte[] older = EpochStartsCodec.encode(store.epochs());
            store.apply(List.of(log.newEpoch(), log.put("c", "1")));
            TabletDatabase database = store.database();
            database.db().put(database.resources().writes(), SystemKeys.EPOCHS, older);
            database.flush();
        }
        try (RocksTabletStores stores = stores()) {
            assertThat(stores.open(LogScript.TABLET).epochs())
                    .isEqualTo(EpochStarts.NONE.with(3, 5));
        }
    }

    /** Entries 1 to 3; the second one begins epoch 2. */
    private void fill(LogScript log) {
        try (RocksTabletStores stores = stores()) {
            stores.open(LogScript.TABLET)
                    .apply(List.of(log.put("a", "1"), log.newEpoch(), log.put("b", "1")));
        }
    }

    /** As a version left it that kept no epochs. */
    private void forget() throws RocksDBException {
        try (RocksTabletStores stores = stores()) {
            RocksTabletStore store = (RocksTabletStore) stores.open(LogScript.TABLET);
            TabletDatabase database = store.database();
            database.db().delete(database.resources().writes(), SystemKeys.EPOCHS);
            database.flush();
        }
    }

    private RocksTabletStores stores() {
        return new RocksTabletStores(data, RocksSettings.DEFAULTS);
    }
}
