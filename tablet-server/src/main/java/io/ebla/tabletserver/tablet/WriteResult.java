package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.Outcome;
import io.ebla.core.row.RowVersion;
import java.util.List;

/**
 * How a write ended well.
 *
 * @param outcome committed or accepted
 * @param copies replicas known to hold it durably
 * @param replicas which those are
 * @param position where it stands in the log
 * @param replayed whether this answers a repetition of an idempotent request
 * @param operations one result for each operation, in order
 */
public record WriteResult(
        Outcome outcome,
        int copies,
        List<NodeId> replicas,
        Position position,
        boolean replayed,
        List<OperationResult> operations) {

    public WriteResult {
        replicas = List.copyOf(replicas);
        operations = List.copyOf(operations);
    }

    /** The same answer to one who has not asked before. */
    public WriteResult asFirst() {
        return new WriteResult(outcome, copies, replicas, position, false, operations);
    }

    /** The same answer with what is known of its copies now. */
    WriteResult held(Outcome known, List<NodeId> holders) {
        if (outcome == known && copies == holders.size() && replicas.equals(holders)) {
            return this;
        }
        return new WriteResult(known, holders.size(), holders, position, replayed, operations);
    }

    /**
     * @param existed whether a living row was there before
     * @param version of a put; null for a delete or a check
     * @param createdAt of a put, ms since the epoch
     * @param updatedAt of a put, ms since the epoch
     * @param expiresAt of a put, ms since the epoch, 0 for never
     */
    public record OperationResult(
            boolean existed, RowVersion version, long createdAt, long updatedAt, long expiresAt) {}
}
