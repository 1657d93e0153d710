package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.liveness.Liveness;
import java.util.concurrent.TimeUnit;

/**
 * A time in which nothing is moved: after this member began to lead, for it has heard of nobody yet, and
 * after it lost most nodes out of hearing or found them again, for then it is rather itself that was cut
 * off. Nodes whose processes are known to have ended were not lost out of hearing.
 */
final class Grace {

    private final Liveness liveness;
    private final Clock clock;
    private final long graceNanos;
    private final Emptied emptied = new Emptied();
    private long untilNanos;
    private boolean cutOff;

    Grace(Liveness liveness, Clock clock, long graceMillis) {
        this.liveness = liveness;
        this.clock = clock;
        graceNanos = TimeUnit.MILLISECONDS.toNanos(graceMillis);
        untilNanos = clock.monotonicNanos();
    }

    void begin() {
        cutOff = false;
        untilNanos = clock.monotonicNanos() + graceNanos;
    }

    void observe(ClusterState state) {
        int known = 0;
        int silent = 0;
        for (NodeDescriptor node : state.nodes().values()) {
            if (!emptied.contains(state, node.id())) {
                boolean unheard =
                        liveness.state(node) != Liveness.State.UP && !liveness.isGone(node);
                known++;
                silent += unheard ? 1 : 0;
            }
        }
        boolean most = silent * 2 > known;
        if (most != cutOff) {
            cutOff = most;
            untilNanos = clock.monotonicNanos() + graceNanos;
        }
    }

    boolean lasts() {
        return clock.monotonicNanos() - untilNanos < 0;
    }
}
