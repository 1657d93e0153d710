package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The merge of a tablet with its right neighbour, as the metadata remembers it (R6).
 *
 * <pre>
 *   ALIGNING   replicas of the right one move to the nodes of the left one; other merges on these end
 *   COPYING    both serve; each replica makes the merged store beforehand
 *   SEALING    both masters are asked to log SEAL; a replica with both seals opens the merged tablet
 *   UNSEALING  that took too long: both masters are asked to log that this merge never comes
 *   DONE       a majority has it open, both masters among them: the map has it for the two
 *   ABORTED    both logs say that it never comes, or nobody was asked for a seal
 * </pre>
 *
 * Phases only go forward, from the one that a step was judged in. DONE is taken from SEALING only, and CANCEL
 * is asked for only once UNSEALING is written: so no tablet is unsealed that the map may still have replaced,
 * and none replaced that somebody may unseal.
 *
 * @param id random, chosen by the proposer
 * @param into the tablet that takes the place of both; given out later than either, it names the merge in
 *     their
 *     logs
 * @param opened replicas of the merged tablet that are durably open, in order
 * @param phaseSinceMillis since when the phase is what it is
 * @param endedAtMillis when it was done or aborted, 0 before
 * @param detail what there is to say of it
 */
public record MergeOperation(
        String id,
        TableName table,
        TabletId left,
        TabletId right,
        TabletId into,
        Phase phase,
        List<ReplicaId> opened,
        long startedAtMillis,
        long phaseSinceMillis,
        long endedAtMillis,
        String detail) {

    /** See {@link MergeOperation}. */
    public enum Phase {
        ALIGNING,
        COPYING,
        SEALING,
        UNSEALING,
        DONE,
        ABORTED;

        public boolean ended() {
            return this == DONE || this == ABORTED;
        }

        /** Whether replica sets of both tablets stay as they are, for the merged one to have the same. */
        public boolean holdsReplicas() {
            return this == COPYING || this == SEALING;
        }

        boolean mayBecome(Phase next) {
            return switch (this) {
                case ALIGNING -> next == COPYING || next == ABORTED;
                case COPYING -> next == SEALING || next == ABORTED;
                case SEALING -> next == UNSEALING;
                case UNSEALING -> next == ABORTED;
                case DONE, ABORTED -> false;
            };
        }
    }

    public MergeOperation {
        Objects.requireNonNull(id);
        Objects.requireNonNull(table);
        Objects.requireNonNull(left);
        Objects.requireNonNull(right);
        Objects.requireNonNull(into);
        Objects.requireNonNull(phase);
        Objects.requireNonNull(detail);
        opened = List.copyOf(opened);
    }

    /** Whether a tablet is one of the two. */
    public boolean concerns(TabletId tablet) {
        return tablet.equals(left) || tablet.equals(right);
    }

    /**
     * Whether its replicas may be made now: a node makes one at a time, so that no copy holds up another's
     * seals.
     */
    public boolean mayBeMade(ClusterState state) {
        return MergeRules.mayBeMade(this, state.tablets(), state.merges().values());
    }

    /** One of the nodes of both that is drained: its replicas are to move, and of a merge they stay. */
    public Optional<NodeId> drained(ClusterState state) {
        return MergeRules.drained(state, state.tablets().get(left), state.tablets().get(right));
    }

    /** Whether the merged tablet may take the place of both (R6). */
    public boolean isReady(ClusterState state) {
        return MergeRules.isReady(this, state.tablets().get(left), state.tablets().get(right));
    }

    /** The tablet that begins where another ends. */
    public static Optional<TabletDescriptor> rightOf(ClusterState state, TabletDescriptor left) {
        return state.tablets().values().stream()
                .filter(each -> each.table().equals(left.table()))
                .filter(each -> !left.toHex().isEmpty() && each.fromHex().equals(left.toHex()))
                .findFirst();
    }

    MergeOperation at(Phase next, String told, long atMillis) {
        return new MergeOperation(
                id,
                table,
                left,
                right,
                into,
                next,
                opened,
                startedAtMillis,
                atMillis,
                next.ended() ? atMillis : 0,
                told);
    }

    MergeOperation withOpened(ReplicaId replica) {
        List<ReplicaId> more =
                opened.contains(replica)
                        ? opened
                        : Stream.concat(opened.stream(), Stream.of(replica))
                                .sorted(Comparator.naturalOrder())
                                .toList();
        return new MergeOperation(
                id,
                table,
                left,
                right,
                into,
                phase,
                more,
                startedAtMillis,
                phaseSinceMillis,
                endedAtMillis,
                detail);
    }
}
