package io.ebla.metaserver.procedure;

import io.ebla.metaserver.cluster.MetadataTablet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Turns the {@link LeaderProcedures} on their thread: at a steady pace, faster while answers are waited
 * for, and at once when the metadata changed. Started after the Raft member and stopped before it.
 */
final class ProcedureLifecycle implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ProcedureLifecycle.class);
    private static final long PACE_MILLIS = 100;
    private static final long BUSY_PACE_MILLIS = 20;

    /** Above the Raft member's. */
    private static final int PHASE = 10;

    private final LeaderProcedures procedures;
    private final MetadataTablet metadata;
    private final ScheduledExecutorService thread;
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile boolean running;

    /** @param thread the one that the procedures are confined to */
    ProcedureLifecycle(
            LeaderProcedures procedures, MetadataTablet metadata, ScheduledExecutorService thread) {
        this.procedures = procedures;
        this.metadata = metadata;
        this.thread = thread;
    }

    @Override
    public void start() {
        running = true;
        metadata.onChange(
                (before, after) -> {
                    procedures.applied(before, after);
                    wake();
                });
        metadata.onLeader(this::wake);
        thread.execute(this::pace);
    }

    private void pace() {
        turn();
        later(this::pace, procedures.busy() ? BUSY_PACE_MILLIS : PACE_MILLIS);
    }

    private void wake() {
        if (running && woken.compareAndSet(false, true)) {
            later(
                    () -> {
                        woken.set(false);
                        turn();
                    },
                    0);
        }
    }

    /** A turn that breaks must not end the others unseen. */
    private void turn() {
        try {
            if (running) {
                procedures.turn();
            }
        } catch (RuntimeException unexpected) {
            log.error("event=turn_failed", unexpected);
        }
    }

    private void later(Runnable step, long millis) {
        try {
            if (running) {
                thread.schedule(step, millis, TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException ending) {
            log.debug("event=procedures_ended", ending);
        }
    }

    @Override
    public void stop() {
        running = false;
        thread.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
