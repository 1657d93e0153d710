package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.oplog.Oplog;
import io.ebla.tabletserver.tablet.PendingEntry.Answer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;

/**
 * The one writer of a tablet: every write passes through here, in turns of {@link #run}, which is
 * never called twice at a time. So there is no lock inside, and no thread ever waits in it.
 *
 * <p>One turn:
 *
 * <ol>
 *   <li><b>commit</b>: how far the log is durable goes to the {@link QuorumTracker}; what a quorum
 *       holds is committed.
 *   <li><b>apply</b>: the committed entries in one {@code apply}; then their rows leave the overlay.
 *   <li><b>reply</b>: their answers, and those that waited for them, are collected.
 *   <li><b>drain</b>: what waits in the mailbox is taken in groups, bounded in operations and bytes.
 *   <li><b>check</b>: idempotency, then conditions, against the overlay first and the store second.
 *   <li><b>stamp</b>: (epoch, index), one timestamp for the group, and the mutations resolved for
 *       good ({@link WriteResolver}).
 *   <li><b>append</b>: one {@code append} for the group; its sync ends in another turn.
 *   <li>Last, the answers are handed over, one task for each executor.
 * </ol>
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@code applied <= committed <= appended}, and each only rises. Only committed entries reach
 *       the store (L1), so nothing there is ever taken back.
 *   <li>A row leaves the overlay after the store holds it, so it is always in one of them (W3).
 *   <li>No answer precedes what it rests on: a result, a failed condition and a found duplicate all
 *       hang on the last entry they saw until that is applied (W2).
 *   <li>Nothing of an older epoch counts before this epoch's EPOCH_START is committed (E11); until
 *       that is applied the tablet serves nobody.
 *   <li>A refused append never was: its entries, the overlay and the indexes go back as one. An
 *       accepted one is never taken back; if the disk fails its outcome is unknown (L3).
 *   <li>At most {@code groupsInFlight} appends wait for their sync. That bounds the overlay, and
 *       while they wait the next group grows: the slower the disk, the larger the groups.
 * </ul>
 *
 * <p>A failed invariant stops the tablet (BROKEN); it never goes on in silence. The simpler design
 * that lost is a lock around each write: it blocks the caller's thread, syncs once a write, and cannot
 * be simulated.
 */
final class WritePipeline implements Runnable {

    private static final Logger LOG = System.getLogger(WritePipeline.class.getName());
    private static final int SELF = 0;
    private static final int COMMAND_CHUNK = 32;

    /** What the pipeline works with, shared with the read path and the facade. */
    record Parts(
            TabletId tablet,
            NodeId self,
            Env env,
            TabletSettings settings,
            TabletTime time,
            Mailbox mailbox,
            Overlay overlay,
            Idempotency idempotency,
            ReadWaits waits,
            Replies replies,
            Failures failures,
            EpochHistory history,
            TabletObserver observer) {}

    private final Parts parts;
    private final Env env;
    private final LogHead head;
    private final QuorumTracker quorum;
    private final Expiry expiry;
    private final WriteResolver resolver;
    private final Endings endings;
    private final Deque<Submission> intake = new ArrayDeque<>();
    private final Deque<PendingEntry> inFlight = new ArrayDeque<>();
    private final AppendsInFlight appends;
    private final MpscUnboundedAtomicArrayQueue<Runnable> commands =
            new MpscUnboundedAtomicArrayQueue<>(COMMAND_CHUNK);

    private volatile boolean ticked;

    /** Written by the writer, read by anyone. */
    private volatile TabletState state = TabletState.OPEN;

    private volatile boolean waiting;
    private volatile long epoch;
    private volatile long appendedIndex;
    private volatile long committedIndex;
    private volatile Position applying;
    private volatile Position applied;

    private EblaException stalledBy;
    private long epochToPromise;
    private long epochToStart;
    private long epochWanted;
    private Runnable whenDrained;

    /** The group that is being filled or appended, else null: its requests are nowhere else. */
    private WriteGroup filling;

    /** A recovered tablet: its store stands at {@code applied}, the tail after it waits (L2). */
    WritePipeline(Parts parts, TabletRecovery.Recovered recovered) {
        this.parts = parts;
        this.env = parts.env();
        this.head = new LogHead(parts.tablet(), recovered.lastEpoch(), recovered.lastIndex());
        this.quorum = new QuorumTracker(1, recovered.applied().index());
        this.expiry =
                new Expiry(parts.settings().expiryIntervalMillis(), parts.settings().expiryRows());
        this.resolver = new WriteResolver(parts, head, expiry);
        for (LogEntry entry : recovered.tail()) {
            inFlight.add(new PendingEntry(entry));
        }
        this.appends = new AppendsInFlight(env::wake, recovered.lastIndex());
        this.appendedIndex = recovered.lastIndex();
        this.epoch = recovered.lastEpoch();
        this.committedIndex = recovered.applied().index();
        this.applied =
                new Position(
                        parts.tablet(), recovered.applied().epoch(), recovered.applied().index());
        this.applying = applied;
        this.endings = new Endings(parts, intake, inFlight);
    }

    // ---------------------------------------------------------------- from any thread

    TabletState state() {
        return state;
    }

    /** The epoch of the last entry; 0 for an empty log. */
    long epoch() {
        return epoch;
    }

    long appendedIndex() {
        return appendedIndex;
    }

    long committedIndex() {
        return committedIndex;
    }

    /** What every reader of the store is sure to see. */
    Position applied() {
        return applied;
    }

    /** What a reader of the store may have seen: at least {@link #applied}, and committed. */
    Position visible() {
        return applying;
    }

    /** Whether something here has a deadline or is to be retried, so that ticks are wanted. */
    boolean waiting() {
        return waiting;
    }

    boolean expiryDue(long nowMillis) {
        return state == TabletState.SERVING
                && env.earliestExpiry().orElse(Long.MAX_VALUE) <= nowMillis;
    }

    void tick() {
        ticked = true;
        env.wake();
    }

    /** Becomes master of an epoch that names this incarnation (E1). */
    void takeOver(long epoch) {
        command(() -> promise(epoch));
    }

    /** An admitted read begins to wait for an index. */
    void await(ReadWaits.Wait wait) {
        command(() -> addWait(wait));
    }

    /** Takes no new write, finishes those it has, then runs the task on the writer's thread. */
    void drain(Runnable whenDone) {
        command(
                () -> {
                    if (state == TabletState.SERVING) {
                        state = TabletState.DRAINING;
                    }
                    whenDrained = whenDone;
                });
    }

    /** Ends for good: nothing touches the store after {@code whenDone} ran. */
    void close(Runnable whenDone) {
        command(
                () -> {
                    state = TabletState.CLOSED;
                    forget(parts.failures().refusal(state));
                    whenDone.run();
                });
    }

    private void command(Runnable command) {
        commands.offer(command);
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
        obeyCommands();
        commit();
        apply();
        AppendsInFlight.Append failed = appends.failed();
        if (failed != null) {
            endFailedAppends(failed);
        }
        if (tick) {
            tend(nowNanos);
        }
        parts.mailbox().drainTo(intake::add);
        while (mayAppend() && !intake.isEmpty() && writeGroup(nowNanos)) {
            commit();
        }
        refuseWhatCannotBeTaken();
        waiting =
                !intake.isEmpty()
                        || !inFlight.isEmpty()
                        || !parts.waits().isEmpty()
                        || epochToPromise != 0
                        || epochToStart != 0;
        finishDraining();
    }

    private void finishDraining() {
        boolean done = !waiting && parts.mailbox().operations() == 0;
        if (whenDrained != null && (done || state != TabletState.DRAINING)) {
            Runnable task = whenDrained;
            whenDrained = null;
            task.run();
        }
    }

    private void obeyCommands() {
        Runnable command = commands.relaxedPoll();
        while (command != null) {
            command.run();
            command = commands.relaxedPoll();
        }
    }

    private void commit() {
        quorum.durable(SELF, appends.durableIndex());
        committedIndex = quorum.committed();
    }

    /** L1: what is committed, and nothing else, goes to the store. */
    private void apply() {
        if (inFlight.isEmpty() || inFlight.peek().index() > committedIndex) {
            return;
        }
        long alreadyIn = stalledBy == null ? 0 : env.applied().index();
        List<LogEntry> run = new ArrayList<>(inFlight.size());
        LogEntry last = null;
        for (PendingEntry pending : inFlight) {
            if (pending.index() > committedIndex) {
                break;
            }
            last = pending.entry();
            if (last.index() > alreadyIn) {
                run.add(last);
            }
        }
        applying = new Position(parts.tablet(), last.epoch(), last.index());
        try {
            if (!run.isEmpty()) {
                env.apply(run);
            }
            stalledBy = null;
        } catch (EblaException refused) {
            if (refused.code() == ErrorCode.DISK_FULL) {
                stalledBy = refused;
            } else if (refused.code() == ErrorCode.DISK_FAILED) {
                failDisk(refused);
            } else {
                throw refused;
            }
            return;
        }
        applied = applying;
        parts.observer().applied(parts.tablet(), run.size());
        while (!inFlight.isEmpty() && inFlight.peek().index() <= last.index()) {
            settle(inFlight.poll());
        }
        parts.waits().applied(last.index());
    }

    private void settle(PendingEntry entry) {
        parts.overlay().applied(entry);
        parts.idempotency().remove(entry);
        if (entry.entry().kind().equals(EntryKind.EXPIRE)) {
            expiry.end();
        } else if (entry.entry().kind().equals(EntryKind.EPOCH_START)
                && entry.entry().epoch() == head.epoch()
                && state == TabletState.TAKING_OVER) {
            state = TabletState.SERVING;
            promise(epochWanted);
        }
        for (Answer answer = entry.firstAnswer(); answer != null; answer = answer.next) {
            if (!answer.given) {
                answer.given = true;
                parts.replies()
                        .answer(answer.submission, answer.slot, answer.result, answer.failure);
            }
        }
    }

    private boolean mayAppend() {
        return (state == TabletState.SERVING || state == TabletState.DRAINING)
                && stalledBy == null
                && appends.failed() == null
                && appends.size() < parts.settings().groupsInFlight();
    }

    /** Drain, check, stamp, append; false when nothing more can be taken now. */
    private boolean writeGroup(long nowNanos) {
        long epochBefore = head.lastEpoch();
        long indexBefore = head.lastIndex();
        WriteGroup group = new WriteGroup(parts.time().nowMillis());
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
            append(group.logEntries(), epochBefore, indexBefore);
        } catch (EblaException refused) {
            endings.takeBack(group.entries(), refused);
            head.rewind(epochBefore, indexBefore);
            parts.waits().rewind(indexBefore);
            endings.refuseIntake(refused);
            return;
        }
        for (PendingEntry entry : group.entries()) {
            parts.overlay().accepted(entry);
            inFlight.add(entry);
        }
        parts.observer().appended(parts.tablet(), group.operations(), group.bytes());
    }

    private void append(List<LogEntry> entries, long epochBefore, long indexBefore) {
        try {
            env.append(entries, appends.begin(epochBefore, indexBefore, head.lastIndex()));
        } catch (EblaException refused) {
            appends.refused();
            throw refused;
        }
        appendedIndex = head.lastIndex();
        epoch = head.lastEpoch();
        parts.history().entry(head.lastEpoch(), entries.get(0).index());
    }

    /** What time does to a tablet: deadlines pass, stalls are retried, rows fall due. */
    private void tend(long nowNanos) {
        endings.expire(nowNanos, committedIndex);
        parts.waits().expire(nowNanos);
        if (epochToPromise != 0) {
            sendPromise();
        }
        if (epochToStart != 0) {
            startEpoch();
        }
        long nowMillis = parts.time().nowMillis();
        if (state == TabletState.SERVING
                && mayAppend()
                && expiry.due(env.earliestExpiry(), nowMillis, nowNanos)) {
            appendExpiry(nowMillis, nowNanos);
        }
    }

    private void appendExpiry(long nowMillis, long nowNanos) {
        WriteGroup group = new WriteGroup(nowMillis);
        long epochBefore = head.lastEpoch();
        long indexBefore = head.lastIndex();
        LogEntry entry =
                head.next(
                        committedIndex,
                        nowMillis,
                        EntryKind.EXPIRE,
                        "",
                        List.of(expiry.begin(nowMillis, nowNanos)));
        group.add(new PendingEntry(entry), 0, 0);
        append(group, epochBefore, indexBefore);
        if (head.lastIndex() == indexBefore) {
            expiry.end();
        } else {
            parts.observer().expiring(parts.tablet());
        }
    }

    private void addWait(ReadWaits.Wait wait) {
        if (state == TabletState.BROKEN || state == TabletState.CLOSED) {
            parts.waits().end(wait, parts.failures().refusal(state));
            return;
        }
        long index = Math.min(wait.index(), head.lastIndex());
        if (state == TabletState.DISK_FAILED || index <= applied.index()) {
            parts.waits().end(wait, null);
            return;
        }
        parts.waits().add(new ReadWaits.Wait(index, wait.deadlineNanos(), wait.end()));
    }

    // ---------------------------------------------------------------- beginnings and ends

    /** The promise comes first: no append of a lower epoch is taken from then on (E4). */
    private void promise(long newEpoch) {
        epochWanted = Math.max(epochWanted, newEpoch);
        if (newEpoch <= head.epoch()
                || (state != TabletState.OPEN && state != TabletState.SERVING)) {
            return;
        }
        state = TabletState.TAKING_OVER;
        epochToPromise = newEpoch;
        sendPromise();
    }

    private void sendPromise() {
        long newEpoch = epochToPromise;
        epochToPromise = 0;
        try {
            env.promise(newEpoch, whenPromised(newEpoch));
        } catch (EblaException refused) {
            promiseFailed(newEpoch, refused);
        }
    }

    private Oplog.AppendListener whenPromised(long newEpoch) {
        return new Oplog.AppendListener() {
            @Override
            public void durable() {
                command(
                        () -> {
                            epochToStart = newEpoch;
                            startEpoch();
                        });
            }

            @Override
            public void failed(RuntimeException cause) {
                command(() -> promiseFailed(newEpoch, cause));
            }
        };
    }

    /** Refused for a reason that passes, it is tried again at the next tick. */
    private void promiseFailed(long newEpoch, RuntimeException cause) {
        LOG.log(
                Level.ERROR,
                "tablet {0} cannot take over in epoch {1}: {2}",
                parts.tablet(),
                newEpoch,
                cause);
        if (state != TabletState.TAKING_OVER) {
            return;
        }
        if (cause instanceof EblaException refused
                && refused.code() != ErrorCode.DISK_FAILED
                && refused.code() != ErrorCode.CORRUPTED
                && refused.code() != ErrorCode.NO_MASTER) {
            epochToPromise = newEpoch;
        } else {
            state = TabletState.OPEN;
        }
    }

    /** E11: with this entry the inherited tail counts. Refused, it is tried again at the next tick. */
    private void startEpoch() {
        if (state != TabletState.TAKING_OVER || epochToStart == 0) {
            return;
        }
        long epochBefore = head.lastEpoch();
        long indexBefore = head.lastIndex();
        if (head.epoch() < epochToStart) {
            head.begin(epochToStart);
        }
        LogEntry start =
                head.next(
                        committedIndex,
                        parts.time().nowMillis(),
                        EntryKind.EPOCH_START,
                        "",
                        List.of());
        try {
            append(List.of(start), epochBefore, indexBefore);
        } catch (EblaException refused) {
            LOG.log(
                    Level.WARNING,
                    "tablet {0} cannot begin epoch {1} yet: {2}",
                    parts.tablet(),
                    epochToStart,
                    refused);
            head.rewind(epochBefore, indexBefore);
            return;
        }
        epochToStart = 0;
        quorum.begin(start.index());
        inFlight.add(new PendingEntry(start));
    }

    private void refuseWhatCannotBeTaken() {
        if (stalledBy != null) {
            endings.refuseIntake(stalledBy);
        } else if (state != TabletState.SERVING
                && state != TabletState.DRAINING
                && state != TabletState.TAKING_OVER) {
            endings.refuseIntake(parts.failures().refusal(state));
        }
    }

    /**
     * The oldest append in flight failed, so none after it follows the log. What was certainly never
     * written is taken back once all have ended; after a failed sync nobody knows what was.
     */
    private void endFailedAppends(AppendsInFlight.Append failed) {
        if (!AppendsInFlight.neverWritten(failed)) {
            if (!(AppendsInFlight.failure(failed) instanceof EblaException)) {
                throw AppendsInFlight.failure(failed);
            }
            failDisk(AppendsInFlight.failure(failed));
        } else if (appends.allEnded()) {
            takeBackUnwritten(failed, (EblaException) AppendsInFlight.failure(failed));
        }
    }

    private void takeBackUnwritten(AppendsInFlight.Append first, EblaException cause) {
        List<PendingEntry> unwritten = new ArrayList<>();
        while (!inFlight.isEmpty() && inFlight.peekLast().index() > first.indexBefore()) {
            unwritten.add(0, inFlight.pollLast());
        }
        appends.clear();
        endings.takeBack(unwritten, cause);
        parts.overlay().rebuild(inFlight);
        head.rewind(first.epochBefore(), first.indexBefore());
        appendedIndex = head.lastIndex();
        epoch = head.lastEpoch();
        parts.history().rewind(first.indexBefore());
        parts.waits().rewind(first.indexBefore());
        parts.waits().applied(applied.index());
        expiry.end();
        endings.refuseIntake(cause);
        if (state == TabletState.TAKING_OVER) {
            quorum.begin(Long.MAX_VALUE);
            epochToStart = head.epoch();
        }
        if (cause.code() == ErrorCode.DISK_FAILED) {
            failDisk(cause);
        } else if (cause.code() == ErrorCode.NO_MASTER) {
            state = TabletState.OPEN;
            epochToStart = 0;
        }
    }

    /**
     * L3: what is in flight ends unknown, new writes are refused, reads of what is applied go on. Not
     * if something committed was never applied: readers may know of it, and no later epoch may be
     * begun over its gap, so the tablet stops until a restart replays its log.
     */
    private void failDisk(RuntimeException cause) {
        if (state == TabletState.DISK_FAILED
                || state == TabletState.BROKEN
                || state == TabletState.CLOSED) {
            return;
        }
        boolean gap = !inFlight.isEmpty() && inFlight.peek().index() <= committedIndex;
        boolean served = state.servesStrongReads();
        LOG.log(
                Level.ERROR,
                "tablet {0}: its disk failed: {1}",
                parts.tablet(),
                cause.getMessage());
        if (gap) {
            state = TabletState.BROKEN;
        } else {
            state = served ? TabletState.DISK_FAILED : TabletState.OPEN;
        }
        forget(parts.failures().diskFailed());
        parts.waits().endAll(null);
    }

    private void stop(Throwable failed) {
        LOG.log(Level.ERROR, "tablet " + parts.tablet() + " stops: a check failed", failed);
        state = TabletState.BROKEN;
        try {
            forget(parts.failures().refusal(state));
        } catch (RuntimeException | Error again) {
            LOG.log(Level.ERROR, "tablet " + parts.tablet() + " cannot end what waits", again);
        }
    }

    /** Ends all that is in flight or waits, and what readers would wait for. */
    private void forget(EblaException cause) {
        if (state != TabletState.DISK_FAILED) {
            parts.waits().endAll(cause);
        }
        endings.loseInFlight(cause);
        if (filling != null) {
            endings.loseGroup(filling, cause);
            filling = null;
        }
        parts.mailbox().drainTo(intake::add);
        endings.refuseIntake(cause);
        parts.overlay().clear();
        parts.idempotency().clear();
        appends.clear();
        expiry.end();
        epochToPromise = 0;
        epochToStart = 0;
        stalledBy = null;
    }
}
