package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.MetaApi;
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
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * One replica's store on its way from another node: chunk by chunk into an installation beside the store
 * that it has, which goes on meanwhile (L5). Interrupted, it keeps what there is, and the next one goes on
 * from there.
 *
 * <p>Whatever comes is handed to a thread that may wait for the disk, one thing at a time and in order; a few
 * chunks are asked for ahead, so that neither side waits for the other, and no more than these queue.
 */
final class Rebuild implements SnapshotSource.Sink {

    private static final Logger LOG = System.getLogger(Rebuild.class.getName());

    /** Told once how it ended, on a thread that may wait. */
    interface Ending {

        /** The new store is whole and durable at that position, and waits to take the place. */
        void complete(Installation installation, Installation.Position position);

        void failed();
    }

    private static final int CHUNKS_AHEAD = 4;

    private record Step(Runnable task, boolean atTheEndToo) {}

    private final TabletId tablet;
    private final ReplicaId replica;
    private final NodeId from;
    private final long startedAtMillis;
    private final Executor workers;
    private final Ending ending;
    private final Deque<Step> work = new ArrayDeque<>();
    private boolean working;

    // Of whoever works:
    private boolean over;
    private Installation installation;
    private SnapshotSource.Fetch fetch;

    /** Chunks that are there. Read by anyone. */
    private volatile long chunks;

    /** @param replica the one that is rebuilt */
    Rebuild(
            TabletId tablet,
            ReplicaId replica,
            NodeId from,
            long startedAtMillis,
            Executor workers,
            Ending ending) {
        this.tablet = tablet;
        this.replica = replica;
        this.from = from;
        this.startedAtMillis = startedAtMillis;
        this.workers = workers;
        this.ending = ending;
    }

    /** Once. */
    void begin(SnapshotSource source, Supplier<Installation> install) {
        then(
                () -> {
                    installation = install.get();
                    Installation.Progress progress = installation.progress();
                    chunks = progress.nextChunk();
                    SnapshotSource.Resume resume =
                            progress.viewId().isEmpty()
                                    ? SnapshotSource.Resume.START
                                    : new SnapshotSource.Resume(
                                            progress.viewId(), progress.nextChunk());
                    LOG.log(
                            Level.INFO,
                            "tablet {0}: a snapshot is fetched from {1}, from chunk {2} on",
                            tablet,
                            from,
                            resume.nextChunk());
                    fetch = source.fetch(from, tablet, replica, resume, this);
                    fetch.request(CHUNKS_AHEAD);
                });
    }

    /** Ends it, whatever it is at, and then runs the task; what there is of the store stays. */
    void stop(Runnable then) {
        add(
                new Step(
                        () -> {
                            try {
                                if (!over) {
                                    cancel();
                                    end();
                                }
                            } finally {
                                then.run();
                            }
                        },
                        true));
    }

    /** How far it is. Any thread. */
    MetaApi.Rebuilding figures() {
        return new MetaApi.Rebuilding(from, chunks * Installation.CHUNK_BYTES, startedAtMillis);
    }

    @Override
    public void opened(SnapshotSource.View view) {
        then(
                () -> {
                    if (!view.id().equals(installation.progress().viewId())) {
                        installation.begin(view.id());
                        chunks = 0;
                    }
                });
    }

    @Override
    public void chunk(long number, ByteBuffer bytes) {
        then(
                () -> {
                    if (number == installation.progress().nextChunk()) {
                        installation.write(bytes);
                        chunks = number + 1;
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

    private void cancel() {
        if (fetch != null) {
            fetch.cancel();
        }
    }

    private void end() {
        over = true;
        try {
            if (installation != null) {
                installation.close();
            }
        } finally {
            ending.failed();
        }
    }

    /** One thing after the other; nothing more once it is over. */
    private void then(Runnable task) {
        add(new Step(task, false));
    }

    private void add(Step step) {
        synchronized (work) {
            work.add(step);
            if (working) {
                return;
            }
            working = true;
        }
        try {
            workers.execute(this::drain);
        } catch (RejectedExecutionException closing) {
            LOG.log(Level.DEBUG, "the node closes; tablet {0} is not rebuilt", tablet);
        }
    }

    private void drain() {
        while (true) {
            Step step;
            synchronized (work) {
                step = work.poll();
                if (step == null) {
                    working = false;
                    return;
                }
            }
            if (!over || step.atTheEndToo()) {
                run(step.task());
            }
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException failed) {
            LOG.log(Level.WARNING, "tablet " + tablet + ": its snapshot is not taken", failed);
            cancel();
            if (!over) {
                end();
            }
        }
    }
}
