package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.failpoint.FailPoints;
import io.ebla.core.failpoint.NodeMoment;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.store.Joining;
import io.ebla.tabletserver.store.Sealing;
import io.ebla.tabletserver.store.TabletStore;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * One replica of a merged tablet in the making; see {@link Merges} for the steps. But for what is volatile
 * confined to the thread that makes it.
 */
final class MergeWork {

    private static final Logger LOG = System.getLogger(MergeWork.class.getName());

    /** What takes no longer to put in may be left for the moment when nobody serves. */
    private static final long READY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** By how much the log may grow that is kept for it, and for whatever else is kept meanwhile. */
    private static final long KEPT_BYTES_MAX = 4L << 30;

    /** Who is told, once, what became of it. */
    interface Ends {

        /** It is a replica, whose log is to begin there. */
        void made(MergeWork work, ReplicaFiles.Replica replica, TabletStore.Applied begin);

        /**
         * Nothing is left of it.
         *
         * @param failure null when it was not wanted any more
         */
        void discarded(MergeWork work, RuntimeException failure);
    }

    private final TabletId into;
    private final LocalReplica left;
    private final LocalReplica right;
    private final Storage storage;
    private final ReplicaFiles files;
    private final Clock clock;
    private final BooleanSupplier closing;
    private final Ends ends;
    private final AtomicBoolean queued = new AtomicBoolean();
    private volatile boolean cancelled;
    private volatile boolean ready;
    private volatile long askedNanos;
    private Joining joining;
    private long logBytesBefore;
    private boolean finished;
    private boolean over;

    /** @param closing whether the node ends */
    MergeWork(
            TabletId into,
            LocalReplica left,
            LocalReplica right,
            Storage storage,
            ReplicaFiles files,
            Clock clock,
            BooleanSupplier closing,
            Ends ends) {
        this.into = into;
        this.left = left;
        this.right = right;
        this.storage = storage;
        this.files = files;
        this.clock = clock;
        this.closing = closing;
        this.ends = ends;
        asked();
    }

    TabletId into() {
        return into;
    }

    LocalReplica left() {
        return left;
    }

    LocalReplica right() {
        return right;
    }

    /** The id of what it makes: the same wherever it is worked out. */
    ReplicaId id() {
        return left.self().replica().ofChild(into);
    }

    /**
     * The merge for which a replica is sealed, if it is open and sealed, and so answers no strong read any
     * more.
     */
    static Optional<Sealing> sealing(LocalReplica replica) {
        return replica != null
                        && replica.isOpen()
                        && replica.tablet().pipeline().splitting().isShut()
                ? replica.tablet().store().sealing()
                : Optional.empty();
    }

    static boolean sealedFor(LocalReplica replica, TabletId into) {
        return sealing(replica).filter(seal -> seal.into().equals(into)).isPresent();
    }

    boolean sealed() {
        return sealedFor(left, into) && sealedFor(right, into);
    }

    /** Whether what it lacked when it was last looked at was put in at once. */
    boolean ready() {
        return ready;
    }

    void asked() {
        askedNanos = clock.monotonicNanos();
    }

    /** How long nobody has asked for it. */
    long forgottenNanos() {
        return clock.monotonicNanos() - askedNanos;
    }

    /** It is not wanted any more; the next step ends it. */
    void cancel() {
        cancelled = true;
    }

    /** Whether a step of it is to be queued: none is. */
    boolean queue() {
        return queued.compareAndSet(false, true);
    }

    /** Whether it is wanted still, and there is room for what is kept for it (L4). */
    private boolean goesOn() {
        if (cancelled || closing.getAsBoolean()) {
            return false;
        }
        long grown = storage.oplog().sizeBytes() - logBytesBefore;
        if (!sealed() && (storage.oplog().crowded() || grown > KEPT_BYTES_MAX)) {
            throw new EblaException(
                    ErrorCode.DISK_FULL,
                    "tablet " + into + ": there is no room for the log that is kept for its copy");
        }
        return true;
    }

    /** The next step, on its thread. */
    void proceed() {
        queued.set(false);
        if (over || closing.getAsBoolean()) {
            return;
        }
        try {
            if (cancelled) {
                throw new CancellationException("not wanted any more");
            }
            if (joining == null) {
                copy();
            }
            // Whatever is applied before it is known that both are sealed is part of what is read
            // then.
            boolean sealed = sealed();
            long began = clock.monotonicNanos();
            follow(left);
            follow(right);
            ready = clock.monotonicNanos() - began <= READY_NANOS;
            if (sealed) {
                finish();
            }
        } catch (CancellationException unwanted) {
            discard(null);
        } catch (RuntimeException failed) {
            LOG.log(Level.WARNING, "tablet " + into + " is not made as yet", failed);
            discard(failed);
        }
    }

    private void copy() {
        long began = clock.monotonicNanos();
        logBytesBefore = storage.oplog().sizeBytes();
        requireGoingOn();
        for (LocalReplica parent : List.of(left, right)) {
            parent.tablet().keepLogAfter(this, parent.tablet().store().applied().index());
        }
        Pace pace = new Pace(clock);
        joining =
                storage.stores().join(into, part(left), part(right), () -> goesOn() && rests(pace));
        FailPoints.reached(NodeMoment.MERGE_COPIED);
        LOG.log(
                Level.INFO,
                "tablet {0}: tablets {1} and {2} were copied in {3} ms",
                into,
                left.self().tablet(),
                right.self().tablet(),
                (clock.monotonicNanos() - began) / 1_000_000);
    }

    /** Nothing waits for a copy, but where both are sealed already: then it is made anew, and in haste. */
    private boolean rests(Pace pace) {
        if (!sealed()) {
            pace.rest();
        }
        return true;
    }

    private void requireGoingOn() {
        if (!goesOn()) {
            throw new CancellationException("not wanted any more");
        }
    }

    private static Joining.Part part(LocalReplica replica) {
        return new Joining.Part(replica.tablet().store(), replica.self().range());
    }

    /** Puts in what one of the two has applied by now. */
    private void follow(LocalReplica parent) {
        TabletId tablet = parent.self().tablet();
        long at =
                AppliedLog.follow(
                        storage.oplog(),
                        parent.tablet(),
                        joining.position(tablet).index(),
                        entries -> {
                            joining.follow(tablet, entries);
                            requireGoingOn();
                        });
        parent.tablet().keepLogAfter(this, at);
    }

    private void finish() {
        Sealing ofLeft = sealing(left).orElseThrow(MergeWork::unsealed);
        Sealing ofRight = sealing(right).orElseThrow(MergeWork::unsealed);
        if (!ofLeft.fits(ofRight) || !ofLeft.into().equals(into)) {
            throw unsealed();
        }
        long began = clock.monotonicNanos();
        TabletStore.Applied begin = joining.finish(ofLeft, ofRight);
        finished = true;
        FailPoints.reached(NodeMoment.MERGE_FINISHED);
        ReplicaFiles.Replica replica =
                new ReplicaFiles.Replica(
                        into,
                        left.self().table(),
                        left.self().fromHex(),
                        right.self().toHex(),
                        id());
        if (left.kind() == StoreKind.DISK) {
            files.write(replica);
            described();
        }
        FailPoints.reached(NodeMoment.REPLICA_DESCRIBED);
        end();
        LOG.log(
                Level.INFO,
                "tablet {0}: the store of both was finished in {1} ms",
                into,
                (clock.monotonicNanos() - began) / 1_000_000);
        ends.made(this, replica, begin);
    }

    /** It is a replica, whatever becomes of the mark that it was none: the next start takes that away. */
    private void described() {
        try {
            storage.stores().made(into);
        } catch (UncheckedIOException stays) {
            LOG.log(Level.WARNING, "the mark of tablet " + into, stays);
        }
    }

    private static CancellationException unsealed() {
        return new CancellationException("not sealed any more");
    }

    private void end() {
        over = true;
        left.tablet().keepLogNoMore(this);
        right.tablet().keepLogNoMore(this);
    }

    private void discard(RuntimeException failure) {
        if (joining != null) {
            try {
                joining.close();
                if (finished) {
                    storage.stores().remove(into);
                }
            } catch (RuntimeException stays) {
                LOG.log(Level.WARNING, "what was made of tablet " + into, stays);
            }
        }
        end();
        ends.discarded(this, failure);
    }
}
