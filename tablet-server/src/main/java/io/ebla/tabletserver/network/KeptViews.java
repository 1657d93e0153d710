package io.ebla.tabletserver.network;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.replication.SnapshotSource.Resume;
import io.ebla.tabletserver.replication.SnapshotViews;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The views that are being sent, and for a time those that were: an interrupted receiver goes on with the
 * same one. Bounded in number, for a pinned view keeps files from being deleted. Any thread; pinning and
 * reading may touch the disk.
 */
final class KeptViews implements AutoCloseable {

    /** A view with a name. */
    private static final class Kept {

        final String id;
        final TabletId tablet;
        final SnapshotViews.PinnedView view;
        Loan loan;
        long idleSinceNanos;
        private boolean ended;

        Kept(String id, TabletId tablet, SnapshotViews.PinnedView view) {
            this.id = id;
            this.tablet = tablet;
            this.view = view;
        }

        synchronized ByteBuffer chunk(Loan of, long number) {
            if (ended || loan != of) {
                throw new IllegalStateException("the view is gone, or another stream has it");
            }
            return view.chunk(number);
        }

        synchronized Loan lendAnew() {
            loan = new Loan(this);
            return loan;
        }

        synchronized void end() {
            if (!ended) {
                ended = true;
                view.close();
            }
        }
    }

    /** The use of a view by one stream, until it is given back or somebody else comes for the view. */
    static final class Loan {

        private final Kept kept;

        private Loan(Kept kept) {
            this.kept = kept;
        }

        String id() {
            return kept.id;
        }

        long epoch() {
            return kept.view.epoch();
        }

        long index() {
            return kept.view.index();
        }

        /** @throws IllegalStateException if the loan is over */
        ByteBuffer chunk(long number) {
            return kept.chunk(this, number);
        }
    }

    private final SnapshotViews views;
    private final Clock clock;
    private final SnapshotSettings settings;
    private final String prefix;
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private long number;
    private int pinning;
    private boolean closed;

    /** @param prefix of the views' names: no other run of any node has the same */
    KeptViews(SnapshotViews views, Clock clock, SnapshotSettings settings, String prefix) {
        this.views = views;
        this.clock = clock;
        this.settings = settings;
        this.prefix = prefix;
    }

    /**
     * The view to go on with, or a new one; given back with {@link #giveBack} or {@link #done}. Whoever
     * names a view that is lent is the one it was lent to, come back before its old stream was seen to
     * break: that one loses it.
     *
     * @return empty when the tablet cannot be copied
     * @throws IllegalStateException when there are as many views as may be
     */
    Optional<Loan> lend(TabletId tablet, Resume resume) {
        String id;
        synchronized (this) {
            endIdle();
            Kept known = kept.get(resume.viewId());
            if (known != null && known.tablet.equals(tablet)) {
                return Optional.of(known.lendAnew());
            }
            makeRoom();
            id = prefix + "-" + ++number;
            pinning++;
        }
        return pin(id, tablet);
    }

    private Optional<Loan> pin(String id, TabletId tablet) {
        Optional<Kept> pinned = Optional.empty();
        try {
            pinned = views.pin(tablet).map(view -> new Kept(id, tablet, view));
        } finally {
            add(pinned);
        }
        return pinned.map(Kept::lendAnew);
    }

    private synchronized void add(Optional<Kept> pinned) {
        pinning--;
        if (closed) {
            pinned.ifPresent(Kept::end);
        } else {
            pinned.ifPresent(view -> kept.put(view.id, view));
        }
    }

    /** An idle view gives way to one that is needed now. */
    private void makeRoom() {
        Iterator<Kept> oldest = kept.values().iterator();
        while (kept.size() + pinning >= settings.viewsMax() && oldest.hasNext()) {
            Kept view = oldest.next();
            if (view.loan == null) {
                oldest.remove();
                view.end();
            }
        }
        if (closed || kept.size() + pinning >= settings.viewsMax()) {
            throw new IllegalStateException(kept.size() + " views are being sent");
        }
    }

    /** Its receiver may come back for it. */
    synchronized void giveBack(Loan loan) {
        Kept view = loan.kept;
        if (view.loan == loan) {
            view.loan = null;
            view.idleSinceNanos = clock.monotonicNanos();
        }
        endIdle();
    }

    /** Nobody needs it any more. */
    synchronized void done(Loan loan) {
        if (loan.kept.loan == loan && kept.remove(loan.id(), loan.kept)) {
            loan.kept.end();
        }
    }

    /** Ends what nobody came back for; to be called now and then. */
    synchronized void endIdle() {
        long now = clock.monotonicNanos();
        long most = TimeUnit.MILLISECONDS.toNanos(settings.keepMillis());
        kept.values()
                .removeIf(
                        view -> {
                            boolean old = view.loan == null && now - view.idleSinceNanos >= most;
                            if (old) {
                                view.end();
                            }
                            return old;
                        });
    }

    synchronized int count() {
        return kept.size();
    }

    /** Those being sent end with an error. */
    @Override
    public synchronized void close() {
        closed = true;
        kept.values().forEach(Kept::end);
        kept.clear();
    }
}
