package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import io.ebla.metaserver.cluster.ReplicaOperation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What balance has begun, and where it failed: what was to go to a node and did not is left alone for a
 * pause that doubles with each failure. In the memory of the leader: the next one tries afresh.
 *
 * <p>Confined to the leader's thread.
 */
final class Attempts {

    /** The first pause. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** The longest; and so long after it the failures are forgotten. */
    private static final long PAUSE_MAX_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** What was begun. */
    enum Kind {
        HAND_OVER,
        MOVE,
        /** A move that is worth nothing until the mastership follows. */
        MOVE_FOR_LOAD
    }

    private record Target(TabletId tablet, NodeId node) {}

    private record Attempt(Kind kind, Target target) {}

    private record Pause(long lengthNanos, long untilNanos) {}

    private final Clock clock;
    private final Map<String, Attempt> underWay = new HashMap<>();
    private final Map<Target, Pause> pauses = new HashMap<>();

    /** Whether there was a failure since the last success, when the first of those was, and the latest. */
    private boolean failing;

    private long failingSinceNanos;
    private String lastFailure = "";

    /** After a task was given up: until when none is begun. */
    private boolean rests;

    private long restsUntilNanos;

    Attempts(Clock clock) {
        this.clock = clock;
    }

    void abandon() {
        underWay.clear();
        pauses.clear();
        failing = false;
        lastFailure = "";
        rests = false;
    }

    /** @param operation the id of the hand-over or of the move */
    void begun(Kind kind, String operation, TabletId tablet, NodeId to) {
        underWay.put(operation, new Attempt(kind, new Target(tablet, to)));
    }

    /** Sees what has ended. */
    void look(ClusterState state) {
        long now = clock.monotonicNanos();
        underWay.entrySet().removeIf(each -> ended(state, each.getKey(), each.getValue()));
        pauses.values().removeIf(each -> now - each.untilNanos() > PAUSE_MAX_NANOS);
        rests = rests && now - restsUntilNanos < 0;
    }

    private boolean ended(ClusterState state, String id, Attempt attempt) {
        HandOver handOver = state.handOvers().get(id);
        ReplicaOperation move = state.replicaOperations().get(id);
        if (handOver != null) {
            boolean done = handOver.phase() == HandOver.Phase.DONE;
            return ended(state, attempt, handOver.phase().ended(), done, handOver.detail());
        }
        if (move != null) {
            boolean done = move.phase() == ReplicaOperation.Phase.DONE;
            return ended(state, attempt, move.phase().ended(), done, move.detail());
        }
        return ended(state, attempt, true, false, "it was refused");
    }

    private boolean ended(
            ClusterState state, Attempt attempt, boolean ended, boolean done, String detail) {
        if (done) {
            succeeded(state, attempt);
        } else if (ended) {
            failed(attempt.target(), detail);
        }
        return ended;
    }

    /**
     * That a replica has come for load tells nothing of the hand-over that is to follow: what failed before
     * stays noted, lest replica after replica come while no mastership does. Only where the mastership came
     * with it, as that of an only copy does, has anything succeeded.
     */
    private void succeeded(ClusterState state, Attempt attempt) {
        boolean forLoad = attempt.kind() == Kind.MOVE_FOR_LOAD;
        if (!forLoad) {
            pauses.remove(attempt.target());
        }
        if (!forLoad || isMastered(state, attempt.target())) {
            failing = false;
        }
    }

    private static boolean isMastered(ClusterState state, Target target) {
        TabletDescriptor tablet = state.tablets().get(target.tablet());
        return tablet != null
                && tablet.master() != null
                && tablet.master().node().equals(target.node());
    }

    private void failed(Target target, String detail) {
        long now = clock.monotonicNanos();
        Pause before = pauses.get(target);
        long length =
                before == null ? PAUSE_NANOS : Math.min(PAUSE_MAX_NANOS, 2 * before.lengthNanos());
        pauses.put(target, new Pause(length, now + length));
        failingSinceNanos = failing ? failingSinceNanos : now;
        failing = true;
        lastFailure = "tablet " + target.tablet() + " to " + target.node() + ": " + detail;
    }

    /** The nodes to which nothing of the tablet is to go now. */
    Set<NodeId> barred(TabletId tablet) {
        long now = clock.monotonicNanos();
        Set<NodeId> barred = new HashSet<>();
        pauses.forEach(
                (target, pause) -> {
                    if (target.tablet().equals(tablet) && now - pause.untilNanos() < 0) {
                        barred.add(target.node());
                    }
                });
        return barred;
    }

    /** Whether nothing is under way that was begun here. */
    boolean none() {
        return underWay.isEmpty();
    }

    /** Whether for so long there were failures only. */
    boolean failsFor(long millis) {
        return failing
                && clock.monotonicNanos() - failingSinceNanos
                        >= TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** There is no task now: what failed before does not count against the next. */
    void noTask() {
        failing = false;
    }

    /** A task was given up: none is begun for a while. */
    void rest() {
        failing = false;
        rests = true;
        restsUntilNanos = clock.monotonicNanos() + PAUSE_MAX_NANOS;
    }

    boolean rests() {
        return rests;
    }

    /** For people. */
    String lastFailure() {
        return lastFailure;
    }
}
