package io.ebla.tabletserver;

import io.ebla.tabletserver.tablet.TabletHost;
import org.springframework.context.SmartLifecycle;

/**
 * Starts the tablets before anything can ask for them, and ends them after the HTTP server and the
 * membership have ended: then nobody hands in a request any more.
 */
final class TabletHostLifecycle implements SmartLifecycle {

    /** Below the web server's and the membership's, above the metadata tablet's. */
    private static final int PHASE = 1_000;

    private final TabletHost host;
    private volatile boolean running;

    TabletHostLifecycle(TabletHost host) {
        this.host = host;
    }

    @Override
    public void start() {
        host.start();
        running = true;
    }

    @Override
    public void stop() {
        host.close();
        running = false;
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
