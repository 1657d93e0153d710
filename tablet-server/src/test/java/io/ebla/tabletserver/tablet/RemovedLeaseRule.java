package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.replication.NodeBeat;
import io.ebla.tabletserver.replication.ReplicaMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Rules of leases, of the reads under them, and of clocks, taken away; see {@link RemovedRule}. */
enum RemovedLeaseRule implements RemovedRule {

    /** Who promised a higher epoch goes on granting leases of the lower one. */
    E7_NO_RENEWAL_AFTER_A_FENCE(20, LeaseScenario.HEALED_TOWARDS_SOME) {
        @Override
        public NodeBeat beat(GroupNode target, NodeBeat beat) {
            long promised = target.tablet().parts().grant().promisedEpoch();
            List<NodeBeat.Held> raised = new ArrayList<>();
            for (NodeBeat.Held held : beat.masterships()) {
                raised.add(
                        new NodeBeat.Held(
                                held.tablet(),
                                Math.max(promised, held.epoch()),
                                held.timeMillis()));
            }
            return new NodeBeat(beat.sentNanos(), beat.wallMillis(), raised);
        }
    },

    /** A fence is answered at once: whoever holds a lease is said to have given it back. */
    E7_ANSWER_AFTER_THE_LAST_GRANT(20, LeaseScenario.CUT_OFF) {
        @Override
        public void fencing(GroupNode node) {
            node.tablet().parts().grant().release(Long.MAX_VALUE, 0);
        }
    },

    /** A replica's process is thought to have begun long before it opens the replica. */
    E8_RESTARTED_WAITS_A_LEASE(20, LeaseScenario.SLAVES_RESTART) {
        @Override
        public Clock clock(GroupNode node, Clock clock) {
            return of(
                    () -> clock.monotonicNanos() - (node.isOpening() ? 60_000_000_000L : 0),
                    clock::wallMillis);
        }
    },

    /** A lease that was refused counts as granted. */
    E9_REFUSED_IS_NOT_GRANTED(20, LeaseScenario.HEALED_TOWARDS_SOME) {
        @Override
        public NodeBeat.Reply reply(GroupNode from, NodeBeat.Reply reply) {
            return new NodeBeat.Reply(
                    reply.sentNanos(), reply.wallMillis(), reply.leaseMillis(), List.of());
        }
    },

    /** Nodes that are no members are asked as well, and grant in the members' names. */
    E9_ONLY_MEMBERS_GRANT(20, LeaseScenario.NON_MEMBER) {
        @Override
        public List<GroupNode> standIns(GroupNode from, NodeId asked) {
            List<GroupNode> others = new ArrayList<>();
            for (GroupNode node : from.group().nodes()) {
                if (from.group().descriptor().replicaOn(node.id).isEmpty()) {
                    node.tablet().parts().grant().able(true);
                    others.add(node);
                }
            }
            return others;
        }
    },

    /** A master counts on a grant for as long as it lasts by the follower's clock. */
    E9_DRIFT(20, LeaseScenario.DRIFT) {
        @Override
        public ReplicationSettings replication(GroupNode node, ReplicationSettings settings) {
            return new ReplicationSettings(
                    settings.leaseMillis(),
                    settings.beatMillis(),
                    0,
                    settings.wallStepMillis(),
                    settings.stalledSyncMillis(),
                    settings.windowEntries(),
                    settings.windowBytes(),
                    settings.readBytes(),
                    settings.catchUpBytesPerSecond(),
                    settings.probeMillis(),
                    settings.maxClockOffsetMillis(),
                    settings.handOverMillis());
        }
    },

    /** Nobody sees wall and monotonic time part. */
    E9_A_JUMP_ENDS_THE_LEASE(20, LeaseScenario.SUSPENDED) {
        @Override
        public Clock clock(GroupNode node, Clock clock) {
            return of(
                    clock::monotonicNanos,
                    () -> 1_700_000_000_000L + clock.monotonicNanos() / Timeline.MILLI);
        }
    },

    /** Strong reads are answered without a look at the lease. */
    E9_READS_NEED_THE_LEASE(20, LeaseScenario.CUT_OFF) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new Unchecked(node, tablet, () -> true);
        }
    },

    /**
     * The lease is looked at when a read comes, and not again when it is answered. What the store holds by
     * then is no older; but by then this node's clock may say that a row has expired, which another says
     * later.
     */
    E9_THE_LEASE_AFTER_THE_READ(20, LeaseScenario.SLOW_READS_BY_A_FAST_CLOCK) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new Unchecked(node, tablet, node::leaseHolds);
        }
    },

    /** A read counts if there is a lease when it is answered, be it of another term than what was read. */
    E9_ONE_TERM_COVERS_A_READ(0, LeaseScenario.ELECTED_AGAIN) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new AnyTerm(node, tablet);
        }
    },

    /** For the writer time stands still when the lease runs out. */
    E9_LOCAL_ACKS_NEED_THE_LEASE(20, LeaseScenario.CUT_OFF_AND_ACCEPTS) {
        @Override
        public Clock clock(GroupNode node, Clock clock) {
            return new StandingClock(node, clock);
        }
    },

    /** So it does, and it judges conditions by what it has. */
    W2_JUDGING_NEEDS_THE_LEASE(20, LeaseScenario.CUT_OFF_AND_JUDGES) {
        @Override
        public Clock clock(GroupNode node, Clock clock) {
            return new StandingClock(node, clock);
        }
    },

    /** A master answers reads before its first entry is committed and applied. */
    E11_SERVES_ONCE_ITS_TAIL_IS_APPLIED(40, LeaseScenario.SUCCESSION) {
        @Override
        public RowTablet clients(GroupNode node, RowTablet tablet) {
            return new PlayedTablet(node, tablet) {
                @Override
                ReadLevel level(ReadLevel asked, RowKey key) {
                    return node.state() == TabletState.TAKING_OVER && node.leaseHolds()
                            ? ReadLevel.LOCAL
                            : asked;
                }
            };
        }
    },

    /** Nobody tells anybody the time but by what it stamps. */
    T1_TIME_IS_CARRIED(40, LeaseScenario.CLOCKS_APART) {
        @Override
        public NodeBeat beat(GroupNode target, NodeBeat beat) {
            List<NodeBeat.Held> timeless = new ArrayList<>();
            for (NodeBeat.Held held : beat.masterships()) {
                timeless.add(new NodeBeat.Held(held.tablet(), held.epoch(), 0));
            }
            return new NodeBeat(beat.sentNanos(), beat.wallMillis(), timeless);
        }

        @Override
        public ReplicaMessage message(GroupNode target, ReplicaMessage message) {
            return message instanceof ReplicaMessage.Append append
                    ? new ReplicaMessage.Append(
                            append.tablet(),
                            append.epoch(),
                            append.to(),
                            append.previousEpoch(),
                            append.previousIndex(),
                            append.entries(),
                            append.commitIndex(),
                            0)
                    : message;
        }
    },

    /** Whatever the time of an entry, it is taken. */
    T2_ENTRIES_FROM_THE_FUTURE_ARE_REFUSED(20, LeaseScenario.CLOCK_AHEAD) {
        @Override
        public ReplicationSettings replication(GroupNode node, ReplicationSettings settings) {
            return new ReplicationSettings(
                    settings.leaseMillis(),
                    settings.beatMillis(),
                    settings.driftPerMille(),
                    settings.wallStepMillis(),
                    settings.stalledSyncMillis(),
                    settings.windowEntries(),
                    settings.windowBytes(),
                    settings.readBytes(),
                    settings.catchUpBytesPerSecond(),
                    settings.probeMillis(),
                    Integer.MAX_VALUE,
                    settings.handOverMillis());
        }
    };

    private final int livesMax;
    private final Scenario scenario;

    RemovedLeaseRule(int livesMax, Scenario scenario) {
        this.livesMax = livesMax;
        this.scenario = scenario;
    }

    @Override
    public int livesMax() {
        return livesMax;
    }

    @Override
    public Scenario scenario() {
        return scenario;
    }

    private static Clock of(LongSupplier nanos, LongSupplier millis) {
        return new Clock() {
            @Override
            public long wallMillis() {
                return millis.getAsLong();
            }

            @Override
            public long monotonicNanos() {
                return nanos.getAsLong();
            }
        };
    }

    /** What a node's store has of a row. */
    private static ReadResult now(GroupNode node, RowKey key) {
        long nowMillis = node.tablet().nowMillis();
        return new ReadResult(
                node.store().get(key).filter(row -> !row.expired(nowMillis)),
                node.tablet().pipeline().visible());
    }

    /** Stands still in turns of the writer from the last moment at which the lease held. */
    private static final class StandingClock implements Clock {
        private final GroupNode node;
        private final Clock clock;
        private long nanos;
        private long millis;

        private StandingClock(GroupNode node, Clock clock) {
            this.node = node;
            this.clock = clock;
        }

        private boolean stands() {
            if (node.isOpening() || node.state() != TabletState.SERVING) {
                return false;
            }
            if (node.leaseHolds()) {
                nanos = clock.monotonicNanos();
                millis = clock.wallMillis();
                return false;
            }
            return node.isWriting() && nanos != 0;
        }

        @Override
        public long wallMillis() {
            return stands() ? millis : clock.wallMillis();
        }

        @Override
        public long monotonicNanos() {
            return stands() ? nanos : clock.monotonicNanos();
        }
    }

    /** Answers a get with what the store has where the real tablet refuses it after the read. */
    private static final class Unchecked extends PlayedTablet {

        /** Whether a read is served, at its beginning. */
        private final BooleanSupplier atFirst;

        private Unchecked(GroupNode node, RowTablet real, BooleanSupplier atFirst) {
            super(node, real);
            this.atFirst = atFirst;
        }

        @Override
        public void get(
                RowKey key,
                ReadLevel level,
                Position atLeast,
                long deadlineNanos,
                Executor replyOn,
                Reply<ReadResult> reply) {
            boolean may =
                    level == ReadLevel.STRONG
                            && node.state().servesStrongReads()
                            && atFirst.getAsBoolean();
            super.get(
                    key,
                    level,
                    atLeast,
                    deadlineNanos,
                    replyOn,
                    (result, failure) -> {
                        if (failure != null && may && isOfTheLease(failure)) {
                            reply.complete(now(node, key), null);
                        } else {
                            reply.complete(result, failure);
                        }
                    });
        }

        private static boolean isOfTheLease(EblaException failure) {
            return failure.code() == ErrorCode.NO_QUORUM;
        }
    }

    /** Answers a get with what the store had when it came, if by the end it is master, again or still. */
    private static final class AnyTerm extends PlayedTablet {

        private AnyTerm(GroupNode node, RowTablet real) {
            super(node, real);
        }

        @Override
        public void get(
                RowKey key,
                ReadLevel level,
                Position atLeast,
                long deadlineNanos,
                Executor replyOn,
                Reply<ReadResult> reply) {
            boolean may =
                    level == ReadLevel.STRONG
                            && node.state().servesStrongReads()
                            && node.tablet().parts().overlay().pendingIndex(key) == 0;
            ReadResult early = now(node, key);
            super.get(
                    key,
                    level,
                    atLeast,
                    deadlineNanos,
                    replyOn,
                    (result, failure) -> {
                        boolean nowMaster = node.state().servesStrongReads() && node.leaseHolds();
                        if (failure != null
                                && failure.code() == ErrorCode.NO_MASTER
                                && may
                                && nowMaster) {
                            reply.complete(early, null);
                        } else {
                            reply.complete(result, failure);
                        }
                    });
        }
    }
}
