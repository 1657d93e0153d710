package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The stores of children that are made here, until each is opened as its own:
 *
 * <pre>
 *   begun      a second store of the parent is open in the child's place, and follows it
 *   finished   it ended where the parent did, and stays open for who opens the child
 *   linked     or, without that: links of the files of a parent that has ended
 * </pre>
 *
 * <p>None compacts by itself before it is {@linkplain TabletStore#settle settled}, {@linkplain
 * TabletStore#relieve relieved}, or opened anew: compactions would begin in both children at once, within the
 * pause of a split, write the rows of each other, and take room for both. Whoever calls holds the child's
 * folder.
 */
final class RocksDivisions {

    private final InstallFolders folders;
    private final RocksResources resources;
    private final Consumer<TabletId> letGo;
    private final Map<TabletId, RocksDividing> begun = new ConcurrentHashMap<>();

    /** Made and not opened yet, with the database where that is open. */
    private final Map<TabletId, Optional<TabletDatabase>> made = new ConcurrentHashMap<>();

    /** @param letGo told that nobody holds the folder any more of what was begun */
    RocksDivisions(InstallFolders folders, RocksResources resources, Consumer<TabletId> letGo) {
        this.folders = folders;
        this.resources = resources;
        this.letGo = letGo;
    }

    /** Opens any store of the node: a child's that was finished is open already. */
    RocksTabletStore open(TabletId tablet, Runnable whenClosed) {
        Optional<TabletDatabase> child = made.remove(tablet);
        if (child != null && child.isPresent()) {
            return RocksTabletStore.over(child.get(), whenClosed);
        }
        folders.prepare(tablet);
        return RocksTabletStore.open(
                tablet, folders.store(tablet), resources, child == null, whenClosed);
    }

    boolean isFinished(TabletId child) {
        return made.getOrDefault(child, Optional.empty()).isPresent();
    }

    void link(RocksTabletStore parent, TabletId child) {
        folders.link(child, parent::linkTo);
        made.put(child, Optional.empty());
    }

    /**
     * Empty where the child is made already, or is about to be. The folder is held until what is begun is
     * finished or closed.
     */
    Optional<Dividing> begin(RocksTabletStore parent, TabletId child, BooleanSupplier free) {
        if (!free.getAsBoolean() || folders.isReplica(child) || made.containsKey(child)) {
            letGo.accept(child);
            return Optional.empty();
        }
        RocksDividing dividing =
                new RocksDividing(child, parent, copy(parent, child), new Ends(child));
        begun.put(child, dividing);
        return Optional.of(dividing);
    }

    /** The parent once more, in the place of its child. */
    private RocksTabletStore copy(RocksTabletStore parent, TabletId child) {
        try {
            folders.link(child, parent::linkTo);
            TabletId tablet = parent.database().tablet();
            return RocksTabletStore.open(tablet, folders.store(child), resources, false, () -> {});
        } catch (RuntimeException failed) {
            folders.discardHalfMade(child);
            throw failed;
        }
    }

    /** Nothing is left of it if it was only begun. */
    void closeBegun(TabletId child) {
        RocksDividing dividing = begun.get(child);
        if (dividing != null) {
            dividing.close();
        }
    }

    /** What was made and not opened is closed: its files go. */
    void forget(TabletId child) {
        Optional<TabletDatabase> database = made.remove(child);
        if (database != null && database.isPresent()) {
            database.get().gate().shut();
            database.get().free();
        }
    }

    /** All ends as the death of the process would end it. */
    void abandon() {
        List.copyOf(begun.values()).forEach(RocksDividing::abandon);
        List.copyOf(made.keySet()).forEach(this::forget);
    }

    private final class Ends implements RocksDividing.Ends {

        private final TabletId child;

        private Ends(TabletId child) {
            this.child = child;
        }

        @Override
        public void finished(TabletDatabase opened) {
            made.put(child, Optional.of(opened));
            ended();
        }

        @Override
        public void discarded() {
            try {
                folders.discardHalfMade(child);
            } finally {
                ended();
            }
        }

        private void ended() {
            begun.remove(child);
            letGo.accept(child);
        }
    }
}
