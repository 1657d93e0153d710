package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The disk stores of one node: {@code tablets/ID} below its data folder, one RocksDB each, over
 * resources that all share. Removed ones pass through {@code trash}.
 */
public final class RocksTabletStores implements TabletStores, StoreFigures {

    private final Path tablets;
    private final TrashFolder trash;
    private final RocksResources resources;
    private final Map<TabletId, RocksTabletStore> open = new ConcurrentHashMap<>();
    private boolean closed;

    /** @param data the node's data folder, which nobody else uses at the same time */
    public RocksTabletStores(Path data, RocksSettings settings) {
        tablets = data.resolve("tablets");
        try {
            Files.createDirectories(tablets);
        } catch (IOException failure) {
            throw new UncheckedIOException("making " + tablets + " failed", failure);
        }
        trash = TrashFolder.open(data.resolve("trash"));
        resources = RocksResources.open(settings, data.resolve("native"));
    }

    /** @throws IllegalStateException if it is open already */
    @Override
    public synchronized TabletStore open(TabletId tablet) {
        if (closed) {
            throw new IllegalStateException("the stores of this node are closed");
        }
        if (open.containsKey(tablet)) {
            throw new IllegalStateException("tablet " + tablet + " is open already");
        }
        RocksTabletStore store =
                RocksTabletStore.open(
                        tablet, makeFolder(tablet), resources, () -> open.remove(tablet));
        open.put(tablet, store);
        return store;
    }

    private Path makeFolder(TabletId tablet) {
        Path folder = folder(tablet);
        try {
            if (!Files.exists(folder)) {
                Files.createDirectory(folder);
                TrashFolder.sync(tablets);
            }
            return folder;
        } catch (IOException failure) {
            throw new UncheckedIOException("making " + folder + " failed", failure);
        }
    }

    private Path folder(TabletId tablet) {
        return tablets.resolve(tablet.text());
    }

    /** @throws IllegalStateException if it is still open */
    @Override
    public synchronized void remove(TabletId tablet) {
        if (open.containsKey(tablet)) {
            throw new IllegalStateException("tablet " + tablet + " is removed while open");
        }
        trash.discard(folder(tablet));
    }

    @Override
    public NodeFigures node() {
        return RocksFigures.ofNode(resources, tablets());
    }

    @Override
    public List<TabletFigures> tablets() {
        return open.values().stream()
                .map(store -> RocksFigures.ofTablet(store.database()))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Ends all stores as the death of the process would: what was not flushed is lost. */
    synchronized void abandon() {
        List.copyOf(open.values()).forEach(RocksTabletStore::abandon);
        close();
    }

    RocksResources resources() {
        return resources;
    }

    /** Closes what is open, and frees what was shared. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            closeAll();
        } finally {
            resources.close();
        }
    }

    private void closeAll() {
        RuntimeException first = null;
        for (RocksTabletStore store : List.copyOf(open.values())) {
            try {
                store.close();
            } catch (RuntimeException failure) {
                first = first == null ? failure : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
