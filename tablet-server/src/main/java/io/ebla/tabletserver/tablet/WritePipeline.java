package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.replication.ReplicaMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The one writer of a tablet, master or follower: everything that changes its log and its store passes
 * through here, in turns of {@link #run}, which is never called twice at a time. So there is no lock
 * inside, and no thread ever waits in it.
 *
 * <p>One turn:
 *
 * <ol>
 *   <li><b>look</b>: how far the log became durable.
 *   <li><b>obey</b>: orders of the host, and messages of other replicas ({@link ReplicaExchange}:
 *       {@link Following} takes a master's log, {@link Followers} what followers answer). A
 *       mastership begins and goes on in {@link Term}.
 *   <li><b>commit</b>: a master's {@link QuorumTracker} says what a quorum holds; a follower is told
 *       ({@link CommitPoint}).
 *   <li><b>apply</b>: what is committed and durable here, in one {@code apply}; then its rows leave the
 *       overlay, and its answers and those that waited for them are collected.
 *   <li><b>take back</b>: appends that failed, after what came before them was applied ({@link
 *       Retreat}, as all that ends badly).
 *   <li><b>drain</b>: what waits in the mailbox is taken in groups, bounded in operations and bytes
 *       ({@link GroupWriter}, to the append).
 *   <li><b>check</b>: idempotency, then conditions, against the overlay first and the store second.
 *   <li><b>stamp</b>: (epoch, index), one timestamp for the group, and the mutations resolved for
 *       good ({@link WriteResolver}).
 *   <li><b>append</b>: one {@code append} for the group; its sync ends in another turn.
 *   <li><b>replicate</b>: the same bytes go to every follower, while that sync runs.
 *   <li>Last, the answers are handed over, one task for each executor.
 * </ol>
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@code applied <= committed <= appended}, and each only rises, but for what was appended and is
 *       cut off uncommitted. Only committed entries reach the store (L1), so nothing there is ever taken
 *       back.
 *   <li>A row leaves the overlay after the store holds it, so it is always in one of them (W3).
 *   <li>No answer precedes what it rests on: a result, a failed condition and a found duplicate all
 *       hang on the last entry they saw until that is applied (W2); one that rests on the store alone
 *       needs the lease.
 *   <li>Nothing of an older epoch counts before this epoch's EPOCH_START is committed (E11); until
 *       that is applied the tablet serves nobody.
 *   <li>An append that no other replica was sent and that is refused never was: its entries, the overlay
 *       and the indexes go back as one. With followers it may be on their disks, so the master steps
 *       down instead, and never stamps that epoch again (E1).
 *   <li>Groups that wait for their sync, and entries that wait for their quorum, are bounded: that bounds
 *       the overlay, and while they wait the next group grows in the mailbox.
 * </ul>
 *
 * <p>A failed invariant stops the tablet (BROKEN); it never goes on in silence. The simpler design
 * that lost is a lock around each write: it blocks the caller's thread, syncs once a write, and cannot
 * be simulated.
 */
final class WritePipeline implements Runnable {

    private final TabletParts parts;
    private final Env env;
    private final Role role;
    private final LogEnd log;
    private final Promises promises;
    private final Applying applying;
    private final Acks acks;
    private final Followers followers;
    private final Fences fences;
    private final Term term;
    private final CommitPoint commit;
    private final GroupWriter writer;
    private final HandOver handOver;
    private final StoreReplacement replacement;
    private final ReplicaExchange exchange;
    private final Retreat retreat;
    private final Splitting splitting;
    private final Inbox inbox = new Inbox();
    private final Draining draining;
    private final Attention attention;
    private volatile boolean ticked;

    /** A recovered tablet: its store stands at {@code applied}, the tail after it waits (L2). */
    WritePipeline(TabletParts parts, TabletRecovery.Recovered recovered) {
        this.parts = parts;
        env = parts.env();
        ReplicaState state = ReplicaState.of(parts, recovered, this::command);
        role = state.role();
        log = state.log();
        promises = state.promises();
        applying = state.applying();
        Ends ends = new Retreating();
        acks = new Acks(parts);
        fences = new Fences(state);
        followers = new Followers(state, this::command);
        Following following = new Following(state, this::committedIndex, ends);
        term = new Term(state, acks, followers, following, ends);
        splitting = new Splitting(state, term, this::command);
        attention = new Attention(env, role);
        Expiry expiry = new Expiry(parts.settings());
        commit = new CommitPoint(state, term, following, acks, expiry, splitting, ends);
        Deque<Submission> intake = new ArrayDeque<>();
        Endings endings = new Endings(parts, intake, applying.inFlight(), acks);
        writer = new GroupWriter(state, term, commit, acks, expiry, splitting, endings, intake);
        draining = new Draining(state, term, writer, acks);
        handOver = new HandOver(state, term, followers, ends);
        replacement = new StoreReplacement(state, following);
        exchange =
                new ReplicaExchange(
                        state,
                        term,
                        commit,
                        followers,
                        following,
                        fences,
                        replacement,
                        splitting,
                        ends);
        retreat =
                new Retreat(
                        state, term, commit, writer, handOver, acks, expiry, endings, following,
                        fences, splitting);
    }

    /** What the parts above may bring about; the one that does it is made last. */
    private final class Retreating implements Ends {

        @Override
        public void stepDown(long forEpoch) {
            retreat.stepDown(forEpoch);
        }

        @Override
        public void failDisk(RuntimeException cause) {
            retreat.failDisk(cause);
        }

        @Override
        public void corrupted() {
            retreat.corrupted();
        }
    }

    // ---------------------------------------------------------------- from any thread

    TabletState state() {
        return role.state();
    }

    /** Counts the masterships of this replica; a strong read is one term's, or nobody's. */
    long term() {
        return role.term();
    }

    /** The epoch of the last entry; 0 for an empty log. */
    long epoch() {
        return log.lastEpoch();
    }

    /** The epoch of the mastership that this replica has or begins, 0 for none. */
    long masterEpoch() {
        return term.masterEpoch();
    }

    /** The epoch whose EPOCH_START this master knows committed, else 0. */
    long startedEpoch() {
        return term.startedEpoch();
    }

    /** The newest epoch that this run was master of and has given up, 0 for none. Any thread. */
    long endedEpoch() {
        return term.endedEpoch();
    }

    /** As {@link Term#serves}: what callers and the metadata are told. */
    boolean serves() {
        return term.serves();
    }

    /** What the newest map says of it, null before the first. */
    Assignment assignment() {
        return term.assignment();
    }

    long appendedIndex() {
        return log.appendedIndex();
    }

    long durableIndex() {
        return log.durableIndex();
    }

    long committedIndex() {
        return commit.index();
    }

    /** What every reader of the store is sure to see. */
    Position applied() {
        return applying.applied();
    }

    /** What a reader of the store may have seen: at least {@link #applied}, and committed. */
    Position visible() {
        return applying.visible();
    }

    /** The last entry that takes a write back, 0 before the first. */
    long lastRevert() {
        return writer.lastRevert();
    }

    List<ReplicationFigures.FollowerFigures> followerFigures() {
        return followers.figures(commit.index());
    }

    TabletId id() {
        return parts.tablet();
    }

    /** As {@link Attention#isWanted}. */
    boolean waiting() {
        return attention.isWanted();
    }

    /** Whether a sync has been pending for so long that no lease is asked for or granted (L3). */
    boolean stalled(long nowNanos) {
        long since = log.stalledSinceNanos();
        return since != Long.MAX_VALUE
                && nowNanos - since >= parts.replication().stalledSyncMillis() * 1_000_000L;
    }

    /** Whether time matters to it. */
    Attention attention() {
        return attention;
    }

    void tick() {
        ticked = true;
        env.wake();
    }

    /** What a newer map says of this replica; a mastership is taken up only if it names this run (E1). */
    void assign(Assignment newer) {
        command(() -> term.obey(newer));
    }

    /** A message of another replica of this tablet. */
    void receive(NodeId from, ReplicaMessage message) {
        if (inbox.message(message, () -> exchange.take(from, message))) {
            env.wake();
        }
    }

    /** The connection to a node broke. */
    void disconnected(NodeId node) {
        command(
                () -> {
                    if (role.state().masters()) {
                        followers.disconnected(node);
                    }
                });
    }

    /** Asks for a promise of an epoch (E4, E7). */
    CompletableFuture<NodeApi.FenceAnswer> fence(long epoch) {
        CompletableFuture<NodeApi.FenceAnswer> answer = new CompletableFuture<>();
        command(() -> exchange.fence(epoch, answer));
        return answer;
    }

    /** Asks the master of an epoch to bring a follower to its head and to give up (E12). */
    CompletableFuture<NodeApi.HandedOver> handOver(long epoch, NodeId target) {
        CompletableFuture<NodeApi.HandedOver> answer = new CompletableFuture<>();
        command(() -> handOver.begin(epoch, target, answer));
        return answer;
    }

    /** How the log comes to its end by a split. */
    Splitting splitting() {
        return splitting;
    }

    /** Gives a mastership that others can take to the follower that is nearest, then runs the task. */
    void handOverToBest(Runnable whenDone) {
        command(() -> handOver.beginToBest(whenDone));
    }

    /**
     * A snapshot of a position waits to take the store's place: runs the task on the writer's thread once
     * nothing is on its way to log or store, and nothing will be.
     *
     * @param otherwise runs instead when the snapshot is of no use any more
     */
    void replaceStore(long index, Runnable whenIsQuiet, Runnable otherwise) {
        command(() -> replacement.begin(index, whenIsQuiet, otherwise));
    }

    /** No snapshot takes the store's place: the master says what is next. */
    void notReplaced() {
        command(replacement::end);
    }

    /** An admitted read begins to wait for an index. */
    void await(ReadWaits.Wait wait) {
        command(
                () ->
                        parts.waits()
                                .begin(
                                        wait,
                                        role.state(),
                                        log.head().lastIndex(),
                                        applied().index()));
    }

    /** Takes no new write, finishes those it has while it can, then runs the task in a turn. */
    void drain(Runnable whenDone) {
        command(() -> draining.begin(whenDone));
    }

    /** Ends for good: nothing touches the store after {@code whenDone} ran. */
    void close(Runnable whenDone) {
        command(
                () -> {
                    retreat.close();
                    whenDone.run();
                });
    }

    private void command(Runnable command) {
        inbox.order(command);
        env.wake();
    }

    // ---------------------------------------------------------------- the writer

    @Override
    public void run() {
        try {
            turn();
        } catch (RuntimeException | Error failed) {
            retreat.stop(failed);
        } finally {
            parts.replies().handOver();
        }
    }

    private void turn() {
        long nowNanos = env.clock().monotonicNanos();
        boolean tick = ticked;
        ticked = false;
        log.look();
        obeyOrders();
        commit.advance();
        retreat.endFailedAppends();
        if (tick) {
            tend(nowNanos);
        }
        term.start(commit.index());
        writer.write(nowNanos);
        exchange.tell(nowNanos);
        handOver.finish(nowNanos);
        replacement.proceed();
        attention.waits(nowNanos, waitsNanos(nowNanos));
        draining.finish();
    }

    private void obeyOrders() {
        Runnable order = inbox.poll();
        while (order != null) {
            order.run();
            order = inbox.poll();
        }
    }

    /** What time does to a tablet: deadlines pass, stalls are retried, rows fall due. */
    private void tend(long nowNanos) {
        writer.expireAnswers(nowNanos);
        parts.waits().expire(nowNanos);
        promises.tick();
        if (role.state().masters()) {
            followers.tick(commit.index(), nowNanos);
            term.lookAtClock(nowNanos);
            writer.expireRows(nowNanos);
        }
    }

    /** In how long time matters again, {@code Long.MAX_VALUE} for never. */
    private long waitsNanos(long nowNanos) {
        TabletState state = role.state();
        if (state == TabletState.CLOSED) {
            // It is still listed, while nothing of it may reach the journal any more.
            return Long.MAX_VALUE;
        }
        return isWaiting() ? 0 : state.masters() ? followers.asksInNanos(nowNanos) : Long.MAX_VALUE;
    }

    private boolean isWaiting() {
        boolean masters = role.state().masters();
        return !writer.isIdle()
                || masters && !applying.inFlight().isEmpty()
                || masters && followers.waiting(commit.index())
                || term.sawClockOff()
                || applying.stalledBy() != null
                || !acks.isEmpty()
                || !parts.waits().isEmpty()
                || promises.isWaiting()
                || term.isStarting()
                || handOver.isUnderWay()
                || splitting.isWanted()
                || !fences.isEmpty();
    }
}
