package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.CrashableTabletStores;
import io.ebla.tabletserver.store.Division;
import io.ebla.tabletserver.store.Installation;
import io.ebla.tabletserver.store.Joining;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.store.TabletStores;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The stores of a {@link GroupNode}: whoever looks on does, and a replica's descriptor goes with its rows.
 */
final class GroupStores implements TabletStores {

    private final CrashableTabletStores stores;
    private final SimulatedReplicaFiles files;
    private final UnaryOperator<TabletStore> watch;
    private final boolean settles;
    private final Consumer<TabletId> removed;
    private final Consumer<MakingStep> making;
    private final UnaryOperator<Joining> joined;
    private final boolean joinsAnything;
    private final Map<TabletId, TabletStore> open = new HashMap<>();
    private final Map<TabletStore, TabletStore> beneath = new IdentityHashMap<>();

    /**
     * @param settles whether what a crash left of an installation is ended as it should be
     * @param removed told of what before a replica's files go
     * @param making told how far the children of a split, or the one of a merge, are
     * @param joined who looks on as two become one
     * @param joinsAnything whether nobody looks what two are that become one
     */
    GroupStores(
            CrashableTabletStores stores,
            SimulatedReplicaFiles files,
            UnaryOperator<TabletStore> watch,
            boolean settles,
            Consumer<TabletId> removed,
            Consumer<MakingStep> making,
            UnaryOperator<Joining> joined,
            boolean joinsAnything) {
        this.stores = stores;
        this.files = files;
        this.watch = watch;
        this.settles = settles;
        this.removed = removed;
        this.making = making;
        this.joined = joined;
        this.joinsAnything = joinsAnything;
    }

    @Override
    public TabletStore open(TabletId tablet) {
        TabletStore store = stores.open(tablet);
        open.put(tablet, store);
        TabletStore watched = watch.apply(store);
        beneath.put(watched, store);
        return watched;
    }

    @Override
    public void made(TabletId tablet) {
        making.accept(MakingStep.DESCRIBED);
    }

    /** A folder without a descriptor is half made. */
    @Override
    public void divide(TabletStore parent, TabletId child) {
        Division division = parent.division().orElseThrow();
        discardHalfMade(child);
        making.accept(MakingStep.FLUSHED);
        stores.divide(open.get(division.tablet()), child);
        making.accept(MakingStep.DIVIDED);
    }

    @Override
    public Joining join(
            TabletId into, Joining.Part left, Joining.Part right, BooleanSupplier wanted) {
        discardHalfMade(into);
        Joining.Part one = real(left);
        Joining.Part other = real(right);
        Joining joining =
                joinsAnything
                        ? stores.joinAnything(into, one, other, wanted)
                        : stores.join(into, one, other, wanted);
        making.accept(MakingStep.JOINED);
        return joined.apply(new Finishing(joining));
    }

    /** Beneath whoever looks on. */
    private Joining.Part real(Joining.Part part) {
        return new Joining.Part(beneath.get(part.store()), part.range());
    }

    /** Tells when it is finished. */
    private final class Finishing implements Joining {
        private final Joining joining;

        Finishing(Joining joining) {
            this.joining = joining;
        }

        @Override
        public TabletStore.Applied position(TabletId tablet) {
            return joining.position(tablet);
        }

        @Override
        public void follow(TabletId tablet, List<LogEntry> entries) {
            joining.follow(tablet, entries);
        }

        @Override
        public TabletStore.Applied finish(Sealing left, Sealing right) {
            TabletStore.Applied begin = joining.finish(left, right);
            making.accept(MakingStep.FINISHED);
            return begin;
        }

        @Override
        public void close() {
            joining.close();
        }
    }

    @Override
    public void discardHalfMade(TabletId tablet) {
        if (!files.holds(tablet)) {
            stores.remove(tablet);
        }
    }

    @Override
    public Installation install(TabletId tablet) {
        return stores.install(tablet);
    }

    @Override
    public void settle(TabletId tablet, long logBase) {
        if (settles) {
            stores.settle(tablet, logBase);
        }
    }

    @Override
    public void remove(TabletId tablet) {
        removed.accept(tablet);
        stores.remove(tablet);
        files.remove(tablet);
    }

    @Override
    public void close() {
        stores.close();
    }
}
