package io.ebla.tabletserver.replication;

import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogBatch;
import java.util.List;
import java.util.Objects;

/**
 * What replicas of one tablet say to each other. The network may lose, repeat, delay and reorder messages;
 * each says all that its receiver needs to judge it.
 */
public sealed interface ReplicaMessage {

    TabletId tablet();

    /**
     * The master of an epoch hands on its log (E6). Without entries it tells the commit index and asks
     * where the follower stands.
     *
     * @param epoch of the mastership
     * @param to the replica it is meant for: another one on that node answers {@code ABSENT}
     * @param previousEpoch epoch of the entry before the first one, 0 at the start of the log
     * @param previousIndex index of the entry before the first one, 0 at the start of the log
     * @param entries following that one, perhaps none
     * @param commitIndex what the master knows committed
     * @param masterTimeMillis the tablet's time at the master (T1)
     */
    record Append(
            TabletId tablet,
            long epoch,
            ReplicaId to,
            long previousEpoch,
            long previousIndex,
            LogBatch entries,
            long commitIndex,
            long masterTimeMillis)
            implements ReplicaMessage {

        public Append {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(to);
            Objects.requireNonNull(entries);
        }
    }

    /**
     * The master of an epoch no longer has the log that a follower lacks: it is to fetch a snapshot (L5).
     *
     * @param to the replica it is meant for
     */
    record Rebuild(TabletId tablet, long epoch, ReplicaId to) implements ReplicaMessage {

        public Rebuild {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(to);
        }
    }

    /**
     * The master of an epoch gave up its lease for good (E12): a follower's grant to it is void. Lost, the
     * grant runs out by itself.
     *
     * @param to the replica it is meant for
     * @param timeMillis the latest tablet time that it has shown (T1); 0 from one that does not say it
     */
    record Released(TabletId tablet, long epoch, ReplicaId to, long timeMillis)
            implements ReplicaMessage {

        public Released {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(to);
        }
    }

    /** What a follower made of an {@link Append}. */
    enum Result {
        /** Up to {@code durableIndex} its log is the master's, and on its disk. */
        DURABLE,
        /** The entry before the first one is not in its log: {@code epochEnds} says what is. */
        MISMATCH,
        /** It promised a higher epoch, {@code promisedEpoch}. */
        FENCED,
        /** It holds no such replica. */
        ABSENT,
        /** It takes nothing now: it is being rebuilt, its disk is full or failed. To be tried again later. */
        UNABLE
    }

    /** Where an epoch ends in a replica's log. */
    record EpochEnd(long epoch, long lastIndex) {}

    /**
     * A follower's answer.
     *
     * @param epoch of the append it answers
     * @param replica the follower
     * @param durableIndex up to where its log is known to be that master's and on its disk
     * @param promisedEpoch the highest epoch it accepts
     * @param committedIndex up to where it knows its log committed: so far it is every later master's too
     * @param timeMillis the highest tablet time it has seen (T1)
     * @param epochEnds newest first, with {@code MISMATCH}; bounded
     */
    record Appended(
            TabletId tablet,
            long epoch,
            ReplicaId replica,
            Result result,
            long durableIndex,
            long promisedEpoch,
            long committedIndex,
            long timeMillis,
            List<EpochEnd> epochEnds)
            implements ReplicaMessage {

        public Appended {
            Objects.requireNonNull(tablet);
            Objects.requireNonNull(replica);
            Objects.requireNonNull(result);
            epochEnds = List.copyOf(epochEnds);
        }
    }
}
