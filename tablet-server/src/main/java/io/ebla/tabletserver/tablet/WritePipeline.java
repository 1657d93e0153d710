package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.tablet.PendingEntry.Answer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * The one writer of a tablet, master or follower: everything that changes its log and its store passes
 * through here, in turns of {@link #run}, which is never called twice at a time. So there is no lock
 * inside, and no thread ever waits in it.
 *
 * <p>One turn:
 *
 * <ol>
 *   <li><b>look</b>: how far the log became durable.
 *   <li><b>obey</b>: orders of the host, and messages of other replicas ({@link Following} takes a
 *       master's log, {@link Followers} what followers answer).
 *   <li><b>commit</b>: a master's {@link QuorumTracker} says what a quorum holds; a follower is told.
 *   <li><b>apply</b>: what is committed and durable here, in one {@code apply}; then its rows leave the
 *       overlay, and its answers and those that waited for them are collected.
 *   <li><b>take back</b>: appends that failed, after what came before them was applied.
 *   <li><b>drain</b>: what waits in the mailbox is taken in groups, bounded in operations and bytes.
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

    private static final Logger LOG = System.getLogger(WritePipeline.class.getName());

    /** How many groups' worth of entries may wait for their quorum. */
    private static final int GROUPS_UNCOMMITTED = 4;

    /** What the pipeline works with, shared with the read path and the facade. */
    record Parts(
            TabletId tablet,
            NodeId self,
            Env env,
            TabletSettings settings,
            ReplicationSettings replication,
            TabletTime time,
            Mailbox mailbox,
            Overlay overlay,
            Idempotency idempotency,
            ReadWaits waits,
            Replies replies,
            Failures failures,
            EpochHistory history,
            LeaseTracker lease,
            Grant grant,
            long firstFenceNanos,
            TabletObserver observer) {}

    private final Parts parts;
    private final Env env;
    private final Role role;
    private final LogEnd log;
    private final Promises promises;
    private final Applying applying;
    private final Expiry expiry;
    private final Acks acks;
    private final WriteResolver resolver;
    private final Endings endings;
    private final Reverts reverts;
    private final Followers followers;
    private final Following following;
    private final Fences fences;
    private final Deque<Submission> intake = new ArrayDeque<>();
    private final Inbox inbox = new Inbox();

    private volatile boolean ticked;

    /** Written by the writer, read by anyone. */
    private volatile boolean waiting;

    private volatile long committedIndex;
    private volatile long masterEpoch;
    private volatile long startedEpoch;
    private volatile Assignment assignment;

    /** The quorum of this mastership, null while it has not begun. */
    private QuorumTracker quorum;

    /** A mastership that is to begin, or to go on in another set, as soon as the log takes its start. */
    private Assignment toStart;

    /** The highest epoch that this run was master of and is no more: it is never stamped again (E1). */
    private long endedEpoch;

    /** Whether a snapshot is on its way here; the log grows no further meanwhile. */
    private boolean rebuilding;

    private Runnable whenQuiet;

    private HandingOver handingOver;
    private Runnable whenDrained;
    private long durableBefore;
    private long leaseSeenNanos;

    /** The group that is being filled or appended, else null: its requests are nowhere else. */
    private WriteGroup filling;

    /** A hand-over under way (E12). */
    private record HandingOver(
            NodeId target, long deadlineNanos, CompletableFuture<NodeApi.HandedOver> answer) {}

    /** A recovered tablet: its store stands at {@code applied}, the tail after it waits (L2). */
    WritePipeline(Parts parts, TabletRecovery.Recovered recovered) {
        this.parts = parts;
        this.env = parts.env();
        this.role = new Role(parts.tablet());
        this.log = new LogEnd(parts.tablet(), env, parts.history(), recovered);
        this.promises = new Promises(parts.tablet(), env, this::command, recovered.promisedEpoch());
        this.applying = new Applying(parts.tablet(), env, recovered);
        this.expiry =
                new Expiry(parts.settings().expiryIntervalMillis(), parts.settings().expiryRows());
        this.acks = new Acks(parts, parts.settings().mailboxOperations());
        this.resolver = new WriteResolver(parts, log.head(), expiry, acks);
        this.endings = new Endings(parts, intake, applying.inFlight(), acks);
        this.reverts = new Reverts(parts, log.head(), expiry, this::appendAlone);
        this.followers =
                new Followers(
                        parts.tablet(), env, parts.replication(), log, parts.time(), this::command);
        this.following =
                new Following(
                        parts.tablet(),
                        env,
                        parts.replication(),
                        log,
                        promises,
                        parts.time(),
                        new FollowingEvents());
        this.fences =
                new Fences(
                        parts.tablet(),
                        log,
                        promises,
                        parts.grant(),
                        parts.time(),
                        parts.firstFenceNanos());
        this.committedIndex = recovered.applied().index();
        this.durableBefore = log.durableIndex();
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
        return masterEpoch;
    }

    /** The epoch whose EPOCH_START this master knows committed, else 0. */
    long startedEpoch() {
        return startedEpoch;
    }

    /** What the newest map says of it, null before the first. */
    Assignment assignment() {
        return assignment;
    }

    long appendedIndex() {
        return log.appendedIndex();
    }

    long durableIndex() {
        return log.durableIndex();
    }

    long committedIndex() {
        return committedIndex;
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
        return reverts.lastIndex();
    }

    List<MetaApi.Follower> followerFigures() {
        return followers.figures(env.clock().monotonicNanos());
    }

    /** Whether something here has a deadline or is to be retried, so that ticks are wanted. */
    boolean waiting() {
        return waiting;
    }

    /** Whether a sync has been pending for so long that no lease is asked for or granted (L3). */
    boolean stalled(long nowNanos) {
        long since = log.stalledSinceNanos();
        return since != Long.MAX_VALUE
                && nowNanos - since >= parts.replication().stalledSyncMillis() * 1_000_000L;
    }

    boolean expiryDue(long nowMillis) {
        return role.state() == TabletState.SERVING
                && env.earliestExpiry().orElse(Long.MAX_VALUE) <= nowMillis;
    }

    void tick() {
        ticked = true;
        env.wake();
    }

    /** What a newer map says of this replica; a mastership is taken up only if it names this run (E1). */
    void assign(Assignment newer) {
        command(() -> obey(newer));
    }

    /** A message of another replica of this tablet. */
    void receive(NodeId from, ReplicaMessage message) {
        if (inbox.message(message, () -> take(from, message))) {
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
        command(() -> fence(epoch, answer));
        return answer;
    }

    /** Asks the master of an epoch to bring a follower to its head and to give up (E12). */
    CompletableFuture<NodeApi.HandedOver> handOver(long epoch, NodeId target) {
        CompletableFuture<NodeApi.HandedOver> answer = new CompletableFuture<>();
        command(() -> handOver(epoch, target, answer));
        return answer;
    }

    /** Gives a mastership that others can take to the follower that is nearest, then runs the task. */
    void handOverToBest(Runnable whenDone) {
        command(
                () -> {
                    Follower best = followers.nearest();
                    CompletableFuture<NodeApi.HandedOver> answer = new CompletableFuture<>();
                    answer.thenAccept(done -> whenDone.run());
                    if (best == null) {
                        answer.complete(new NodeApi.HandedOver(false, "nobody follows"));
                    } else {
                        handOver(masterEpoch, best.node(), answer);
                    }
                });
    }

    /**
     * A snapshot of a position waits to take the store's place: runs the task on the writer's thread once
     * nothing is on its way to log or store, and nothing will be.
     *
     * @param otherwise runs instead when the snapshot is of no use any more
     */
    void replaceStore(long index, Runnable whenIsQuiet, Runnable otherwise) {
        command(
                () -> {
                    if (!role.state().follows() || index <= applied().index()) {
                        rebuilding = false;
                        otherwise.run();
                    } else {
                        role.become(TabletState.REBUILDING);
                        able();
                        following.end();
                        whenQuiet = whenIsQuiet;
                    }
                });
    }

    /** No snapshot takes the store's place: the master says what is next. */
    void notReplaced() {
        command(
                () -> {
                    rebuilding = false;
                    if (role.state() == TabletState.REBUILDING) {
                        role.rest();
                        able();
                    }
                });
    }

    /** An admitted read begins to wait for an index. */
    void await(ReadWaits.Wait wait) {
        command(() -> addWait(wait));
    }

    /** Takes no new write, finishes those it has, then runs the task on the writer's thread. */
    void drain(Runnable whenDone) {
        command(
                () -> {
                    if (role.state() == TabletState.SERVING) {
                        role.become(TabletState.DRAINING);
                    }
                    whenDrained = whenDone;
                });
    }

    /** Ends for good: nothing touches the store after {@code whenDone} ran. */
    void close(Runnable whenDone) {
        command(
                () -> {
                    role.become(TabletState.CLOSED);
                    forget(parts.failures().refusal(TabletState.CLOSED));
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
            stop(failed);
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
        commitAndApply();
        endFailedAppends();
        if (tick) {
            tend(nowNanos);
        }
        startWhatIsToStart();
        parts.mailbox().drainTo(intake::add);
        while (mayAppend() && !intake.isEmpty() && writeGroup(nowNanos)) {
            log.look();
            commitAndApply();
        }
        refuseWhatCannotBeTaken();
        tellOthers(nowNanos);
        finishHandingOver(nowNanos);
        if (whenQuiet != null && log.appendsInFlight() == 0) {
            Runnable task = whenQuiet;
            whenQuiet = null;
            task.run();
        }
        waiting = isWaiting();
        finishDraining();
    }

    private boolean isWaiting() {
        boolean masters = role.state().masters();
        return !intake.isEmpty()
                || masters && !applying.inFlight().isEmpty()
                || masters && followers.waiting(committedIndex)
                || applying.stalledBy() != null
                || !acks.isEmpty()
                || !parts.waits().isEmpty()
                || promises.isWaiting()
                || toStart != null
                || handingOver != null
                || !fences.isEmpty();
    }

    private void finishDraining() {
        TabletState state = role.state();
        boolean done = intake.isEmpty() && applying.inFlight().isEmpty();
        if (whenDrained != null
                && (state != TabletState.DRAINING
                        || done && parts.mailbox().operations() == 0 && acks.isEmpty())) {
            Runnable task = whenDrained;
            whenDrained = null;
            task.run();
        }
    }

    private void obeyOrders() {
        Runnable order = inbox.poll();
        while (order != null) {
            order.run();
            order = inbox.poll();
        }
    }

    private void commitAndApply() {
        if (quorum != null) {
            quorum.durable(QuorumTracker.SELF, log.durableIndex());
            committedIndex = Math.max(committedIndex, quorum.committed());
            acks.answerLate();
        } else if (role.state().follows()) {
            committedIndex =
                    Math.max(committedIndex, Math.min(following.committable(), log.durableIndex()));
        }
        apply();
        if (quorum != null && role.state() != TabletState.TAKING_OVER) {
            acks.answerEarly(applying.inFlight());
        }
    }

    /** L1: what is committed, and durable here, and nothing else, goes to the store. */
    private void apply() {
        long upTo = Math.min(committedIndex, log.durableIndex());
        if (role.state().ended()
                || role.state() == TabletState.REBUILDING
                || !applying.behind(upTo)) {
            return;
        }
        try {
            int entries = applying.apply(upTo, this::settle);
            if (entries > 0) {
                parts.observer().applied(parts.tablet(), entries);
            }
            parts.waits().applied(applied().index());
        } catch (EblaException failed) {
            if (failed.code() != ErrorCode.DISK_FAILED) {
                throw failed;
            }
            failDisk(failed);
        }
    }

    private void settle(PendingEntry entry) {
        parts.overlay().applied(entry);
        parts.idempotency().remove(entry);
        EntryKind kind = entry.entry().kind();
        if (kind.equals(EntryKind.EXPIRE)) {
            expiry.end();
        } else if (kind.equals(EntryKind.EPOCH_START)
                && quorum != null
                && entry.entry().epoch() == masterEpoch) {
            begun();
        }
        for (Answer answer = entry.firstAnswer(); answer != null; answer = answer.next) {
            acks.settled(answer, entry.index());
        }
    }

    private void begun() {
        startedEpoch = masterEpoch;
        if (role.state() == TabletState.TAKING_OVER) {
            role.become(TabletState.SERVING);
            leaseSeenNanos = env.clock().monotonicNanos();
            LOG.log(
                    Level.INFO,
                    "tablet {0}: master of epoch {1} from entry {2} on",
                    parts.tablet(),
                    masterEpoch,
                    quorum.epochStart());
        }
    }

    // ---------------------------------------------------------------- writes

    private boolean mayAppend() {
        TabletState state = role.state();
        TabletSettings settings = parts.settings();
        return (state == TabletState.SERVING || state == TabletState.DRAINING)
                && applying.stalledBy() == null
                && log.failed() == null
                && log.appendsInFlight() < settings.groupsInFlight()
                && applying.inFlight().size() < GROUPS_UNCOMMITTED * settings.groupOperations()
                && applying.bytes() < GROUPS_UNCOMMITTED * settings.groupBytes()
                && !cutOff();
    }

    /** Drain, check, stamp, append; false when nothing more can be taken now. */
    private boolean writeGroup(long nowNanos) {
        long epochBefore = log.head().lastEpoch();
        long indexBefore = log.head().lastIndex();
        WriteGroup group = new WriteGroup(parts.time().nowMillis(), nowNanos);
        filling = group;
        boolean more = fill(group, nowNanos);
        if (!group.isEmpty()) {
            group.offer();
            append(group, epochBefore, indexBefore);
        }
        filling = null;
        return more;
    }

    private boolean fill(WriteGroup group, long nowNanos) {
        while (!intake.isEmpty() && !group.full(parts.settings())) {
            Submission submission = intake.peek();
            if (submission.nextRequest().deadlineNanos() - nowNanos <= 0) {
                endings.refuseNext(submission, parts.failures().deadlineBeforeStart());
            } else {
                WriteResolver.Progress progress =
                        resolver.resolve(submission, group, committedIndex);
                if (progress == WriteResolver.Progress.BEHIND_EXPIRY) {
                    return false;
                }
                if (progress == WriteResolver.Progress.COLD) {
                    warm(intake.poll());
                    continue;
                }
                submission.advance();
            }
            if (submission.exhausted()) {
                parts.mailbox().release(intake.poll());
            }
        }
        return true;
    }

    /** Reads what a submission needs on a read thread, so that the writer finds it in memory. */
    private void warm(Submission submission) {
        try {
            env.read(
                    () -> {
                        submission.warm(env);
                        parts.mailbox().reoffer(submission);
                        env.wake();
                    });
        } catch (RejectedExecutionException full) {
            EblaException overloaded =
                    parts.failures().overloaded("too many reads wait for the disk");
            endings.refuse(submission, overloaded);
        }
    }

    private void append(WriteGroup group, long epochBefore, long indexBefore) {
        try {
            log.append(group.batch(), epochBefore, indexBefore);
        } catch (EblaException refused) {
            endings.takeBack(group.entries(), refused);
            parts.waits().rewind(indexBefore);
            endings.refuseIntake(refused);
            return;
        }
        for (PendingEntry entry : group.entries()) {
            parts.overlay().accepted(entry);
            applying.add(entry);
        }
        parts.observer().appended(parts.tablet(), group.operations(), group.bytes());
    }

    /** Appends an entry that the head was moved over already; false when the log does not take it. */
    private boolean appendAlone(PendingEntry entry) {
        WriteGroup group = new WriteGroup(0, 0);
        group.add(entry, 0, 0);
        append(group, entry.entry().previousEpoch(), entry.index() - 1);
        return log.head().lastIndex() == entry.index();
    }

    /** What time does to a tablet: deadlines pass, stalls are retried, rows fall due. */
    private void tend(long nowNanos) {
        for (Endings.Overdue overdue : endings.expire(nowNanos, committedIndex)) {
            if (!mayAppend()) {
                continue;
            }
            if (reverts.attempt(overdue, committedIndex) == Reverts.Attempt.SUPERSEDED) {
                endings.ranOut(overdue.entry(), overdue.answer(), false);
            }
        }
        parts.waits().expire(nowNanos);
        promises.tick();
        if (!role.state().masters()) {
            return;
        }
        followers.tick(committedIndex, nowNanos);
        if (acks.leaseHolds()) {
            leaseSeenNanos = nowNanos;
        }
        long nowMillis = parts.time().nowMillis();
        if (role.state() == TabletState.SERVING
                && mayAppend()
                && expiry.due(env.earliestExpiry(), nowMillis, nowNanos)) {
            appendExpiry(nowMillis, nowNanos);
        }
    }

    private void appendExpiry(long nowMillis, long nowNanos) {
        LogEntry entry =
                log.head()
                        .next(
                                committedIndex,
                                nowMillis,
                                EntryKind.EXPIRE,
                                "",
                                List.of(expiry.begin(nowMillis, nowNanos)));
        if (appendAlone(new PendingEntry(entry))) {
            parts.observer().expiring(parts.tablet());
        } else {
            expiry.end();
        }
    }

    private void refuseWhatCannotBeTaken() {
        TabletState state = role.state();
        if (applying.stalledBy() != null) {
            endings.refuseIntake(applying.stalledBy());
        } else if (!state.masters()) {
            endings.refuseIntake(parts.failures().refusal(state));
        } else if (!intake.isEmpty() && state == TabletState.SERVING && cutOff()) {
            endings.refuseIntake(parts.failures().noLease());
        }
    }

    /** Whether there has been no lease for so long that taking more writes would only lose them. */
    private boolean cutOff() {
        long patience = 2 * parts.replication().leaseNanos();
        return env.clock().monotonicNanos() - leaseSeenNanos > patience && !acks.leaseHolds();
    }

    private void addWait(ReadWaits.Wait wait) {
        TabletState state = role.state();
        if (!state.readable()) {
            parts.waits().end(wait, parts.failures().refusal(state));
            return;
        }
        long index = wait.strong() ? Math.min(wait.index(), log.head().lastIndex()) : wait.index();
        if (state == TabletState.DISK_FAILED || index <= applied().index()) {
            parts.waits().end(wait, null);
            return;
        }
        if (wait.strong() && !state.servesStrongReads()) {
            parts.waits().end(wait, parts.failures().refusal(state));
            return;
        }
        parts.waits().add(wait.until(index));
    }

    // ---------------------------------------------------------------- beginnings

    private void obey(Assignment newer) {
        assignment = newer;
        role.rests(newer.opened(), newer.learner());
        able();
        if (newer.mine() && newer.opened()) {
            if (newer.epoch() > masterEpoch) {
                beMaster(newer);
            } else if (quorum != null
                    && newer.epoch() == masterEpoch
                    && !quorum.set().equals(newer.replicas())) {
                regroup(newer.replicas());
            } else if (toStart != null && newer.epoch() == toStart.epoch()) {
                toStart = newer;
            }
        } else if (role.state().masters()
                && newer.epoch() > masterEpoch
                && newer.master() != null) {
            stepDown(newer.epoch());
        }
    }

    private void beMaster(Assignment newer) {
        TabletState state = role.state();
        if (promises.accepted() > newer.epoch()
                || log.lastEpoch() >= newer.epoch()
                || endedEpoch >= newer.epoch()) {
            return;
        }
        if (state.follows()) {
            role.become(TabletState.TAKING_OVER);
            able();
            following.end();
            masterEpoch = newer.epoch();
            toStart = newer;
            parts.lease().begin(newer.replicas(), newer.epoch());
            parts.grant().promise(newer.epoch());
            promises.raise(newer.epoch());
            env.beatSoon();
        } else if (state.masters()) {
            toStart = newer;
        }
    }

    /** The promise comes first: no append of a lower epoch is taken from then on (E4). */
    private void startWhatIsToStart() {
        if (toStart == null || log.failed() != null) {
            return;
        }
        TabletState state = role.state();
        if (state == TabletState.TAKING_OVER && quorum == null) {
            if (promises.isDurable(toStart.epoch())) {
                startEpoch(toStart);
            } else if (promises.failure() != null) {
                parts.lease().end();
                endMastership();
                role.rest();
                able();
            }
        } else if (state == TabletState.SERVING && toStart.epoch() > masterEpoch) {
            startEpoch(toStart);
        }
    }

    /**
     * E11: with this entry the inherited tail counts. A master whose set changes goes on from one epoch to
     * the next by itself, its lease and its followers with it (E3). Refused by the log, it is tried again
     * at the next tick.
     */
    private void startEpoch(Assignment start) {
        LogHead head = log.head();
        long epochBefore = head.lastEpoch();
        long indexBefore = head.lastIndex();
        if (head.epoch() < start.epoch()) {
            head.begin(start.epoch());
        }
        LogEntry entry =
                head.next(
                        committedIndex,
                        parts.time().nowMillis(),
                        EntryKind.EPOCH_START,
                        "",
                        List.of());
        try {
            log.append(LogBatch.of(List.of(entry)), epochBefore, indexBefore);
        } catch (EblaException refused) {
            LOG.log(
                    Level.WARNING,
                    "tablet {0} cannot begin epoch {1} yet: {2}",
                    parts.tablet(),
                    start.epoch(),
                    refused);
            return;
        }
        toStart = null;
        masterEpoch = start.epoch();
        promises.appended(start.epoch());
        parts.grant().promise(start.epoch());
        QuorumTracker tracker =
                quorum == null
                        ? new QuorumTracker(start.replicas(), committedIndex)
                        : quorum.change(start.replicas());
        tracker.begin(entry.index());
        follow(tracker);
        applying.add(new PendingEntry(entry));
    }

    /** The same epoch with other learners, or with a replica change that is over. */
    private void regroup(ReplicaSet set) {
        follow(quorum.change(set));
    }

    private void follow(QuorumTracker tracker) {
        quorum = tracker;
        acks.begin(tracker);
        followers.begin(tracker, masterEpoch);
        parts.lease().change(tracker.set());
        env.beatSoon();
    }

    // ---------------------------------------------------------------- other replicas

    private void take(NodeId from, ReplicaMessage message) {
        if (message instanceof ReplicaMessage.Append append) {
            take(from, append);
        } else if (message instanceof ReplicaMessage.Appended answer) {
            if (quorum != null) {
                followers.receive(answer, env.clock().monotonicNanos());
                if (followers.quorumLost()) {
                    stepDown(answer.promisedEpoch());
                }
            }
        } else if (message instanceof ReplicaMessage.Rebuild rebuild) {
            if (isMine(rebuild.to())
                    && role.state().follows()
                    && rebuild.epoch() >= promises.accepted()
                    && !rebuilding) {
                rebuilding = true;
                env.rebuild(from);
            }
        } else if (message instanceof ReplicaMessage.Released released) {
            if (isMine(released.to())) {
                parts.grant().release(released.epoch());
            }
        }
    }

    private boolean isMine(io.ebla.core.cluster.ReplicaId replica) {
        return assignment != null && assignment.replicas().self().id().equals(replica);
    }

    private void take(NodeId from, ReplicaMessage.Append append) {
        TabletState state = role.state();
        if (assignment == null || state == TabletState.OPEN || state == TabletState.CLOSED) {
            return;
        }
        if (!isMine(append.to())) {
            following.refuse(from, append, ReplicaMessage.Result.ABSENT);
        } else if (append.epoch() < promises.accepted()) {
            following.refuse(from, append, ReplicaMessage.Result.FENCED);
        } else if (state.ended() || rebuilding || log.failed() != null) {
            following.refuse(from, append, ReplicaMessage.Result.UNABLE);
        } else {
            if (state.masters()) {
                if (append.epoch() <= masterEpoch) {
                    throw new IllegalStateException(
                            from + " masters epoch " + append.epoch() + " as this replica does");
                }
                stepDown(append.epoch());
            }
            parts.grant().promise(append.epoch());
            following.receive(from, append);
        }
    }

    /** The end of a turn: what others want to know of this replica. */
    private void tellOthers(long nowNanos) {
        if (quorum != null) {
            followers.pump(committedIndex, nowNanos);
        }
        if (durableBefore != log.durableIndex()) {
            durableBefore = log.durableIndex();
            following.durable();
        }
        if (role.state().follows()) {
            following.answer();
        }
        if (!fences.isEmpty()) {
            fences.answer(assignment.replicas(), committedIndex, nowNanos);
        }
    }

    private final class FollowingEvents implements Following.Events {

        @Override
        public long committedIndex() {
            return committedIndex;
        }

        @Override
        public void appended(List<LogEntry> entries) {
            for (LogEntry entry : entries) {
                applying.add(new PendingEntry(entry));
            }
        }

        @Override
        public void cut(long lastIndexKept) {
            LOG.log(
                    Level.INFO,
                    "tablet {0}: its log is cut behind entry {1}, as its master''s is another",
                    parts.tablet(),
                    lastIndexKept);
            applying.cut(lastIndexKept);
        }

        @Override
        public void diverged(String how) {
            LOG.log(Level.ERROR, "tablet {0} stops: {1}", parts.tablet(), how);
            role.become(TabletState.CORRUPTED);
            able();
            forget(parts.failures().refusal(TabletState.CORRUPTED));
        }
    }

    // ---------------------------------------------------------------- fences and hand-overs

    private void fence(long epoch, CompletableFuture<NodeApi.FenceAnswer> answer) {
        TabletState state = role.state();
        if (assignment == null || state == TabletState.OPEN || state == TabletState.LEARNER) {
            answer.complete(fences.none(NodeApi.FenceResult.ABSENT));
            return;
        }
        if (state.ended() || state == TabletState.REBUILDING) {
            answer.complete(fences.none(NodeApi.FenceResult.NOT_NOW));
            return;
        }
        boolean begun = log.lastEpoch() >= epoch || following.epoch() >= epoch;
        if (!begun && epoch >= promises.accepted() && epoch > masterEpoch) {
            parts.grant().promise(epoch);
            promises.raise(epoch);
            stepDown(epoch);
            fences.add(epoch, answer);
        } else {
            answer.complete(fences.refused(assignment.replicas(), committedIndex));
        }
    }

    private void handOver(long epoch, NodeId target, CompletableFuture<NodeApi.HandedOver> answer) {
        Follower follower = followers.on(target);
        String refusal = null;
        if (role.state() != TabletState.SERVING || masterEpoch != epoch || toStart != null) {
            refusal = "this replica does not serve epoch " + epoch;
        } else if (follower == null
                || !ReplicaSet.contains(quorum.set().members(), follower.peer().id())) {
            refusal = target + " holds no member";
        } else if (follower.state() != Follower.State.STREAMING) {
            refusal = target + " does not follow";
        }
        if (refusal != null) {
            answer.complete(new NodeApi.HandedOver(false, refusal));
            return;
        }
        long patience = parts.replication().handOverMillis() * 1_000_000L;
        role.become(TabletState.HANDING_OVER);
        handingOver = new HandingOver(target, env.clock().monotonicNanos() + patience, answer);
    }

    /** E12: once the target has the whole log and nothing is open, the lease is given up for good. */
    private void finishHandingOver(long nowNanos) {
        if (handingOver == null || role.state() != TabletState.HANDING_OVER) {
            return;
        }
        Follower target = followers.on(handingOver.target());
        if (target != null
                && target.matched() == log.appendedIndex()
                && applying.inFlight().isEmpty()) {
            CompletableFuture<NodeApi.HandedOver> answer = handingOver.answer();
            handingOver = null;
            long epoch = masterEpoch;
            parts.lease().end();
            for (ReplicaSet.Peer peer : quorum.set().others()) {
                env.send(
                        peer.node(), new ReplicaMessage.Released(parts.tablet(), epoch, peer.id()));
            }
            stepDown(epoch);
            answer.complete(new NodeApi.HandedOver(true, "epoch " + epoch + " is given up"));
        } else if (target == null || nowNanos - handingOver.deadlineNanos() >= 0) {
            endHandingOver("the target did not reach the head in time");
            role.become(TabletState.SERVING);
            env.wake();
        }
    }

    private void endHandingOver(String why) {
        if (handingOver != null) {
            handingOver.answer().complete(new NodeApi.HandedOver(false, why));
            handingOver = null;
        }
    }

    // ---------------------------------------------------------------- ends

    /**
     * Somebody else is, or will be, master: what is in flight ends unknown, the overlay and all who wait
     * are let go; the log stays, and is cut when its new master says so.
     */
    private void stepDown(long forEpoch) {
        if (!role.state().masters()) {
            return;
        }
        LOG.log(
                Level.INFO,
                "tablet {0}: epoch {1} ends here, for epoch {2}",
                parts.tablet(),
                masterEpoch,
                forEpoch);
        EblaException cause = parts.failures().steppedDown();
        parts.lease().end();
        parts.waits().endAll(cause);
        endings.loseInFlight(cause);
        acks.end();
        parts.mailbox().drainTo(intake::add);
        endings.refuseIntake(cause);
        applying.bare();
        parts.overlay().clear();
        parts.idempotency().clear();
        expiry.end();
        endHandingOver("a higher epoch came");
        endMastership();
        role.rest();
        able();
    }

    private void endMastership() {
        followers.end();
        quorum = null;
        endedEpoch = Math.max(endedEpoch, masterEpoch);
        masterEpoch = 0;
        startedEpoch = 0;
        toStart = null;
        following.end();
    }

    /** Whether it may grant leases: only a healthy member that follows (E9). */
    private void able() {
        parts.grant().able(role.state() == TabletState.FOLLOWER);
    }

    /**
     * The oldest append in flight failed, so none after it follows the log. What was certainly never
     * written is taken back once all have ended; after a failed sync nobody knows what was.
     */
    private void endFailedAppends() {
        AppendsInFlight.Append failed = log.failed();
        if (failed == null) {
            return;
        }
        RuntimeException cause = AppendsInFlight.failure(failed);
        if (!AppendsInFlight.neverWritten(failed)) {
            if (!(cause instanceof EblaException)) {
                throw cause;
            }
            failDisk(cause);
        } else if (failed.batch() == null) {
            throw cause;
        } else if (log.allEnded()) {
            takeBackUnwritten(failed, (EblaException) cause);
        }
    }

    private void takeBackUnwritten(AppendsInFlight.Append first, EblaException cause) {
        if (!followers.isEmpty()) {
            // They may hold what is taken back here: this epoch is never stamped again (E1).
            stepDown(masterEpoch);
        }
        List<PendingEntry> unwritten = applying.cut(first.indexBefore());
        log.takeBack(first);
        following.lost(first.indexBefore());
        durableBefore = log.durableIndex();
        endings.takeBack(unwritten, cause);
        parts.overlay().rebuild(applying.inFlight());
        parts.waits().rewind(first.indexBefore());
        parts.waits().applied(applied().index());
        expiry.end();
        endings.refuseIntake(cause);
        if (role.state() == TabletState.TAKING_OVER && quorum != null) {
            Assignment again = assignment;
            quorum = null;
            followers.end();
            toStart = again;
        }
        if (cause.code() == ErrorCode.DISK_FAILED) {
            failDisk(cause);
        } else if (cause.code() == ErrorCode.NO_MASTER && role.state().masters()) {
            stepDown(promises.accepted());
        }
    }

    /**
     * L3: what is in flight ends unknown, new writes are refused, reads of what is applied go on while
     * there is a lease. Not if something committed was never applied: readers may know of it, and no
     * later epoch may be begun over its gap, so the tablet stops until a restart replays its log.
     */
    private void failDisk(RuntimeException cause) {
        if (role.state().ended()) {
            return;
        }
        boolean gap = applying.behind(committedIndex);
        boolean served = role.state().servesStrongReads();
        LOG.log(
                Level.ERROR,
                "tablet {0}: its disk failed: {1}",
                parts.tablet(),
                cause.getMessage());
        role.become(gap ? TabletState.BROKEN : TabletState.DISK_FAILED);
        able();
        if (!served) {
            parts.lease().end();
        }
        forget(parts.failures().diskFailed());
        parts.waits().endAll(null);
    }

    private void stop(Throwable failed) {
        LOG.log(Level.ERROR, "tablet " + parts.tablet() + " stops: a check failed", failed);
        role.become(TabletState.BROKEN);
        try {
            able();
            forget(parts.failures().refusal(TabletState.BROKEN));
        } catch (RuntimeException | Error again) {
            LOG.log(Level.ERROR, "tablet " + parts.tablet() + " cannot end what waits", again);
        }
    }

    /** Ends all that is in flight or waits, and what readers would wait for. */
    private void forget(EblaException cause) {
        if (role.state() != TabletState.DISK_FAILED) {
            parts.waits().endAll(cause);
            parts.lease().end();
        }
        endings.loseInFlight(cause);
        acks.end();
        if (filling != null) {
            endings.loseGroup(filling, cause);
            filling = null;
        }
        parts.mailbox().drainTo(intake::add);
        endings.refuseIntake(cause);
        applying.clear();
        parts.overlay().clear();
        parts.idempotency().clear();
        log.forget();
        expiry.end();
        promises.forget();
        endHandingOver("the replica stopped");
        fences.end(NodeApi.FenceResult.NOT_NOW);
        endMastership();
    }
}
