package io.ebla.tabletserver.membership;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread of a node's membership: its steps, and when they run. A step that breaks is told of, and
 * another is run that mends what it may have left. Any thread hands steps in; once closed none runs.
 */
final class MembershipThread implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(MembershipThread.class);

    private final ScheduledExecutorService thread;
    private Runnable mend = () -> {};
    private boolean unreachable; // of the thread
    private volatile boolean closed;

    /** @param thread a scheduler of one thread, not used for anything that holds it up */
    MembershipThread(ScheduledExecutorService thread) {
        this.thread = thread;
    }

    /** What runs after a step that broke; before the first step. */
    void onBroken(Runnable mending) {
        mend = mending;
    }

    boolean isClosed() {
        return closed;
    }

    void run(Runnable step) {
        later(step, Duration.ZERO);
    }

    void later(Runnable step, Duration pause) {
        if (closed) {
            return;
        }
        try {
            thread.schedule(() -> guarded(step, mend), pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ending) {
            log.debug("event=membership_ended", ending);
        }
    }

    /** Again and again, with that pause between the end of one and the next; one that breaks is left out. */
    void every(Duration pause, Runnable step) {
        thread.scheduleWithFixedDelay(
                () -> guarded(step, () -> {}),
                pause.toMillis(),
                pause.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** A step that breaks must not end the others unseen. */
    private void guarded(Runnable step, Runnable otherwise) {
        try {
            if (!closed) {
                step.run();
            }
        } catch (RuntimeException unexpected) {
            log.error("event=membership_step_failed", unexpected);
            otherwise.run();
        }
    }

    /** A call to meta failed; told once until one is answered. Of the thread. */
    void failed(String doing, Throwable failure) {
        if (!unreachable && !closed) {
            unreachable = true;
            log.warn(
                    "event=meta_failing doing={} cause=\"{}\"",
                    doing,
                    MetaClient.unwrapped(failure).toString());
        }
    }

    /** A call to meta was answered. Of the thread. */
    void reached() {
        if (unreachable) {
            unreachable = false;
            log.info("event=meta_answering");
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.shutdownNow();
    }
}
