package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ReplicaId;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaMessage.Append;
import io.ebla.tabletserver.replication.ReplicaMessage.Appended;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Takes E11 away: what a quorum holds of an older epoch counts as committed before the EPOCH_START of the
 * new one does.
 */
final class EarlyCommit implements Tampering {

    private final Map<Long, Map<ReplicaId, Long>> heldIn = new HashMap<>();

    @Override
    public ReplicaMessage message(GroupNode target, ReplicaMessage message) {
        if (message instanceof Appended answer) {
            if (answer.result() == ReplicaMessage.Result.DURABLE) {
                heldIn.computeIfAbsent(answer.epoch(), any -> new HashMap<>())
                        .merge(answer.replica(), answer.durableIndex(), Math::max);
            }
            return message;
        }
        return message instanceof Append append
                ? committing(append, held(target, append.epoch()))
                : message;
    }

    /** What the master and enough of its followers hold. */
    private long held(GroupNode target, long epoch) {
        Assignment assignment =
                target.tablet() == null ? null : target.tablet().pipeline().assignment();
        int others = assignment == null ? 1 : assignment.replicas().members().size() / 2;
        return heldIn.getOrDefault(epoch, Map.of()).values().stream()
                .sorted(Comparator.reverseOrder())
                .skip(Math.max(0, others - 1))
                .findFirst()
                .orElse(0L);
    }

    static Append committing(Append append, long index) {
        return new Append(
                append.tablet(),
                append.epoch(),
                append.to(),
                append.previousEpoch(),
                append.previousIndex(),
                append.entries(),
                Math.max(append.commitIndex(), index),
                append.masterTimeMillis());
    }
}
