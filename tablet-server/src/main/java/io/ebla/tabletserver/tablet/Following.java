package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.replication.ReplicaMessage;
import io.ebla.tabletserver.replication.ReplicaMessage.Append;
import io.ebla.tabletserver.replication.ReplicaMessage.Appended;
import io.ebla.tabletserver.replication.ReplicaMessage.Result;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The follower's side of one tablet's log (E4, E6): takes what a master sends, and says how far it holds
 * that master's log on its disk.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>{@code verified} is how far this log is known to be that of the master of {@code epoch}: an append
 *       that follows an entry it holds has shown it, and so for all that is committed here: every later
 *       master holds that. It starts anew with every epoch. Without what is committed, a replica that was
 *       rebuilt from a snapshot would be taken to stand where it stood before, and be rebuilt for ever.
 *   <li>Acknowledged is the least of durable and verified, for this epoch only, and only once the promise
 *       of the epoch is durable: no acknowledgement of a lower one leaves after a higher is accepted.
 *   <li>Committed is the least of the master's commit index and verified, and only rises.
 *   <li>What conflicts with a master's entry is cut off first, never at or below the commit index: told to
 *       do that, the replica stops as CORRUPTED, for one of the two logs is not what it should be.
 * </ul>
 *
 * Writer only.
 */
final class Following {

    private static final Logger LOG = System.getLogger(Following.class.getName());

    private final TabletId tablet;
    private final Env env;
    private final ReplicationSettings settings;
    private final LogEnd log;
    private final Promises promises;
    private final Applying applying;
    private final TabletTime time;
    private final LongSupplier committedIndex;
    private final Ends ends;
    private final ReplicationCounters counters;
    private final Refusals refusals;
    private long epoch;
    private NodeId master;
    private ReplicaId self;
    private long verified;
    private long masterCommit;
    private boolean answerDue;
    private Result result = Result.DURABLE;

    /** @param committedIndex what is known committed */
    Following(ReplicaState state, LongSupplier committedIndex, Ends ends) {
        this.tablet = state.parts().tablet();
        this.env = state.parts().env();
        this.settings = state.parts().replication();
        this.log = state.log();
        this.promises = state.promises();
        this.applying = state.applying();
        this.time = state.parts().time();
        this.committedIndex = committedIndex;
        this.ends = ends;
        this.counters = state.parts().counters();
        this.refusals = new Refusals(tablet);
    }

    /** The epoch it follows, 0 for none. */
    long epoch() {
        return epoch;
    }

    /** Who sent the last append of that epoch, or null. */
    NodeId master() {
        return master;
    }

    /** How far the master's commit index covers what is verified. */
    long committable() {
        return Math.min(masterCommit, verified);
    }

    /** Takes an append of an epoch that is not below what was promised; the state allows it. */
    void receive(NodeId from, Append append) {
        if (append.epoch() > epoch) {
            epoch = append.epoch();
            verified = 0;
            masterCommit = 0;
        }
        promises.raise(append.epoch());
        master = from;
        self = append.to();
        answerDue = true;
        result = take(append);
        if (result == Result.DURABLE) {
            masterCommit = Math.max(masterCommit, append.commitIndex());
        }
    }

    private Result take(Append append) {
        if (!time.raiseFrom(append.masterTimeMillis(), settings.maxClockOffsetMillis())
                || tooFarAhead(append.entries())) {
            counters.clockRefused();
            long bound = settings.maxClockOffsetMillis();
            refused("clock", "its clock is more than " + bound + " ms ahead", false);
            return Result.UNABLE;
        }
        if (!holds(append.previousEpoch(), append.previousIndex())) {
            return Result.MISMATCH;
        }
        try {
            Result followed = follow(append);
            if (followed == Result.DURABLE) {
                refusals.taken(master);
            }
            return followed;
        } catch (EblaException refused) {
            boolean passing = refused.code() == ErrorCode.OVERLOADED;
            refused(refused.code().text(), refused.getMessage(), passing);
            return passing ? Result.DURABLE : Result.UNABLE;
        }
    }

    private void refused(String kind, String detail, boolean passing) {
        refusals.refused(master, kind, detail, passing, env.clock().monotonicNanos());
    }

    private boolean tooFarAhead(LogBatch batch) {
        List<LogEntry> entries = batch.entries();
        return !entries.isEmpty()
                && !time.raiseFrom(
                        entries.get(entries.size() - 1).timestampMillis(),
                        settings.maxClockOffsetMillis());
    }

    /** Whether the log holds that entry: what is committed, every later master's log holds as well. */
    private boolean holds(long previousEpoch, long previousIndex) {
        if (previousIndex > log.head().lastIndex()) {
            return false;
        }
        return previousIndex <= committedIndex.getAsLong()
                || log.history().epochAt(previousIndex) == previousEpoch;
    }

    private Result follow(Append append) {
        List<LogEntry> entries = append.entries().entries();
        int known = 0;
        while (known < entries.size() && held(entries.get(known))) {
            known++;
        }
        if (known < entries.size()) {
            long kept = entries.get(known).index() - 1;
            if (kept < log.head().lastIndex()) {
                if (kept < committedIndex.getAsLong()) {
                    diverged(entries.get(known));
                    return Result.UNABLE;
                }
                cut(kept);
            }
            LogBatch rest =
                    known == 0
                            ? append.entries()
                            : LogBatch.of(entries.subList(known, entries.size()));
            log.follow(rest, append.epoch());
            promises.appended(rest.entries().get(rest.entries().size() - 1).epoch());
            for (LogEntry entry : rest.entries()) {
                applying.add(new PendingEntry(entry));
            }
        }
        long committed = Math.min(committedIndex.getAsLong(), log.head().lastIndex());
        verified = Math.max(verified, Math.max(committed, append.previousIndex() + entries.size()));
        return Result.DURABLE;
    }

    private void cut(long lastIndexKept) {
        log.cut(lastIndexKept);
        verified = Math.min(verified, lastIndexKept);
        counters.cut();
        LOG.log(
                Level.INFO,
                "tablet {0}: its log is cut behind entry {1}, as its master''s is another",
                tablet,
                lastIndexKept);
        applying.cut(lastIndexKept);
    }

    private void diverged(LogEntry entry) {
        LOG.log(
                Level.ERROR,
                "tablet {0} stops: entry ({1},{2}) of {3} conflicts with one that is committed here",
                tablet,
                entry.epoch(),
                entry.index(),
                master);
        ends.corrupted();
    }

    private boolean held(LogEntry entry) {
        if (entry.index() > log.head().lastIndex()) {
            return false;
        }
        long epochHere = log.history().epochAt(entry.index());
        return epochHere == entry.epoch()
                || epochHere == EpochHistory.UNKNOWN && entry.index() <= committedIndex.getAsLong();
    }

    /** The end of a turn: says where it stands, if it was asked or has come further. */
    void answer() {
        if (answerDue && promises.isDurable(epoch)) {
            answerDue = false;
            long durable = Math.min(log.durableIndex(), verified);
            send(
                    master,
                    epoch,
                    self,
                    result,
                    result == Result.DURABLE ? durable : 0,
                    result == Result.MISMATCH
                            ? log.history().ends(log.head().lastIndex())
                            : List.of());
            result = Result.DURABLE;
        }
    }

    /** More of the log is durable: the master wants to know. */
    void durable() {
        if (master != null && epoch == promises.accepted()) {
            answerDue = true;
        }
    }

    /** Refuses an append with a reason. */
    void refuse(NodeId from, Append append, Result why) {
        send(from, append.epoch(), append.to(), why, 0, List.of());
    }

    private void send(
            NodeId to,
            long ofEpoch,
            ReplicaId replica,
            Result what,
            long durable,
            List<ReplicaMessage.EpochEnd> ends) {
        env.send(
                to,
                new Appended(
                        tablet,
                        ofEpoch,
                        replica,
                        what,
                        durable,
                        promises.accepted(),
                        // An entry may be committed whose append failed here: the log ends before
                        // it.
                        Math.min(committedIndex.getAsLong(), log.head().lastIndex()),
                        time.floorMillis(),
                        ends));
    }

    /** It follows nobody: it is master itself, or its log began anew. */
    void end() {
        master = null;
        answerDue = false;
        verified = 0;
        masterCommit = 0;
        result = Result.DURABLE;
    }

    /** The log lost its end: entries that were taken were never written. */
    void lost(long lastIndex) {
        verified = Math.min(verified, lastIndex);
    }

    /** Whether an answer waits for a promise. */
    boolean waiting() {
        return answerDue;
    }
}
