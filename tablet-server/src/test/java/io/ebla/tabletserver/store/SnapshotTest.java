package io.ebla.tabletserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.Installation.Position;
import io.ebla.tabletserver.store.Installation.Progress;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Snapshots of every kind of store, installed into every kind. */
class SnapshotTest {

    static final TabletId TABLET = LogScript.TABLET;

    /** From which kind of store to which. */
    record Way(boolean fromDisk, boolean toDisk) {}

    @TempDir Path data;
    private final List<TabletStores> opened = new ArrayList<>();
    private final LogScript log = new LogScript();

    static Stream<Way> ways() {
        return Stream.of(
                new Way(true, true),
                new Way(true, false),
                new Way(false, true),
                new Way(false, false));
    }

    private TabletStores stores(boolean disk, String name) {
        TabletStores stores =
                disk
                        ? new RocksTabletStores(data.resolve(name), RocksSettings.DEFAULTS)
                        : new InMemoryTabletStores();
        opened.add(stores);
        return stores;
    }

    @AfterEach
    void close() {
        opened.forEach(TabletStores::close);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void anInstalledStoreHoldsWhatTheOtherHeldAndGoesOn(Way way) {
        TabletStore source = stores(way.fromDisk(), "source").open(TABLET);
        source.apply(history(log, 1, 400));
        TabletStores target = stores(way.toDisk(), "target");
        List<ByteBuffer> chunks = chunks(source, 5_000);
        assertThat(chunks).hasSizeGreaterThan(10);
        Installation installation = target.install(TABLET);
        installation.begin("view");
        for (ByteBuffer chunk : chunks) {
            assertThat(installation.isWhole()).isFalse();
            installation.write(chunk);
        }
        assertThat(installation.isWhole()).isTrue();
        assertThat(installation.progress()).isEqualTo(new Progress("view", chunks.size()));
        Applied applied = source.applied();
        assertThat(installation.complete())
                .isEqualTo(new Position(applied.epoch(), applied.index()));
        installation.finish();
        TabletStore copy = target.open(TABLET);

        assertThat(copy.applied()).isEqualTo(applied).isEqualTo(log.applied());
        assertThat(copy.flushed()).isEqualTo(applied);
        assertThat(copy.epochs()).isEqualTo(source.epochs());
        assertThat(copy.epochs().size()).isGreaterThan(2);
        assertThat(chunks(copy, 5_000)).isEqualTo(chunks);
        List<LogEntry> later = history(log, 2, 100);
        source.apply(later);
        copy.apply(later);
        assertThat(copy.applied()).isEqualTo(source.applied());
        assertThat(copy.epochs()).isEqualTo(source.epochs());
        assertThat(chunks(copy, 5_000)).isEqualTo(chunks(source, 5_000));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void anEmptyStoreIsOneChunk(Way way) {
        TabletStore source = stores(way.fromDisk(), "source").open(TABLET);
        TabletStores target = stores(way.toDisk(), "target");
        List<ByteBuffer> chunks = chunks(source, 5_000);
        assertThat(chunks).hasSize(1);
        install(target, chunks);
        assertThat(target.open(TABLET).applied()).isEqualTo(Applied.NOTHING);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aSnapshotStaysAsItWasAndGivesEachChunkAgain(Way way) {
        TabletStore source = stores(way.fromDisk(), "source").open(TABLET);
        source.apply(history(log, 1, 200));
        List<ByteBuffer> before = chunks(source, 5_000);
        try (Snapshot snapshot = snapshot(source, 5_000)) {
            assertThat(snapshot.chunk(0)).isEqualTo(before.get(0));
            source.apply(history(log, 2, 300));
            source.flush();
            Random random = new Random(3);
            for (int i = 1; i < before.size(); i++) {
                assertThat(snapshot.chunk(i)).isEqualTo(before.get(i));
                int again = random.nextInt(i + 1);
                assertThat(snapshot.chunk(again)).isEqualTo(before.get(again));
            }
            assertThat(snapshot.chunk(before.size())).isNull();
        }
        assertThat(chunks(source, 5_000)).isNotEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aSnapshotEndsWithItsStore(Way way) {
        TabletStore source = stores(way.fromDisk(), "source").open(TABLET);
        source.apply(history(log, 1, 200));
        Snapshot snapshot = snapshot(source, 5_000);
        snapshot.chunk(0);
        source.close();
        assertThatExceptionOfType(EblaException.class)
                .isThrownBy(() -> snapshot.chunk(1))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_MASTER));
        snapshot.close();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void whatIsNotTheNextChunkAsItWasMadeIsRefusedAndNothingOfItKept(Way way) {
        TabletStore source = stores(way.fromDisk(), "source").open(TABLET);
        source.apply(history(log, 1, 200));
        List<ByteBuffer> chunks = chunks(source, 5_000);
        source.apply(history(log, 2, 1));
        List<ByteBuffer> others = chunks(source, 5_000);
        TabletStores target = stores(way.toDisk(), "target");
        Installation installation = target.install(TABLET);
        installation.begin("view");
        assertCorrupted(() -> installation.write(chunks.get(1)));
        installation.write(chunks.get(0));
        assertCorrupted(() -> installation.write(chunks.get(0)));
        assertCorrupted(() -> installation.write(others.get(1)));
        for (int at = 0; at < 200; at++) {
            ByteBuffer flipped = ByteBuffer.wrap(bytes(chunks.get(1)));
            flipped.put(at, (byte) (flipped.get(at) ^ 4));
            assertCorrupted(() -> installation.write(flipped));
        }
        assertCorrupted(() -> installation.write(chunks.get(1).slice(0, 500)));
        chunks.stream().skip(1).forEach(installation::write);
        installation.complete();
        installation.finish();
        assertThat(chunks(target.open(TABLET), 5_000)).isEqualTo(chunks);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void anotherViewBeginsAnew(Way way) {
        TabletStore source = stores(way.fromDisk(), "source").open(TABLET);
        source.apply(history(log, 1, 200));
        List<ByteBuffer> first = chunks(source, 5_000);
        source.apply(history(log, 2, 50));
        TabletStores target = stores(way.toDisk(), "target");
        Installation installation = target.install(TABLET);
        installation.begin("one");
        first.subList(0, 5).forEach(installation::write);
        installation.begin("one");
        assertThat(installation.progress()).isEqualTo(new Progress("one", 5));
        installation.begin("two");
        assertThat(installation.progress()).isEqualTo(new Progress("two", 0));
        List<ByteBuffer> second = chunks(source, 5_000);
        second.forEach(installation::write);
        installation.complete();
        installation.finish();
        assertThat(chunks(target.open(TABLET), 5_000)).isEqualTo(second);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void anInstallationReplacesAClosedStoreOnly(Way way) {
        TabletStore source = stores(way.fromDisk(), "source").open(TABLET);
        source.apply(history(log, 1, 100));
        TabletStores target = stores(way.toDisk(), "target");
        TabletStore old = target.open(TABLET);
        old.apply(history(new LogScript(), 5, 30));
        List<ByteBuffer> before = chunks(old, 5_000);
        Installation installation = target.install(TABLET);
        installation.begin("view");
        assertThatIllegalStateException().isThrownBy(installation::complete);
        assertThatIllegalStateException().isThrownBy(installation::finish);
        chunks(source, 5_000).forEach(installation::write);
        installation.complete();
        assertThatIllegalStateException().isThrownBy(installation::finish);
        assertThat(chunks(old, 5_000)).isEqualTo(before);
        old.close();
        installation.finish();
        assertThat(chunks(target.open(TABLET), 5_000)).isEqualTo(chunks(source, 5_000));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void anAbortedInstallationLeavesNothing(Way way) {
        TabletStore source = stores(way.fromDisk(), "source").open(TABLET);
        source.apply(history(log, 1, 100));
        TabletStores target = stores(way.toDisk(), "target");
        Installation installation = target.install(TABLET);
        installation.begin("view");
        chunks(source, 5_000).forEach(installation::write);
        installation.complete();
        installation.abort();
        assertThat(target.install(TABLET).progress()).isEqualTo(Progress.NONE);
        assertThat(target.open(TABLET).applied()).isEqualTo(Applied.NOTHING);
    }

    @Test
    void aTabletThatIsRemovedTakesItsInstallationAlong() {
        TabletStore source = stores(true, "source").open(TABLET);
        source.apply(history(log, 1, 100));
        TabletStores target = stores(true, "target");
        Installation installation = target.install(TABLET);
        installation.begin("view");
        chunks(source, 5_000).forEach(installation::write);
        installation.complete();
        target.remove(TABLET);
        assertThat(target.open(TABLET).applied()).isEqualTo(Applied.NOTHING);
    }

    static void install(TabletStores target, List<ByteBuffer> chunks) {
        Installation installation = target.install(TABLET);
        installation.begin("view");
        chunks.forEach(installation::write);
        installation.complete();
        installation.finish();
    }

    static Snapshot snapshot(TabletStore store, int chunkBytes) {
        return store instanceof RocksTabletStore disk
                ? disk.snapshot(chunkBytes)
                : ((InMemoryTabletStore) store).snapshot(chunkBytes);
    }

    static List<ByteBuffer> chunks(TabletStore store, int chunkBytes) {
        List<ByteBuffer> chunks = new ArrayList<>();
        try (Snapshot snapshot = snapshot(store, chunkBytes)) {
            ByteBuffer chunk = snapshot.chunk(0);
            while (chunk != null) {
                chunks.add(ByteBuffer.wrap(bytes(chunk)));
                chunk = snapshot.chunk(chunks.size());
            }
        }
        return chunks;
    }

    private static byte[] bytes(ByteBuffer chunk) {
        byte[] bytes = new byte[chunk.remaining()];
        chunk.duplicate().get(bytes);
        return bytes;
    }

    private static void assertCorrupted(Runnable call) {
        assertThatExceptionOfType(EblaException.class)
                .isThrownBy(call::run)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPTED));
    }

    /** Writes of all sorts: small and large rows, keys with NULs, expiries, memos, deletes, epochs. */
    static List<LogEntry> history(LogScript log, long seed, int entries) {
        Random random = new Random(seed);
        List<LogEntry> history = new ArrayList<>();
        for (int i = 0; i < entries; i++) {
            RowKey key = RowKey.of("pk\0" + random.nextInt(20), "sk" + random.nextInt(20));
            int size =
                    random.nextInt(8) == 0 ? 5_000 + random.nextInt(20_000) : random.nextInt(400);
            byte[] value = new byte[size];
            random.nextBytes(value);
            long expiresAt = random.nextInt(3) == 0 ? 1_000_000 + random.nextInt(1_000) : 0;
            history.add(
                    switch (random.nextInt(12)) {
                        case 0 -> log.delete(key);
                        case 1 -> log.newEpoch();
                        case 2 -> log.expire(1_000_000 + random.nextInt(500), 5);
                        case 3, 4 ->
                                log.remember(
                                        LogScript.memo(
                                                "p\0k" + random.nextInt(5),
                                                "key" + random.nextInt(9),
                                                "answer " + i,
                                                1_000_000 + random.nextInt(1_000)));
                        default -> log.put(key, Bytes.wrap(value), "text/x" + size % 3, expiresAt);
                    });
        }
        return history;
    }
}
