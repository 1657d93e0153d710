package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.store.Installation;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/**
 * One replica's store on its way from another node: chunk by chunk into an installation beside the store
 * that it has, which goes on meanwhile (L5). Interrupted, it keeps what there is, and the next one goes on
 * from there.
 *
 * <p>Whatever comes is handed to a thread that may wait for the disk, one thing at a time and in order; one
 * chunk is asked for at a time, so nothing queues.
 */
final class Rebuild implements SnapshotSource.Sink {

    private static final Logger LOG = System.getLogger(Rebuild.class.getName());

    /** Told once how it ended, on a thread that may wait. */
    interface Ending {

        /** The new store is whole and durable at that position, and waits to take the place. */
        void complete(Installation installation, Installation.Position position);

        void failed();
    }

    private final TabletId tablet;
    private final Installation installation;
    private final Executor workers;
    private final Ending ending;
    private final Deque<Runnable> work = new ArrayDeque<>();
    private boolean working;
    private boolean over;
    private SnapshotSource.Fetch fetch;

    private Rebuild(TabletId tablet, Installation installation, Executor workers, Ending ending) {
        this.tablet = tablet;
        this.installation = installation;
        this.workers = workers;
        this.ending = ending;
    }

    /** On a thread that may wait. */
    static void begin(
            TabletId tablet,
            ReplicaId replica,
            NodeId from,
            SnapshotSource source,
            Installation installation,
            Executor workers,
            Ending ending) {
        Rebuild rebuild = new Rebuild(tablet, installation, workers, ending);
        Installation.Progress progress = installation.progress();
        SnapshotSource.Resume resume =
                progress.viewId().isEmpty()
                        ? SnapshotSource.Resume.START
                        : new SnapshotSource.Resume(progress.viewId(), progress.nextChunk());
        LOG.log(
                Level.INFO,
                "tablet {0}: a snapshot is fetched from {1}, from chunk {2} on",
                tablet,
                from,
                resume.nextChunk());
        SnapshotSource.Fetch begun = source.fetch(from, tablet, replica, resume, rebuild);
        rebuild.then(
                () -> {
                    rebuild.fetch = begun;
                    begun.request(1);
                });
    }

    @Override
    public void opened(SnapshotSource.View view) {
        then(
                () -> {
                    if (!view.id().equals(installation.progress().viewId())) {
                        installation.begin(view.id());
                    }
                });
    }

    @Override
    public void chunk(long number, ByteBuffer bytes) {
        then(
                () -> {
                    if (number == installation.progress().nextChunk()) {
                        installation.write(bytes);
                    }
                    fetch.request(1);
                });
    }

    @Override
    public void finished() {
        then(
                () -> {
                    if (!installation.isWhole()) {
                        throw new IllegalStateException("the snapshot ended before its last chunk");
                    }
                    Installation.Position position = installation.complete();
                    over = true;
                    ending.complete(installation, position);
                });
    }

    @Override
    public void failed(SnapshotSource.Failure failure, String detail) {
        then(
                () -> {
                    LOG.log(
                            Level.WARNING,
                            "tablet {0}: its snapshot does not come: {1} ({2})",
                            tablet,
                            failure,
                            detail);
                    end();
                });
    }

    private void end() {
        over = true;
        installation.close();
        ending.failed();
    }

    /** One thing after the other. */
    private void then(Runnable step) {
        synchronized (work) {
            work.add(step);
            if (working) {
                return;
            }
            working = true;
        }
        workers.execute(this::drain);
    }

    private void drain() {
        while (true) {
            Runnable step;
            synchronized (work) {
                step = work.poll();
                if (step == null) {
                    working = false;
                    return;
                }
            }
            if (!over) {
                run(step);
            }
        }
    }

    private void run(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException failed) {
            LOG.log(Level.WARNING, "tablet " + tablet + ": its snapshot is not taken", failed);
            if (fetch != null) {
                fetch.cancel();
            }
            end();
        }
    }
}
