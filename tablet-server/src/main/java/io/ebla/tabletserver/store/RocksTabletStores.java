package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The disk stores of one node: {@code tablets/ID} below its data folder, one RocksDB each, over
 * resources that all share. Removed ones pass through {@code trash}.
 */
public final class RocksTabletStores implements TabletStores, StoreFigures {

    private final InstallFolders folders;
    private final TrashFolder trash;
    private final LongSupplier freeBytes;
    private final RocksResources resources;

    /** Whoever opens, removes or replaces a store is inside; closing waits for them. */
    private final OpenGate gate = new OpenGate("the disk store");

    /** Tablets whose folder somebody uses: an open store, or who removes or replaces it. */
    private final Set<TabletId> taken = ConcurrentHashMap.newKeySet();

    private final RocksDivisions divisions;
    private final Map<TabletId, RocksTabletStore> open = new ConcurrentHashMap<>();
    private final Map<TabletId, RocksJoining> joining = new ConcurrentHashMap<>();
    private final Map<TabletId, RocksInstallation> installing = new ConcurrentHashMap<>();

    /** @param data the node's data folder, which nobody else uses at the same time */
    public RocksTabletStores(Path data, RocksSettings settings) {
        this(data, settings, () -> data.toFile().getUsableSpace());
    }

    /** @param freeBytes how much room there is on the disk of the data folder */
    RocksTabletStores(Path data, RocksSettings settings, LongSupplier freeBytes) {
        this.freeBytes = freeBytes;
        Path tablets = data.resolve("tablets");
        try {
            Files.createDirectories(tablets);
        } catch (IOException failure) {
            throw new UncheckedIOException("making " + tablets + " failed", failure);
        }
        trash = TrashFolder.open(data.resolve("trash"));
        folders = new InstallFolders(tablets, data.resolve("installing"), trash);
        folders.endReplacements();
        folders.discardHalfMade();
        resources = RocksResources.open(settings, data.resolve("native"));
        divisions = new RocksDivisions(folders, resources, taken::remove);
    }

    /** Something that is done with a tablet's folder while nobody else uses it. */
    private interface Use<T> {

        T run();
    }

    /**
     * Several threads may open several tablets at a time.
     *
     * @throws IllegalStateException if it is open already
     */
    @Override
    public TabletStore open(TabletId tablet) {
        return alone(
                tablet,
                false,
                () -> {
                    RocksTabletStore store = divisions.open(tablet, () -> closed(tablet));
                    open.put(tablet, store);
                    return store;
                });
    }

    private void closed(TabletId tablet) {
        open.remove(tablet);
        taken.remove(tablet);
    }

    /** @param letGo whether nobody uses the folder afterwards; after a failure nobody does */
    private <T> T alone(TabletId tablet, boolean letGo, Use<T> use) {
        if (!gate.tryEnter()) {
            throw new IllegalStateException("the stores of this node are closed");
        }
        try {
            if (!taken.add(tablet)) {
                throw new IllegalStateException("tablet " + tablet + " is open already");
            }
            boolean kept = false;
            try {
                T result = use.run();
                kept = !letGo;
                return result;
            } finally {
                if (!kept) {
                    taken.remove(tablet);
                }
            }
        } finally {
            gate.leave();
        }
    }

    /** @throws IllegalStateException if it is still open */
    @Override
    public void remove(TabletId tablet) {
        alone(
                tablet,
                true,
                () -> {
                    divisions.forget(tablet);
                    RocksInstallation begun = installing.get(tablet);
                    if (begun != null) {
                        begun.abort();
                    }
                    folders.discard(tablet);
                    trash.discard(folders.store(tablet));
                    return null;
                });
    }

    @Override
    public Installation install(TabletId tablet) {
        if (!gate.tryEnter()) {
            throw new IllegalStateException("the stores of this node are closed");
        }
        try {
            return installing.compute(
                    tablet,
                    (id, begun) -> {
                        if (begun != null) {
                            throw new IllegalStateException(
                                    "tablet " + tablet + " is being installed already");
                        }
                        return new RocksInstallation(
                                id,
                                resources,
                                folders,
                                by -> replace(id, by),
                                () -> installing.remove(id));
                    });
        } finally {
            gate.leave();
        }
    }

    @Override
    public void divide(TabletStore parent, TabletId child) {
        if (folders.isReplica(child) || divisions.isFinished(child)) {
            return;
        }
        alone(
                child,
                true,
                () -> {
                    divisions.link((RocksTabletStore) parent, child);
                    return null;
                });
    }

    @Override
    public Optional<Dividing> beginDividing(
            TabletStore parent, TabletId child, BooleanSupplier free) {
        return alone(child, false, () -> divisions.begin((RocksTabletStore) parent, child, free));
    }

    @Override
    public void made(TabletId tablet) {
        folders.made(tablet);
    }

    @Override
    public Joining join(
            TabletId into, Joining.Part left, Joining.Part right, BooleanSupplier wanted) {
        left.requireWhole();
        right.requireWhole();
        boolean leftIsBase = left.store().applied().bytes() >= right.store().applied().bytes();
        RocksTabletStore base = (RocksTabletStore) (leftIsBase ? left : right).store();
        requireRoom(into, base, (leftIsBase ? right : left).store());
        if (folders.isReplica(into)) {
            throw new IllegalStateException("tablet " + into + " has a replica here already");
        }
        if (!gate.tryEnter()) {
            throw new IllegalStateException("the stores of this node are closed");
        }
        try {
            TabletDatabase linked = alone(into, false, () -> linked(into, base));
            return join(into, linked, left, right, leftIsBase, wanted);
        } finally {
            gate.leave();
        }
    }

    /** Nothing stays of what fails: its links would keep files of the base that nobody reads any more. */
    private TabletDatabase linked(TabletId into, RocksTabletStore base) {
        try {
            folders.link(into, base::linkTo);
            return TabletDatabase.open(into, folders.store(into), resources, true);
        } catch (RuntimeException failed) {
            folders.discardHalfMade(into);
            throw failed;
        }
    }

    /** What is written anew, twice while it is compacted, and what compactions take of the links. */
    private void requireRoom(TabletId into, TabletStore base, TabletStore added) {
        long needed = 2 * added.sizeOnDiskBytes() + base.sizeOnDiskBytes() / 4;
        long free = freeBytes.getAsLong();
        if (free < needed) {
            throw new EblaException(
                    ErrorCode.DISK_FULL,
                    "tablet %s needs room for %d bytes, and there are %d"
                            .formatted(into, needed, free));
        }
    }

    private Joining join(
            TabletId into,
            TabletDatabase linked,
            Joining.Part left,
            Joining.Part right,
            boolean leftIsBase,
            BooleanSupplier wanted) {
        OfJoining ends = new OfJoining(into);
        RocksJoining joined = null;
        try {
            joined = RocksJoining.over(linked, left, right, leftIsBase, wanted, ends);
            joining.put(into, joined);
            return joined;
        } finally {
            if (joined == null) {
                linked.gate().shut();
                linked.free();
                ends.discarded();
            }
        }
    }

    private final class OfJoining implements RocksJoining.Ends {

        private final TabletId into;

        private OfJoining(TabletId into) {
            this.into = into;
        }

        @Override
        public void finished() {
            joining.remove(into);
            taken.remove(into);
        }

        @Override
        public void discarded() {
            try {
                folders.discardHalfMade(into);
            } finally {
                finished();
            }
        }
    }

    @Override
    public void discardHalfMade(TabletId tablet) {
        divisions.closeBegun(tablet);
        alone(
                tablet,
                true,
                () -> {
                    divisions.forget(tablet);
                    folders.discardHalfMade(tablet);
                    return null;
                });
    }

    private void replace(TabletId tablet, InstallFolders.Complete by) {
        alone(
                tablet,
                true,
                () -> {
                    folders.replace(tablet, by);
                    return null;
                });
    }

    @Override
    public void settle(TabletId tablet, long logBase) {
        alone(
                tablet,
                true,
                () -> {
                    folders.settle(tablet, logBase);
                    return null;
                });
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
    void abandon() {
        List.copyOf(open.values()).forEach(RocksTabletStore::abandon);
        List.copyOf(installing.values()).forEach(RocksInstallation::abandon);
        close();
    }

    InstallFolders folders() {
        return folders;
    }

    RocksResources resources() {
        return resources;
    }

    /** Closes what is open, and frees what was shared. */
    @Override
    public void close() {
        if (!gate.shut()) {
            return;
        }
        try {
            closeAll();
        } finally {
            resources.close();
        }
    }

    private void closeAll() {
        List.copyOf(joining.values()).forEach(RocksJoining::abandon);
        divisions.abandon();
        List<AutoCloseable> all = new ArrayList<>(installing.values());
        all.addAll(open.values());
        RuntimeException first = null;
        for (AutoCloseable each : all) {
            try {
                each.close();
            } catch (RuntimeException failure) {
                first = first == null ? failure : first;
            } catch (Exception impossible) {
                throw new IllegalStateException(impossible);
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
