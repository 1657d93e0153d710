package io.ebla.tabletserver.network;

import java.util.function.Consumer;
import org.springframework.context.SmartLifecycle;

/**
 * Lets other nodes in after the tablets are there to hear them and before others are told where, and keeps
 * them until the tablets end.
 */
final class NetworkLifecycle implements SmartLifecycle {

    /** Above the tablets', below the web server's and the membership's. */
    private static final int PHASE = 1_500;

    private final NodeNetwork network;
    private final Consumer<NodeNetwork> starter;
    private volatile boolean running;

    NetworkLifecycle(NodeNetwork network, Consumer<NodeNetwork> starter) {
        this.network = network;
        this.starter = starter;
    }

    @Override
    public void start() {
        starter.accept(network);
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        network.close();
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
