package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi.FenceAnswer;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaMessage.Append;

/** Rules of epochs, elections and logs, taken away; see {@link RemovedRule}. */
enum RemovedElectionRule implements RemovedRule {

    /** A restarted process takes the mastership of the run before it for its own. */
    E1_MASTERSHIP_NAMES_A_RUN() {
        @Override
        public Assignment assignment(GroupNode node, Assignment told) {
            return new Assignment(
                    told.opened(),
                    told.learner(),
                    told.replicas(),
                    told.epoch(),
                    told.master(),
                    told.master() != null && told.master().equals(node.id));
        }
    },

    /** A promise is answered before it is on the disk. */
    E4_PROMISE_IS_DURABLE() {
        @Override
        public Oplog oplog(GroupNode node, Oplog oplog) {
            return HastyOplog.of(oplog, "promise");
        }
    },

    /** Entries are acknowledged before they are on the disk. */
    E4_ACKNOWLEDGED_IS_DURABLE(60) {
        @Override
        public Oplog oplog(GroupNode node, Oplog oplog) {
            return HastyOplog.of(oplog, "append", "follow");
        }
    },

    /** Any log of a majority is as good as another. */
    E5_LONGEST_LOG_WINS(60) {
        @Override
        public FenceAnswer answer(GroupNode from, FenceAnswer answer) {
            return with(answer, 0, 0);
        }
    },

    /** The longer log wins, of whatever epoch its end is. */
    E5_EPOCH_BEFORE_INDEX() {
        @Override
        public FenceAnswer answer(GroupNode from, FenceAnswer answer) {
            return with(answer, 0, answer.lastIndex());
        }
    },

    /** Whatever epoch the entry before has at the follower, it is taken for the right one. */
    E6_PREVIOUS_ENTRY_MATCHES(60) {
        @Override
        public ReplicaMessage message(GroupNode target, ReplicaMessage message) {
            if (!(message instanceof Append append)
                    || append.previousIndex() > target.tablet().pipeline().appendedIndex()) {
                return message;
            }
            long here = target.tablet().parts().history().epochAt(append.previousIndex());
            return new Append(
                    append.tablet(),
                    append.epoch(),
                    append.to(),
                    Math.max(0, here),
                    append.previousIndex(),
                    append.entries(),
                    append.commitIndex(),
                    append.masterTimeMillis());
        }
    };

    private final int livesMax;

    RemovedElectionRule() {
        this(0);
    }

    RemovedElectionRule(int livesMax) {
        this.livesMax = livesMax;
    }

    @Override
    public int livesMax() {
        return livesMax;
    }

    private static FenceAnswer with(FenceAnswer answer, long lastEpoch, long lastIndex) {
        return new FenceAnswer(
                answer.tablet(),
                answer.result(),
                answer.replica(),
                answer.promisedEpoch(),
                lastEpoch,
                lastIndex,
                answer.committedIndex(),
                answer.timestampMillis());
    }
}
