package io.ebla.tabletserver.membership;

import java.util.function.Consumer;
import org.springframework.context.SmartLifecycle;

/** Starts membership after the HTTP server, whose port it tells others, and stops it before: what
 * this node masters is handed over while it still serves.
 */
final class MembershipLifecycle implements SmartLifecycle {

    private final Membership membership;
    private final Consumer<Membership> starter;
    private volatile boolean running;

    MembershipLifecycle(Membership membership, Consumer<Membership> starter) {
        this.membership = membership;
        this.starter = starter;
    }

    @Override
    public void start() {
        starter.accept(membership);
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        membership.leave().join();
        membership.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
