package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaMessage.Appended;
import io.ebla.tabletserver.replication.ReplicaMessage.EpochEnd;
import io.ebla.tabletserver.tablet.ReplicaSet.Peer;
import io.ebla.tabletserver.tablet.ReplicationFigures.FollowerFigures;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * How a master's log reaches its followers, each at its own pace.
 *
 * <p>A follower that keeps up is sent each group as it is appended, while the master's own sync runs. One
 * whose window is full, or that lost something, is sent what it lacks from the oplog, read on read
 * threads; one whose next entry the oplog no longer has is told to fetch a snapshot. So a slow follower
 * costs a window and slows nobody.
 *
 * <p>Nothing is assumed of the network: every append says what it follows, and a follower answers where it
 * stands; what is not answered is asked again. Writer only, but for {@link #figures}.
 */
final class Followers {

    private static final Logger LOG = System.getLogger(Followers.class.getName());

    private static final LogBatch NO_ENTRIES = LogBatch.of(List.of());

    /** How much rarer than a silent follower one is asked that can take nothing. */
    private static final int UNABLE_PATIENCE = 3;

    private final TabletId tablet;
    private final Env env;
    private final ReplicationSettings settings;
    private final LogEnd log;
    private final TabletTime time;
    private final CatchUp catchUp;
    private volatile List<Follower> followers = List.of();
    private QuorumTracker quorum;
    private long epoch;
    private long retained = Long.MAX_VALUE;

    /** @param commands runs a task in a turn of the writer */
    Followers(ReplicaState state, Consumer<Runnable> commands) {
        this.tablet = state.parts().tablet();
        this.env = state.parts().env();
        this.settings = state.parts().replication();
        this.log = state.log();
        this.time = state.parts().time();
        this.catchUp = new CatchUp(state.parts(), commands, new Behind());
    }

    /**
     * A mastership begins, or goes on in another epoch or set: who was followed goes on, everybody else is
     * taken to stand where this epoch begins.
     */
    void begin(QuorumTracker tracker, long newEpoch) {
        quorum = tracker;
        epoch = newEpoch;
        long nowNanos = env.clock().monotonicNanos();
        List<Follower> changed = new ArrayList<>();
        ReplicaSet set = tracker.set();
        for (Peer peer : set.others()) {
            if (!peer.lost()) {
                Follower before = of(peer.id());
                int slot = tracker.slot(peer.id());
                boolean learner = ReplicaSet.contains(set.learners(), peer.id());
                changed.add(
                        before == null
                                ? new Follower(
                                        peer,
                                        slot,
                                        learner,
                                        tracker.epochStart(),
                                        log.appendedBytes(),
                                        nowNanos)
                                : new Follower(peer, slot, learner, before));
            }
        }
        followers = List.copyOf(changed);
    }

    /** The mastership is over. */
    void end() {
        followers = List.of();
        quorum = null;
        retain();
    }

    boolean isEmpty() {
        return followers.isEmpty();
    }

    private Follower of(ReplicaId id) {
        for (Follower follower : followers) {
            if (follower.peer().id().equals(id)) {
                return follower;
            }
        }
        return null;
    }

    /** The member that keeps up and has acknowledged most, or null. */
    Follower nearest() {
        Follower nearest = null;
        for (Follower follower : followers) {
            if (follower.state() == Follower.State.STREAMING
                    && ReplicaSet.contains(quorum.set().members(), follower.peer().id())
                    && (nearest == null || follower.matched() > nearest.matched())) {
                nearest = follower;
            }
        }
        return nearest;
    }

    Follower on(NodeId node) {
        for (Follower follower : followers) {
            if (follower.node().equals(node)) {
                return follower;
            }
        }
        return null;
    }

    /** Whether so many members promised a higher epoch that nothing here will be committed any more. */
    boolean quorumLost() {
        int left = 0;
        List<Peer> members = quorum.set().members();
        for (int i = 0; i < members.size(); i++) {
            Follower follower = of(members.get(i).id());
            if (follower == null || follower.state() != Follower.State.FENCED) {
                left++;
            }
        }
        return left < quorum.quorum();
    }

    // ---------------------------------------------------------------- what they answer

    void receive(Appended answer, long nowNanos) {
        Follower follower = of(answer.replica());
        if (follower == null || answer.epoch() != epoch) {
            return;
        }
        follower.heard(nowNanos);
        time.raiseFrom(answer.timeMillis(), settings.maxClockOffsetMillis());
        switch (answer.result()) {
            case DURABLE -> durable(follower, answer);
            case MISMATCH -> {
                follower.rewind(common(answer), log.bytesPerEntry());
                follower.state(Follower.State.STREAMING);
            }
            case FENCED -> follower.state(Follower.State.FENCED);
            case ABSENT, UNABLE -> {
                follower.lose(log.appendedIndex(), log.bytesPerEntry());
                follower.state(Follower.State.UNABLE);
            }
        }
    }

    private void durable(Follower follower, Appended answer) {
        if (answer.durableIndex() > log.appendedIndex()) {
            throw new IllegalStateException(
                    "replica "
                            + answer.replica()
                            + " acknowledges entry "
                            + answer.durableIndex()
                            + " of a log that ends at "
                            + log.appendedIndex());
        }
        follower.acknowledged(answer.durableIndex(), log.bytesPerEntry());
        follower.knowsCommitted(answer.committedIndex());
        quorum.durable(follower.slot(), answer.durableIndex());
        if (follower.state() != Follower.State.FENCED) {
            follower.state(Follower.State.STREAMING);
        }
    }

    /**
     * The last index at which the follower's log is surely this one: the end of its newest epoch that this
     * log knows, as far as both go; else what it knows committed, which every later master holds.
     */
    private long common(Appended answer) {
        for (EpochEnd end : answer.epochEnds()) {
            long last = log.history().lastIndexOf(end.epoch(), log.appendedIndex());
            if (last >= 0) {
                return Math.max(
                        Math.min(end.lastIndex(), last),
                        Math.min(answer.committedIndex(), log.appendedIndex()));
            }
        }
        return Math.min(answer.committedIndex(), log.appendedIndex());
    }

    /** The connection to a node broke: what was under way is lost, as far as anyone knows. */
    void disconnected(NodeId node) {
        Follower follower = on(node);
        if (follower != null && follower.state() == Follower.State.STREAMING) {
            follower.lose(log.appendedIndex(), log.bytesPerEntry());
            follower.state(Follower.State.PROBING);
        }
    }

    // ---------------------------------------------------------------- what they are sent

    /** Sends to everybody what there is to send; the end of every turn. */
    void pump(long committedIndex, long nowNanos) {
        List<Follower> all = followers;
        for (int i = 0; i < all.size(); i++) {
            pump(all.get(i), committedIndex, nowNanos);
        }
    }

    private void pump(Follower follower, long committedIndex, long nowNanos) {
        while (follower.state() == Follower.State.STREAMING
                && follower.next() <= log.appendedIndex()
                && !follower.reading()
                && !follower.windowFull(settings)) {
            AppendsInFlight.Append append = log.inFlightFrom(follower.next());
            if (append == null) {
                if (follower.next() <= log.durableIndex() && follower.mayRead(nowNanos)) {
                    catchUp.read(follower);
                }
                return;
            }
            send(follower, append.batch(), append.epochBefore(), committedIndex);
        }
    }

    private void send(Follower follower, LogBatch batch, long previousEpoch, long committedIndex) {
        List<LogEntry> entries = batch.entries();
        env.send(
                follower.node(),
                new ReplicaMessage.Append(
                        tablet,
                        epoch,
                        follower.peer().id(),
                        previousEpoch,
                        entries.get(0).index() - 1,
                        batch,
                        committedIndex,
                        time.nowMillis()));
        follower.sent(
                entries.get(entries.size() - 1).index(),
                batch.encodedSize(),
                entries.get(0).timestampMillis());
        follower.told(committedIndex);
        if (!follower.hasMore(log.appendedIndex())) {
            follower.sentAll(log.appendedBytes());
        }
    }

    /** Tells the commit index, and asks where the follower stands. */
    private void ask(Follower follower, long committedIndex, long nowNanos) {
        long previous = follower.next() - 1;
        env.send(
                follower.node(),
                new ReplicaMessage.Append(
                        tablet,
                        epoch,
                        follower.peer().id(),
                        Math.max(0, log.history().epochAt(previous)),
                        previous,
                        NO_ENTRIES,
                        committedIndex,
                        time.nowMillis()));
        follower.told(committedIndex);
        follower.asked(nowNanos);
    }

    /** Tells the commit index to those who keep up and were not told: at once, not when time does. */
    void tell(long committedIndex, long nowNanos) {
        List<Follower> all = followers;
        for (int i = 0; i < all.size(); i++) {
            Follower follower = all.get(i);
            if (follower.state() == Follower.State.STREAMING
                    && follower.commitSent() < committedIndex) {
                ask(follower, committedIndex, nowNanos);
            }
        }
    }

    /** What time does: commit indexes that went with nothing else, and questions to the silent. */
    void tick(long committedIndex, long nowNanos) {
        for (Follower follower : followers) {
            follower.judge(committedIndex, time.nowMillis());
            boolean silent = follower.silentNanos(nowNanos) >= silenceNanos(follower);
            switch (follower.state()) {
                case STREAMING -> {
                    boolean unheard =
                            follower.hasUnacknowledged() || follower.commitHeard() < committedIndex;
                    if (unheard && silent || follower.commitSent() < committedIndex) {
                        ask(follower, committedIndex, nowNanos);
                    }
                }
                case PROBING, UNABLE, REBUILDING -> {
                    if (silent) {
                        ask(follower, committedIndex, nowNanos);
                    }
                }
                case FENCED -> {
                    // Nothing of this epoch will ever reach it.
                }
            }
        }
        retain();
    }

    /** For how long one may be silent before it is asked where it stands. */
    private long silenceNanos(Follower follower) {
        long probe = Math.min(follower.patienceNanos(), settings.probeMillis() * 1_000_000L);
        boolean takesNothing =
                follower.state() == Follower.State.UNABLE
                        || follower.state() == Follower.State.REBUILDING;
        return takesNothing ? UNABLE_PATIENCE * probe : probe;
    }

    /**
     * Whether somebody who takes the log has not heard all there is to hear, so that ticks are wanted. What
     * one said it knows may be an answer of its last process, which came after the connection broke.
     */
    boolean waiting(long committedIndex) {
        List<Follower> all = followers;
        for (int i = 0; i < all.size(); i++) {
            Follower follower = all.get(i);
            if (follower.state() == Follower.State.STREAMING
                    && (follower.commitSent() < committedIndex
                            || follower.commitHeard() < committedIndex
                            || follower.matched() < log.appendedIndex())) {
                return true;
            }
        }
        return false;
    }

    /** In how long somebody who takes nothing now is to be asked again, {@code Long.MAX_VALUE} for never. */
    long asksInNanos(long nowNanos) {
        long soonest = Long.MAX_VALUE;
        List<Follower> all = followers;
        for (int i = 0; i < all.size(); i++) {
            Follower follower = all.get(i);
            if (follower.state() != Follower.State.FENCED
                    && follower.state() != Follower.State.STREAMING) {
                long left = silenceNanos(follower) - follower.silentNanos(nowNanos);
                soonest = Math.min(soonest, Math.max(0, left));
            }
        }
        return soonest;
    }

    // ---------------------------------------------------------------- the log of those behind

    private final class Behind implements CatchUp.Reader {

        @Override
        public boolean wants(Follower follower, long session) {
            return followers.contains(follower) && follower.session() == session;
        }

        @Override
        public void found(Follower follower, LogBatch batch, long nowNanos) {
            send(follower, batch, batch.entries().get(0).previousEpoch(), quorum.committed());
        }

        @Override
        public void gone(Follower follower, long nowNanos) {
            LOG.log(
                    Level.INFO,
                    "tablet {0}: replica {1} on {2} needs entry {3}, which is gone: it is rebuilt",
                    tablet,
                    follower.peer().id(),
                    follower.node(),
                    follower.next());
            follower.state(Follower.State.REBUILDING);
            // Asked at the head it says where the snapshot has brought it; asked where it stood,
            // it would say again that it needs what is gone.
            follower.rewind(log.appendedIndex(), log.bytesPerEntry());
            follower.asked(nowNanos);
            env.send(
                    follower.node(),
                    new ReplicaMessage.Rebuild(tablet, epoch, follower.peer().id()));
        }
    }

    /** L4: the oplog keeps what the slowest follower lacks, as long as it has the room. */
    private void retain() {
        long needed = Long.MAX_VALUE;
        for (Follower follower : followers) {
            needed = Math.min(needed, follower.matched() + 1);
        }
        if (needed != retained) {
            retained = needed;
            env.retainLog(needed);
        }
    }

    // ---------------------------------------------------------------- from any thread

    /** How far everybody is. */
    List<FollowerFigures> figures(long committedIndex) {
        List<FollowerFigures> figures = new ArrayList<>();
        long nowMillis = time.nowMillis();
        for (Follower follower : followers) {
            figures.add(
                    follower.figures(
                            log.appendedIndex(), log.appendedBytes(), committedIndex, nowMillis));
        }
        return figures;
    }
}
