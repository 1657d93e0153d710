package io.ebla.tabletserver.store;

import static io.ebla.tabletserver.store.SnapshotTest.TABLET;
import static io.ebla.tabletserver.store.SnapshotTest.chunks;
import static io.ebla.tabletserver.store.SnapshotTest.history;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.oplog.LogEntry;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.oplog.OplogObserver;
import io.ebla.tabletserver.oplog.OplogSettings;
import io.ebla.tabletserver.oplog.SegmentOplog;
import io.ebla.tabletserver.oplog.SimulatedDisk;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A replica dies while it is replaced by a snapshot, at every step and at every operation of the journal's
 * disk. It comes back as the old replica or as the new one, with a log that fits, and can go on to the new.
 */
class InstallationCrashTest {

    private static final int OLD_APPLIED = 40;
    private static final OplogSettings SETTINGS =
            OplogSettings.defaults().withSegmentBytes(1 << 20).withFreeSpace(0, 1_000);

    @TempDir Path data;

    private final List<LogEntry> oldLog = history(new LogScript(), 1, 50);
    private List<ByteBuffer> oldChunks;
    private List<ByteBuffer> newChunks;
    private Applied newPosition;

    private Path folder;
    private SimulatedDisk disk;
    private SegmentOplog oplog;
    private RocksTabletStores stores;
    private TabletStore store;
    private Installation installation;

    @BeforeEach
    void source() {
        try (RocksTabletStores sources =
                new RocksTabletStores(data.resolve("source"), RocksSettings.DEFAULTS)) {
            TabletStore source = sources.open(TABLET);
            source.apply(history(new LogScript(), 9, 300));
            newChunks = chunks(source, 20_000);
            newPosition = source.applied();
        }
    }

    @Test
    void aCrashAtAnyStepLeavesTheOldReplicaOrTheNewOne() throws Exception {
        List<Runnable> steps = new ArrayList<>();
        steps.add(() -> installation = stores.install(TABLET));
        steps.add(() -> installation.begin("view"));
        for (int i = 0; i < newChunks.size(); i += 5) {
            int from = i;
            steps.add(() -> write(from, Math.min(from + 5, newChunks.size())));
        }
        steps.add(() -> installation.complete());
        int switched = steps.size() + 1;
        steps.add(this::restartLog);
        steps.add(() -> store.close());
        steps.add(
                () -> {
                    InstallFolders folders = stores.folders();
                    folders.complete(TABLET).ifPresent(by -> folders.discardOld(TABLET, by));
                });
        steps.add(() -> installation.finish());
        for (int crashAfter = 0; crashAfter <= steps.size(); crashAfter++) {
            begin("step" + crashAfter);
            steps.subList(0, crashAfter).forEach(Runnable::run);
            crash();
            recover();
            assertThat(descriptor()).as("step %d", crashAfter).hasContent("whose it is");
            if (crashAfter < switched) {
                assertThat(chunks(store, 20_000)).as("step %d", crashAfter).isEqualTo(oldChunks);
            } else {
                assertThat(chunks(store, 20_000)).as("step %d", crashAfter).isEqualTo(newChunks);
            }
            goOnToTheNew();
            stores.close();
        }
    }

    @Test
    void aPowerCutAtAnyOperationOfTheSwitchLeavesTheOldReplicaOrTheNewOne() throws Exception {
        int switched = 0;
        for (int operations = 0; operations < 8; operations++) {
            begin("cut" + operations);
            installation = stores.install(TABLET);
            installation.begin("view");
            write(0, newChunks.size());
            installation.complete();
            disk.cutPowerIn(operations);
            Ended ended = new Ended();
            oplog.restart(TABLET, newPosition.epoch(), newPosition.index(), ended);
            oplog.step();
            crash();
            recover();
            boolean isNew = store.applied().equals(newPosition);
            assertThat(isNew || !ended.durable).isTrue();
            assertThat(chunks(store, 20_000)).isEqualTo(isNew ? newChunks : oldChunks);
            switched += isNew ? 1 : 0;
            goOnToTheNew();
            stores.close();
        }
        assertThat(switched).isBetween(1, 7);
    }

    @Test
    void aRestartedReceiverGoesOnBehindWhatWasKept() throws Exception {
        begin("resumed");
        installation = stores.install(TABLET);
        installation.begin("view");
        write(0, 7);
        stores.close();
        stores = new RocksTabletStores(folder, RocksSettings.DEFAULTS);
        installation = stores.install(TABLET);

        assertThat(installation.progress()).isEqualTo(new Installation.Progress("view", 7));
        write(7, newChunks.size());
        stores.close();
        stores = new RocksTabletStores(folder, RocksSettings.DEFAULTS);
        installation = stores.install(TABLET);
        assertThat(installation.isWhole()).isTrue();
        installation.complete();
        installation.close();
        installation = stores.install(TABLET);
        assertThat(installation.isWhole()).isTrue();
        assertThat(installation.complete().index()).isEqualTo(newPosition.index());
        installation.finish();
        assertThat(chunks(stores.open(TABLET), 20_000)).isEqualTo(newChunks);
        stores.close();
    }

    @Test
    void aCompleteStoreThatTheLogHasPassedIsDiscarded() throws Exception {
        begin("passed");
        installation = stores.install(TABLET);
        installation.begin("view");
        write(0, newChunks.size());
        installation.complete();
        installation.close();
        store.close();
        stores.settle(TABLET, newPosition.index() + 1);
        assertThat(stores.install(TABLET).isWhole()).isFalse();
        assertThat(chunks(stores.open(TABLET), 20_000)).isEqualTo(oldChunks);
        stores.close();
    }

    private void begin(String name) throws IOException {
        folder = data.resolve(name);
        disk = new SimulatedDisk(name.hashCode(), 32 << 20);
        openJournal();
        stores = new RocksTabletStores(folder, RocksSettings.DEFAULTS);
        store = stores.open(TABLET);
        Files.writeString(descriptor(), "whose it is");
        store.apply(oldLog.subList(0, OLD_APPLIED));
        store.flush();
        oldChunks = chunks(store, 20_000);
        oplog.append(oldLog, new Ended());
        oplog.step();
        oplog.release(TABLET, OLD_APPLIED);
    }

    private Path descriptor() {
        return folder.resolve("tablets").resolve(TABLET.text()).resolve(TabletStores.DESCRIPTOR);
    }

    private void openJournal() throws IOException {
        oplog =
                SegmentOplog.openWithoutThreads(
                        disk, SETTINGS, new SystemClock(), OplogObserver.NONE, () -> {});
    }

    private void write(int from, int to) {
        newChunks.subList(from, to).forEach(chunk -> installation.write(chunk.duplicate()));
    }

    private void restartLog() {
        Ended ended = new Ended();
        oplog.restart(TABLET, newPosition.epoch(), newPosition.index(), ended);
        oplog.step();
        assertThat(ended.durable).isTrue();
    }

    private void crash() {
        stores.abandon();
        disk.crash();
    }

    /** As a node starts: the journal, what was left half-done, the store. */
    private void recover() throws IOException {
        disk.cutPowerIn(Long.MAX_VALUE);
        openJournal();
        stores = new RocksTabletStores(folder, RocksSettings.DEFAULTS);
        assertThat(descriptor()).as("before any tablet is opened").exists();
        Oplog.Tail tail = oplog.tail(TABLET).orElseThrow();
        stores.settle(TABLET, tail.firstIndex() - 1);
        store = stores.open(TABLET);
        assertThat(oplog.corrupted()).isEmpty();
        assertThat(tail.firstIndex()).isLessThanOrEqualTo(store.applied().index() + 1);
        assertThat(tail.lastIndex()).isGreaterThanOrEqualTo(store.applied().index());
        Consumer<LogEntry> anything = entry -> {};
        oplog.replay(TABLET, store.applied().index() + 1, anything);
    }

    /** Whatever is there, the installation can be ended, and what it kept is used. */
    private void goOnToTheNew() {
        if (store.applied().equals(newPosition)) {
            return;
        }
        installation = stores.install(TABLET);
        if (!installation.isWhole()) {
            installation.begin("view");
            write((int) installation.progress().nextChunk(), newChunks.size());
        }
        installation.complete();
        restartLog();
        store.close();
        installation.finish();
        store = stores.open(TABLET);
        assertThat(chunks(store, 20_000)).isEqualTo(newChunks);
    }

    private static final class Ended implements Oplog.AppendListener {

        private boolean durable;

        @Override
        public void durable() {
            durable = true;
        }

        @Override
        public void failed(RuntimeException cause) {
            durable = false;
        }
    }
}
