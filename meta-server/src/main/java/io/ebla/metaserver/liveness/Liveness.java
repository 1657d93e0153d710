package io.ebla.metaserver.liveness;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Who was heard of when, and what they said: in the memory of the leader only, never in the log.
 *
 * <p>A leader that has just begun has heard of nobody; until the time to suspect has passed it takes
 * every node for up. Any thread may call.
 */
public final class Liveness {

    /** What a node seems to be. */
    public enum State {
        UP,
        /** Not heard of for a while. */
        SUSPECT,
        /** Not heard of for so long that others should take over. */
        DOWN
    }

    private record Heard(Incarnation incarnation, long atNanos, List<TabletStatus> tablets) {}

    private final Map<NodeId, Heard> heard = new ConcurrentHashMap<>();
    private final Clock clock;
    private final long suspectNanos;
    private final long downNanos;
    private final long beganNanos;

    public Liveness(Clock clock, long suspectMillis, long downMillis) {
        this.clock = clock;
        suspectNanos = TimeUnit.MILLISECONDS.toNanos(suspectMillis);
        downNanos = TimeUnit.MILLISECONDS.toNanos(downMillis);
        beganNanos = clock.monotonicNanos();
    }

    /** A node registered: it is there, and has said nothing yet of its tablets. */
    public void registered(NodeDescriptor node) {
        hear(node.id(), node.incarnation(), List.of());
    }

    public void hear(NodeId node, Incarnation incarnation, List<TabletStatus> tablets) {
        heard.put(node, new Heard(incarnation, clock.monotonicNanos(), List.copyOf(tablets)));
    }

    public State state(NodeDescriptor node) {
        Heard last = heard.get(node.id());
        long silentNanos = clock.monotonicNanos() - (last == null ? beganNanos : last.atNanos());
        if (silentNanos < suspectNanos) {
            return State.UP;
        }
        return silentNanos < downNanos ? State.SUSPECT : State.DOWN;
    }

    /** Whether that run of the node was itself heard of lately, not only given the benefit of doubt. */
    public boolean heardLately(NodeDescriptor node) {
        Heard last = heard.get(node.id());
        return last != null
                && last.incarnation().equals(node.incarnation())
                && state(node) == State.UP;
    }

    /** What the node last said of its tablets. */
    public List<TabletStatus> tablets(NodeId node) {
        Heard last = heard.get(node);
        return last == null ? List.of() : last.tablets();
    }
}
