package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Steps on replicas that may wait for a disk, on the threads for that. A step that fails is tried again after
 * a while that doubles; the tablet stays busy until it has gone well. Any thread.
 */
final class ReplicaWork {

    private static final Logger LOG = System.getLogger(ReplicaWork.class.getName());

    private final Executor openers;
    private final Clock clock;
    private final Retries retries = new Retries();

    ReplicaWork(Executor openers, Clock clock) {
        this.openers = openers;
        this.clock = clock;
    }

    void run(TabletId tablet, Runnable step) {
        try {
            openers.execute(
                    () -> {
                        try {
                            step.run();
                        } catch (RuntimeException failed) {
                            LOG.log(Level.ERROR, "a step of tablet " + tablet + " failed", failed);
                            again(tablet, step);
                        }
                    });
        } catch (RejectedExecutionException closing) {
            LOG.log(Level.DEBUG, "the node closes; tablet {0} stays as it is", tablet);
        }
    }

    /** Runs the step once more, after a while. */
    void again(TabletId tablet, Runnable step) {
        later(tablet, () -> run(tablet, step));
    }

    /** Does something after a while, in {@link #retry}. */
    void later(TabletId tablet, Runnable task) {
        retries.failed(tablet, clock.monotonicNanos(), task);
    }

    /** The tablet's steps went well: the next failure begins anew. */
    void passed(TabletId tablet) {
        retries.passed(tablet);
    }

    /** Tries again what failed and is due. */
    void retry() {
        retries.due(clock.monotonicNanos()).forEach(Runnable::run);
    }

    Executor threads() {
        return openers;
    }
}
