package io.ebla.metaserver.election;

import io.ebla.core.cluster.NodeId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** One election as this leader conducts it: an epoch, and who is being asked to promise it. */
final class Round {

    /** How far it is. */
    enum Phase {
        /** The epoch is being written down. */
        BEGINNING,
        /** The epoch is written down, promises are gathered. */
        FENCING,
        /** The winner is being written down. */
        RECORDING
    }

    final Vacancy vacancy;
    final long epoch;
    final long beganNanos;
    final Ballot ballot = new Ballot();
    Phase phase = Phase.BEGINNING;
    private final Set<NodeId> asked = new HashSet<>();
    private final Map<NodeId, Long> askAgainNanos = new HashMap<>();

    Round(Vacancy vacancy, long epoch, long nowNanos) {
        this.vacancy = vacancy;
        this.epoch = epoch;
        this.beganNanos = nowNanos;
    }

    /** Whether a node may be asked now; then it counts as asked until {@link #answered}. */
    boolean ask(NodeId node, long nowNanos) {
        boolean due = askAgainNanos.getOrDefault(node, nowNanos) - nowNanos <= 0;
        return due && asked.add(node);
    }

    /** An answer came, or none will: it may be asked again from then on. */
    void answered(NodeId node, long againNanos) {
        asked.remove(node);
        askAgainNanos.put(node, againNanos);
    }
}
