package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
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
 * when the metadata asks for it or both seals are there. Whose merge is cancelled in either log never comes:
 * what was made of it goes. Copies are made on a thread of their own, one after the other; the rest on any.
 */
final class Merges {

    private static final Logger LOG = System.getLogger(Merges.class.getName());

    /** What nobody asked for in so long is not made any more. */
    private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The pause doubles from one failure to the next, so often. */
    private static final int DOUBLED_MAX = 6;

    /** After so many failures in a row there is little hope. */
    private static final int FAILURES_MAX = 5;

    /**
     * What did not go well, and is not tried again at once.
     *
     * @param failures in a row
     * @param told whether it was said that it may be tried again
     */
    private record Setback(
            int failures, long untilNanos, boolean hopeless, String why, boolean told) {

        Setback toldOf() {
            return new Setback(failures, untilNanos, hopeless, why, true);
        }
    }

    /** Who keeps the replicas. */
    interface Keeper {

        LocalReplica of(TabletId tablet);

        /**
         * Takes up a tablet that is not held here, that nobody is at, and that may come; false for any other.
         */
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
    private final Map<TabletId, Setback> setbacks = new ConcurrentHashMap<>();
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
            return new NodeApi.Joined(made.isOpen(), false, "made");
        }
        MergeWork work = works.get(asked.into());
        if (work == null) {
            LocalReplica left = keeper.of(asked.left());
            LocalReplica right = keeper.of(asked.right());
            if (!usable(left) || !usable(right)) {
                return new NodeApi.Joined(false, false, "not both are open here and settled");
            }
            work = begin(asked.into(), left, right);
        }
        if (work == null) {
            Setback last = setbacks.get(asked.into());
            return last == null
                    ? new NodeApi.Joined(false, false, "not now")
                    : new NodeApi.Joined(false, last.hopeless(), last.why());
        }
        boolean ready = work.ready();
        work.asked();
        run(work);
        return new NodeApi.Joined(ready, false, ready ? "" : "copying");
    }

    /**
     * Whether all that it holds is its own: files that a split left have rows of the other child, deleted
     * since.
     */
    private static boolean usable(LocalReplica replica) {
        return replica != null
                && replica.isOpen()
                && replica.tablet().store().counted()
                && replica.tablet().store().settled();
    }

    private MergeWork begin(TabletId into, LocalReplica left, LocalReplica right) {
        Setback last = setbacks.get(into);
        boolean waits = last != null && clock.monotonicNanos() - last.untilNanos() < 0;
        if (waits || !usable(left) || !usable(right) || !keeper.takeUp(into)) {
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
        boolean again = false;
        for (Map.Entry<TabletId, Setback> each : setbacks.entrySet()) {
            Setback last = each.getValue();
            long over = now - last.untilNanos();
            if (over >= FORGOTTEN_NANOS) {
                setbacks.remove(each.getKey(), last);
            } else if (over >= 0 && !last.told()) {
                again = true;
                setbacks.replace(each.getKey(), last, last.toldOf());
            }
        }
        if (again) {
            keeper.again();
        }
    }

    /** Both are sealed, and one was not brought in order before this process ended. */
    private void awaitOrder(TabletId into) {
        Setback last = setbacks.get(into);
        if (last == null || last.told()) {
            long until = clock.monotonicNanos() + PAUSE_NANOS;
            setbacks.put(into, new Setback(0, until, false, "not both are settled", false));
        }
    }

    private void failed(MergeWork work, RuntimeException failure) {
        Setback last = setbacks.get(work.into());
        int failures = last == null ? 1 : last.failures() + 1;
        boolean full =
                failure instanceof EblaException refused && refused.code() == ErrorCode.DISK_FULL;
        int doubled = work.sealed() ? 0 : Math.min(failures - 1, DOUBLED_MAX);
        long until = clock.monotonicNanos() + (PAUSE_NANOS << doubled);
        boolean hopeless = full || failures >= FAILURES_MAX;
        String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        setbacks.put(work.into(), new Setback(failures, until, hopeless, why, false));
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
                } else if (!usable(left) || !usable(right)) {
                    awaitOrder(seal.into());
                }
            }
        }
    }

    /**
     * Whether the map has both still, or what is to take their place as it would be called here; and neither
     * log says that this never comes.
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
            for (LocalReplica made : last == 0 ? List.<LocalReplica>of() : replicas.values()) {
                TabletId id = made.self().tablet();
                ReplicaId merged = parent.self().replica().ofChild(id);
                boolean never = id.value() <= last && made.self().replica().equals(merged);
                if (never && tablet(map, id).isEmpty()) {
                    found.add(made);
                }
            }
        }
        return found;
    }

    /**
     * No merged tablet shows an earlier time than either of the two does here (T1). What the masters of the
     * two showed elsewhere is no later than their SEALs, where the merged store begins: a tablet's time
     * stands still behind one.
     */
    static void inherit(Map<TabletId, LocalReplica> replicas) {
        for (LocalReplica parent : replicas.values()) {
            Sealing seal = MergeWork.sealing(parent).orElse(null);
            LocalReplica merged = seal == null ? null : replicas.get(seal.into());
            if (merged != null && merged.isOpen()) {
                long shownMillis = parent.tablet().parts().time().floorMillis();
                merged.tablet().parts().time().raise(shownMillis);
            }
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
            setbacks.remove(work.into());
            openings.begin(replica, work.left().kind(), begin);
        }

        @Override
        public void discarded(MergeWork work, RuntimeException failure) {
            if (failure != null) {
                failed(work, failure);
            }
            works.remove(work.into(), work);
            keeper.letGo(work.into());
        }
    }
}
