package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.TabletStore;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Makes the replicas of merged tablets beside those of the two that they are made of (R6):
 *
 * <pre>
 *   copied       what both held at some moment is in one store, nobody's as yet; both go on meanwhile
 *   followed     what both applied since is read from their logs and put into it, again and again
 *   finished     both are at their seals, and so is the store: it is durable where the seals put it
 *   described    from here on it is a replica, found at every start
 *   log begun    behind both seals: before any entry of the merged tablet
 * </pre>
 *
 * Every step may be repeated. What a crash left before the fourth is thrown away at the start and made anew,
 * when the metadata asks for it or both seals are there. Whose merge is cancelled in either log never comes: what
 * was made of it goes. Copies are made on a thread of their own, one after the other; the rest on any.
 */
final class Merges {

    private static final Logger LOG = System.getLogger(Merges.class.getName());

    /** What nobody asked for in so long is not made any more. */
    private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Who keeps the replicas. */
    interface Keeper {

        LocalReplica of(TabletId tablet);

        /** Takes up a tablet that is not held here and that nobody is at; false for any other. */
        boolean takeUp(TabletId into);

        /** Nobody is at it any more, and nothing is held of it. */
        void letGo(TabletId into);

        /** Something that failed may be tried again. */
        void again();
    }

    private final Map<StoreKind, Storage> storages;
    private final ReplicaFiles files;
    private final Openings openings;
    private final Clock clock;
    private final Executor thread;
    private final Keeper keeper;
    private final Map<TabletId, MergeWork> works = new ConcurrentHashMap<>();
    private final Map<TabletId, Long> failedAtNanos = new ConcurrentHashMap<>();
    private volatile boolean closing;

    /** @param thread one that may be held for as long as a copy takes */
    Merges(
            Map<StoreKind, Storage> storages,
            ReplicaFiles files,
            Openings openings,
            Clock clock,
            Executor thread,
            Keeper keeper) {
        this.storages = storages;
        this.files = files;
        this.openings = openings;
        this.clock = clock;
        this.thread = thread;
        this.keeper = keeper;
    }

    /** Ends what is being copied. */
    void close() {
        closing = true;
    }

    // ---------------------------------------------------------------- asked for

    /** Goes on with a copy, and tells how far it was. Any thread. */
    NodeApi.Joined join(NodeApi.Join asked) {
        LocalReplica made = keeper.of(asked.into());
        if (made != null) {
            return new NodeApi.Joined(made.isOpen(), "made");
        }
        MergeWork work = works.get(asked.into());
        if (work == null) {
            LocalReplica left = keeper.of(asked.left());
            LocalReplica right = keeper.of(asked.right());
            if (!usable(left) || !usable(right)) {
                return new NodeApi.Joined(false, "not both are open here and settled");
            }
            work = begin(asked.into(), left, right);
        }
        if (work == null) {
            return new NodeApi.Joined(false, "not now");
        }
        boolean ready = work.ready();
        work.asked();
        run(work);
        return new NodeApi.Joined(ready, ready ? "" : "copying");
    }

    private static boolean usable(LocalReplica replica) {
        return replica != null
                && replica.isOpen()
                && replica.tablet().store().counted()
                && replica.tablet().store().settled();
    }

    private MergeWork begin(TabletId into, LocalReplica left, LocalReplica right) {
        if (failedAtNanos.containsKey(into) || !keeper.takeUp(into)) {
            return null;
        }
        MergeWork work = work(into, left, right);
        works.put(into, work);
        return work;
    }

    private MergeWork work(TabletId into, LocalReplica left, LocalReplica right) {
        Storage storage = storages.get(left.kind());
        return new MergeWork(into, left, right, storage, files, clock, () -> closing, new Ends());
    }

    /** Time passes: what nobody asks for goes, what failed may be tried again. */
    void check() {
        long now = clock.monotonicNanos();
        for (MergeWork work : works.values()) {
            if (work.forgottenNanos() >= FORGOTTEN_NANOS && !work.sealed()) {
                cancel(work);
            }
        }
        if (failedAtNanos.values().removeIf(at -> now - at >= PAUSE_NANOS)) {
            keeper.again();
        }
    }

    // ---------------------------------------------------------------- what maps and seals bring
    // about

    /** Looks what is to be made, or not to be any more. */
    void look(ClusterMap map, NodeId self, Map<TabletId, LocalReplica> replicas) {
        for (MergeWork work : works.values()) {
            boolean same =
                    replicas.get(work.left().self().tablet()) == work.left()
                            && replicas.get(work.right().self().tablet()) == work.right();
            if (!same || !isWanted(map, self, work)) {
                cancel(work);
            } else if (work.sealed()) {
                run(work);
            }
        }
        for (LocalReplica left : replicas.values()) {
            Sealing seal = MergeWork.sealing(left).orElse(null);
            LocalReplica right = seal == null ? null : replicas.get(seal.right());
            if (seal != null
                    && seal.left().equals(left.self().tablet())
                    && right != null
                    && MergeWork.sealedFor(right, seal.into())
                    && !works.containsKey(seal.into())
                    && !replicas.containsKey(seal.into())
                    && isWanted(map, self, work(seal.into(), left, right))) {
                MergeWork work = begin(seal.into(), left, right);
                if (work != null) {
                    run(work);
                }
            }
        }
    }

    /**
     * Whether the map has both still, or what is to take their place as it would be called here; and neither log
     * says that this never comes.
     */
    private static boolean isWanted(ClusterMap map, NodeId self, MergeWork work) {
        if (cancelledSince(work.left()) >= work.into().value()
                || cancelledSince(work.right()) >= work.into().value()
                || map.dropped().contains(work.into())) {
            return false;
        }
        boolean merged =
                tablet(map, work.into())
                        .flatMap(tablet -> tablet.replicaToHold(self))
                        .filter(named -> named.id().equals(work.id()))
                        .isPresent();
        return merged && work.sealed()
                || tablet(map, work.left().self().tablet()).isPresent()
                        && tablet(map, work.right().self().tablet()).isPresent();
    }

    private static Optional<TabletDescriptor> tablet(ClusterMap map, TabletId id) {
        return map.tablets().stream().filter(each -> each.id().equals(id)).findFirst();
    }

    private static long cancelledSince(LocalReplica replica) {
        return replica.tablet().store().cancelledSplit();
    }

    /** Whether a merged tablet is being made of one: it is not removed before that holds what it has. */
    static boolean isMaking(LocalReplica parent, HeldReplicas held) {
        return MergeWork.sealing(parent).filter(seal -> held.isBusy(seal.into())).isPresent();
    }

    /** Merged tablets that are open here, while the map has both of their parents still. */
    static List<MetaApi.Holding> opened(ClusterMap map, Map<TabletId, LocalReplica> replicas) {
        List<MetaApi.Holding> opened = new ArrayList<>();
        for (TabletDescriptor tablet : map.tablets()) {
            Sealing seal = MergeWork.sealing(replicas.get(tablet.id())).orElse(null);
            LocalReplica merged = seal == null ? null : replicas.get(seal.into());
            if (merged != null
                    && merged.isOpen()
                    && seal.left().equals(tablet.id())
                    && MergeWork.sealedFor(replicas.get(seal.right()), seal.into())) {
                opened.add(merged.holding());
            }
        }
        return opened;
    }

    /** Merged tablets that are held here and never come, as the log of one of the two says. */
    static List<LocalReplica> cancelled(ClusterMap map, Map<TabletId, LocalReplica> replicas) {
        List<LocalReplica> found = new ArrayList<>();
        for (LocalReplica parent : replicas.values()) {
            long last = parent.isOpen() ? cancelledSince(parent) : 0;
            LocalReplica merged = last == 0 ? null : replicas.get(new TabletId(last));
            if (merged != null && tablet(map, merged.self().tablet()).isEmpty()) {
                found.add(merged);
            }
        }
        return found;
    }

    /** No merged tablet shows an earlier time than either of the two does here, or granted that others do (T1). */
    static void inherit(Map<TabletId, LocalReplica> replicas) {
        for (LocalReplica parent : replicas.values()) {
            MergeWork.sealing(parent)
                    .ifPresent(seal -> Splits.inherit(parent, replicas.get(seal.into())));
        }
    }

    // ---------------------------------------------------------------- the making

    private void cancel(MergeWork work) {
        work.cancel();
        run(work);
    }

    private void run(MergeWork work) {
        if (work.queue()) {
            try {
                thread.execute(work::proceed);
            } catch (RejectedExecutionException full) {
                LOG.log(Level.DEBUG, "the node closes; tablet {0} stays as it is", work.into());
            }
        }
    }

    private final class Ends implements MergeWork.Ends {

        @Override
        public void made(MergeWork work, ReplicaFiles.Replica replica, TabletStore.Applied begin) {
            works.remove(work.into(), work);
            openings.begin(replica, work.left().kind(), begin);
        }

        @Override
        public void discarded(MergeWork work, boolean failed) {
            if (failed) {
                failedAtNanos.put(work.into(), clock.monotonicNanos());
            }
            works.remove(work.into(), work);
            keeper.letGo(work.into());
        }
    }
}
