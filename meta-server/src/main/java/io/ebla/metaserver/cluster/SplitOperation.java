package io.ebla.metaserver.cluster;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The split of a tablet, as the metadata remembers it.
 *
 * <pre>
 *   CHOOSING    nobody said where: the master is asked for the middle
 *   SPLITTING   the bound is fixed for good; the master is asked to end the log by SPLIT
 *   CANCELLING  that took too long: the master is asked to log that it never comes (R4)
 *   SPLIT       the log says that it came, and nothing can undo it; the replicas open the children
 *   DONE        a majority of them has, the master among them: the map has the children for the parent (R2)
 *   ABORTED     the log says that it never comes, or nobody was asked for it, or the tablet is no more
 * </pre>
 *
 * Phases only go forward. While one runs the tablet's replica set stays as it is. Whoever leads the metadata
 * goes on with it: every step may be asked for again.
 *
 * @param id random, chosen by the proposer
 * @param tablet the one that is split
 * @param table its table
 * @param wantedHex the bound that was asked for, "" for the middle
 * @param byLoad whether the middle is that of the load, not of the bytes; false where it is not written
 * @param unasked whether it was the leader's own idea; likewise
 * @param atHex the bound, an escaped pk in hex; "" until it is known
 * @param low the child below it
 * @param high the child from it on
 * @param opened replicas of the children that are durably open, in order
 * @param startedAtMillis when it was asked for, ms since the epoch
 * @param endedAtMillis when it was done or aborted, 0 before
 * @param detail what there is to say of it
 */
public record SplitOperation(
        String id,
        TabletId tablet,
        TableName table,
        String wantedHex,
        @JsonSetter(nulls = Nulls.AS_EMPTY) boolean byLoad,
        @JsonSetter(nulls = Nulls.AS_EMPTY) boolean unasked,
        String atHex,
        TabletId low,
        TabletId high,
        Phase phase,
        List<ReplicaId> opened,
        long startedAtMillis,
        long endedAtMillis,
        String detail) {

    /** See {@link SplitOperation}. */
    public enum Phase {
        CHOOSING,
        SPLITTING,
        CANCELLING,
        SPLIT,
        DONE,
        ABORTED;

        public boolean ended() {
            return this == DONE || this == ABORTED;
        }

        boolean precedes(Phase next) {
            return !ended() && next.compareTo(this) > 0 && !(this == SPLIT && next == ABORTED);
        }
    }

    public SplitOperation {
        Objects.requireNonNull(id);
        Objects.requireNonNull(tablet);
        Objects.requireNonNull(table);
        Objects.requireNonNull(wantedHex);
        Objects.requireNonNull(atHex);
        Objects.requireNonNull(low);
        Objects.requireNonNull(high);
        Objects.requireNonNull(phase);
        Objects.requireNonNull(detail);
        opened = List.copyOf(opened);
    }

    /**
     * Whether it is what a caller asks for who names that bound, "" for the middle: which is that of the
     * bytes, so that a split by load is another one.
     */
    public boolean isAskedFor(String hex) {
        return wantedHex.equals(hex) && !byLoad;
    }

    boolean isChild(TabletId candidate) {
        return candidate.equals(low) || candidate.equals(high);
    }

    SplitOperation at(Phase next, String bound, String told, long atMillis) {
        return with(next, bound, opened, next.ended() ? atMillis : 0, told);
    }

    SplitOperation withOpened(ReplicaId replica) {
        List<ReplicaId> more =
                opened.contains(replica)
                        ? opened
                        : Stream.concat(opened.stream(), Stream.of(replica))
                                .sorted(Comparator.naturalOrder())
                                .toList();
        return with(phase, atHex, more, endedAtMillis, detail);
    }

    /** All else of a split is as it was begun. */
    private SplitOperation with(
            Phase next, String bound, List<ReplicaId> open, long endMillis, String told) {
        return new SplitOperation(
                id,
                tablet,
                table,
                wantedHex,
                byLoad,
                unasked,
                bound,
                low,
                high,
                next,
                open,
                startedAtMillis,
                endMillis,
                told);
    }

    /** Whether the children may take the parent's place (R2). */
    public boolean isReady(TabletDescriptor parent) {
        return SplitRules.isReady(this, parent);
    }

    /** The nodes that have both children open, once a majority has: one of them can master the children. */
    public List<NodeId> openAtMajority(TabletDescriptor parent) {
        return SplitRules.openAtMajority(this, parent);
    }

    /** Whether both children of a replica are open. */
    boolean isOpenAt(ReplicaId replica) {
        return opened.contains(replica.ofChild(low)) && opened.contains(replica.ofChild(high));
    }
}
