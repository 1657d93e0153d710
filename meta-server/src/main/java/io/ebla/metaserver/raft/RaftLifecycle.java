package io.ebla.metaserver.raft;

import io.ebla.core.time.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/** Starts the Raft member before the HTTP server and stops it after. */
public final class RaftLifecycle implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(RaftLifecycle.class);

    /** Below the phase in which Spring starts its web server. */
    private static final int PHASE = 0;

    private final RaftMetadataTablet tablet;
    private final Clock clock;
    private volatile boolean running;

    public RaftLifecycle(RaftMetadataTablet tablet, Clock clock) {
        this.tablet = tablet;
        this.clock = clock;
    }

    @Override
    public void start() {
        long begun = clock.monotonicNanos();
        try {
            tablet.start();
        } catch (IOException failed) {
            throw new UncheckedIOException("the metadata cannot be opened", failed);
        }
        running = true;
        tablet.firstReady()
                .thenRun(
                        () ->
                                log.info(
                                        "event=meta_takes_part member={} leader={} millis={}",
                                        tablet.membership().self(),
                                        tablet.membership().leader(),
                                        TimeUnit.NANOSECONDS.toMillis(
                                                clock.monotonicNanos() - begun)));
    }

    @Override
    public void stop() {
        running = false;
        try {
            tablet.close();
        } catch (IOException failed) {
            throw new UncheckedIOException("the metadata did not close cleanly", failed);
        }
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
