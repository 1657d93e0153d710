package io.ebla.core.cluster;

import java.util.List;
import java.util.Objects;

/**
 * What the leading meta-server asks of tablet servers: JSON over HTTP under {@link #ROOT}, never meant for
 * users. Every request carries {@link MetaApi#SECRET_HEADER} and names the cluster and the node it is meant
 * for; a node that is not that one refuses.
 *
 * <pre>
 *   POST fence       Fence      -> Fenced      waits for the last grants to run out (E7)
 *   POST hand-over   HandOver   -> HandedOver  waits until the target has the whole log (E12)
 *   POST split       Split      -> SplitAnswer waits until the log says so (R4)
 *   POST join        Join       -> Joined      goes on with a copy; answers at once
 *   POST seal        Seal       -> SealAnswer  waits until the log says so (R6)
 *   POST split-key   AskSplitKey -> SplitKey   may read half of the tablet's heads
 * </pre>
 */
public final class NodeApi {

    public static final String ROOT = "/internal/v1/node";

    /** No master's: what is asked with it no replica does as one. */
    public static final long NO_EPOCH = 0;

    private NodeApi() {}

    /** An epoch to be promised by a replica; it is never below one that was promised before. */
    public record TabletEpoch(TabletId tablet, long epoch) {

        public TabletEpoch {
            Objects.requireNonNull(tablet);
        }
    }

    /**
     * Asks replicas to accept no append and to grant no lease of any lower epoch (E4, E7).
     *
     * @param node the one it is meant for
     */
    public record Fence(String clusterId, NodeId node, List<TabletEpoch> tablets) {

        public Fence {
            Objects.requireNonNull(clusterId);
            Objects.requireNonNull(node);
            tablets = List.copyOf(tablets);
        }
    }

    /**
     * @param store the data directory that answers
     * @param incarnation the run of the process that answers: the one a winner is named with
     */
    public record Fenced(StoreId store, Incarnation incarnation, List<FenceAnswer> answers) {

        public Fenced {
            answers = List.copyOf(answers);
        }
    }

    /** What became of a fence at one replica. */
    public enum FenceResult {
        /** Promised and durable; the last grant has run out; the positions are of durable entries. */
        FENCED,
        /** It promised a higher epoch before, see {@code promisedEpoch}. */
        REFUSED,
        /** There is no such replica, or none that may count (E10): this is no answer. */
        ABSENT,
        /** It cannot answer now: just restarted (E8), opening, or its disk failed. This is no answer. */
        NOT_NOW
    }

    /**
     * @param replica the answering replica's id, null when absent
     * @param promisedEpoch the highest epoch it accepts
     * @param lastEpoch of its last durable entry, 0 for an empty log
     * @param lastIndex of its last durable entry, 0 for an empty log
     * @param committedIndex what it knows committed
     * @param timestampMillis the highest tablet time it has seen (T1)
     */
    public record FenceAnswer(
            TabletId tablet,
            FenceResult result,
            ReplicaId replica,
            long promisedEpoch,
            long lastEpoch,
            long lastIndex,
            long committedIndex,
            long timestampMillis) {}

    /** Asks the master of an epoch to stop taking writes and to bring the target to its head (E12). */
    public record HandOver(
            String clusterId, NodeId node, TabletId tablet, long epoch, NodeId target) {

        public HandOver {
            Objects.requireNonNull(clusterId);
            Objects.requireNonNull(node);
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(target);
        }
    }

    /** @param done whether the target has the head and the lease is given up; else nothing changed */
    public record HandedOver(boolean done, String detail) {}

    /**
     * Asks the master of an epoch to end its tablet's log by a split, or to see to it that this split never
     * comes (R4). May be asked for as often as one likes: the log says what came first.
     *
     * @param epoch whose master is meant; with {@link #NO_EPOCH} any replica only makes ready for it
     * @param atHex the bound between the children, an escaped pk in hex
     * @param low the child below it; it names the split
     * @param high the child from it on
     */
    public record Split(
            String clusterId,
            NodeId node,
            TabletId tablet,
            long epoch,
            String atHex,
            TabletId low,
            TabletId high,
            boolean cancel) {

        public Split {
            Objects.requireNonNull(clusterId);
            Objects.requireNonNull(node);
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(atHex);
            Objects.requireNonNull(low);
            Objects.requireNonNull(high);
        }
    }

    /** What a tablet's log says of a split. */
    public enum SplitResult {
        /** The tablet ended by it, and that is committed. */
        SPLIT,
        /** It will never come. */
        CANCELLED,
        /** Neither as yet, as far as this replica knows. */
        NOT_NOW
    }

    public record SplitAnswer(SplitResult result) {

        public SplitAnswer {
            Objects.requireNonNull(result);
        }
    }

    /** Asks the master where half of a tablet's bytes lie below. */
    public record AskSplitKey(String clusterId, NodeId node, TabletId tablet, boolean byLoad) {

        public AskSplitKey {
            Objects.requireNonNull(clusterId);
            Objects.requireNonNull(node);
            Objects.requireNonNull(tablet);
        }
    }

    /**
     * @param known whether this replica could tell
     * @param atHex the bound; null when the tablet cannot be divided, for all its rows share one pk
     */
    public record SplitKey(boolean known, String atHex) {}

    /**
     * Has a node make the merged store of two tablets that it holds, or go on with it, and asks how far it
     * is. May be asked for as often as one likes; what nobody asks for any more is thrown away.
     *
     * @param into the tablet that is to take the place of both
     */
    public record Join(
            String clusterId, NodeId node, TabletId into, TabletId left, TabletId right) {

        public Join {
            Objects.requireNonNull(clusterId);
            Objects.requireNonNull(node);
            Objects.requireNonNull(into);
            Objects.requireNonNull(left);
            Objects.requireNonNull(right);
        }
    }

    /**
     * @param ready whether the store lacks so little that both tablets may be sealed
     * @param hopeless whether it had better be given up, for the reason told
     * @param detail what there is to say of it
     */
    public record Joined(boolean ready, boolean hopeless, String detail) {

        public Joined {
            Objects.requireNonNull(detail);
        }
    }

    /**
     * Asks the master of an epoch to seal its tablet for a merge, or to see to it that this merge never
     * comes. May be asked for as often as one likes; what cancels is asked for only once the metadata has
     * given the merge up.
     *
     * @param into the tablet that is to take the place of both; it names the merge
     */
    public record Seal(
            String clusterId,
            NodeId node,
            TabletId tablet,
            long epoch,
            TabletId into,
            TabletId left,
            TabletId right,
            boolean cancel) {

        public Seal {
            Objects.requireNonNull(clusterId);
            Objects.requireNonNull(node);
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(into);
            Objects.requireNonNull(left);
            Objects.requireNonNull(right);
        }
    }

    /** What a tablet's log says of a merge. */
    public enum SealResult {
        /** The tablet is sealed for it, and that is committed. */
        SEALED,
        /** It will never come, and the tablet is not sealed for it. */
        CANCELLED,
        /** Neither as yet, as far as this replica knows. */
        NOT_NOW
    }

    public record SealAnswer(SealResult result) {

        public SealAnswer {
            Objects.requireNonNull(result);
        }
    }
}
