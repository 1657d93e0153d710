package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi.SplitAnswer;
import io.ebla.core.cluster.NodeApi.SplitResult;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * How a tablet's log comes to its end by a split, or by a CANCEL never does (R4): the log is the judge, and
 * what stands in it first counts, whoever asks for what and how often. And how it is sealed for a merge: by a
 * SEAL, until a CANCEL of the same merge, which the metadata asks for only if the merge never comes (R6).
 *
 * <pre>
 *   asked      the master of the named epoch has the entry to append
 *   closing    SPLIT is appended: no write is taken any more, what came before it is finished
 *   split      SPLIT is applied, here as on every replica: no strong service any more, and the host opens
 *              the children over what the store holds
 *   sealed     SEAL is applied, likewise; the host opens the merged tablet when the other one is sealed, too
 * </pre>
 *
 * An entry that is refused by the log never was. A later master finds SPLIT in what it inherits, and applies
 * it with the rest before it serves: so it never takes a write after it (E11). Writer only, but for what is
 * looked at.
 *
 * <p>The tablet's time stands still from SEAL on: what is read until that is applied is judged by no later
 * time than the SEAL bears, with which the merged tablet begins, wherever its master is (T1).
 */
final class Splitting {

    /** Requests that may wait for the log; one leader of the metadata has one under way. */
    static final int ASKED_MAX = 64;

    private record Asked(Mutation mutation, CompletableFuture<SplitAnswer> answer) {

        boolean isOf(TabletId child) {
            return child.equals(low());
        }

        TabletId low() {
            if (mutation instanceof Mutation.Split asked) {
                return asked.low();
            }
            return mutation instanceof Mutation.Seal seal
                    ? seal.into()
                    : ((Mutation.CancelSplit) mutation).low();
        }

        EntryKind kind() {
            if (mutation instanceof Mutation.Split) {
                return EntryKind.SPLIT;
            }
            return mutation instanceof Mutation.Seal ? EntryKind.SEAL : EntryKind.CANCEL;
        }

        boolean cancels() {
            return kind().equals(EntryKind.CANCEL);
        }
    }

    private final Env env;
    private final TabletTime time;
    private final Role role;
    private final Term term;
    private final Consumer<Runnable> commands;
    private final List<Asked> asked = new ArrayList<>();

    /** What is to be appended, or null. */
    private Asked wanted;

    /** The entry that was appended for it, or null. */
    private LogEntry appended;

    private volatile boolean closing;
    private volatile boolean split;
    private volatile boolean sealed;

    /** @param commands runs a task in a turn of the writer */
    Splitting(ReplicaState state, Term term, Consumer<Runnable> commands) {
        this.env = state.parts().env();
        this.time = state.parts().time();
        this.role = state.role();
        this.term = term;
        this.commands = commands;
        this.split = env.division().isPresent();
        this.sealed = env.sealing().isPresent();
    }

    static boolean isOf(EntryKind kind) {
        return kind.equals(EntryKind.SPLIT)
                || kind.equals(EntryKind.SEAL)
                || kind.equals(EntryKind.CANCEL);
    }

    /**
     * Whether no write is taken now: for good, until it is unsealed, or until an append turns out to have
     * failed.
     */
    boolean closed() {
        return closing || isShut();
    }

    /**
     * Whether there is no strong service: what was its range is another's, or may be at any moment. Any
     * thread.
     */
    boolean isShut() {
        return split || sealed;
    }

    /** Whether the tablet ended: what was its range is its children's. Any thread. */
    boolean isSplit() {
        return split;
    }

    // ---------------------------------------------------------------- asked for

    /**
     * Asks the master of an epoch to end its log by a SPLIT, or by a CANCEL to see to it that this never
     * comes. Any thread.
     */
    CompletableFuture<SplitAnswer> ask(long epoch, Mutation mutation) {
        Asked request = new Asked(mutation, new CompletableFuture<>());
        commands.accept(() -> take(epoch, request));
        return request.answer();
    }

    private void take(long epoch, Asked request) {
        boolean mayAppend =
                role.state() == TabletState.SERVING
                        && term.masterEpoch() == epoch
                        && !term.isStarting();
        SplitResult known = known(request);
        if (known != null) {
            request.answer().complete(new SplitAnswer(known));
        } else if (!mayAppend
                || sealed && !request.cancels()
                || asked.size() >= ASKED_MAX
                || wanted != null && !wanted.isOf(request.low())) {
            request.answer().complete(new SplitAnswer(SplitResult.NOT_NOW));
        } else {
            asked.add(request);
            boolean cancels = appended == null && request.cancels();
            wanted = wanted == null || cancels ? request : wanted;
        }
    }

    /** What the log says of that split already, or null. */
    private SplitResult known(Asked request) {
        TabletId low = request.low();
        if (split) {
            boolean same = env.division().orElseThrow().low().equals(low);
            return same ? SplitResult.SPLIT : SplitResult.CANCELLED;
        }
        if (env.cancelledSplit() >= low.value()) {
            return SplitResult.CANCELLED;
        }
        boolean there =
                sealed && !request.cancels() && env.sealing().orElseThrow().into().equals(low);
        return there ? SplitResult.SPLIT : null;
    }

    /** Whether an entry waits to be appended. */
    boolean isWanted() {
        return wanted != null && appended == null;
    }

    /** Whether it may be appended as far as this is concerned: behind a seal only what takes that off. */
    boolean mayBeAppended() {
        return isWanted() && (!closed() || wanted.cancels() && !split);
    }

    EntryKind kind() {
        return wanted.kind();
    }

    Mutation mutation() {
        return wanted.mutation();
    }

    /** It is stamped next. */
    void appending() {
        if (wanted.kind().equals(EntryKind.SEAL)) {
            time.stop();
        }
    }

    /** The log did not take it. */
    void notAppended() {
        time.goOn();
    }

    /** The log took it. */
    void appended(LogEntry entry) {
        appended = entry;
        closing = !entry.kind().equals(EntryKind.CANCEL);
    }

    // ---------------------------------------------------------------- what became of it

    /** Of an entry of one of these kinds that is in the store now. */
    void applied(LogEntry entry) {
        if (entry.kind().equals(EntryKind.SPLIT)) {
            split = true;
        }
        sealed = env.sealing().isPresent();
        if (!sealed) {
            time.goOn();
        }
        if (appended != null && appended.index() <= entry.index()) {
            appended = null;
            closing = false;
        }
        wanted = null;
        answerAll();
        if (isShut() || entry.kind().equals(EntryKind.CANCEL)) {
            env.split();
        }
    }

    private void answerAll() {
        for (Asked each : asked) {
            SplitResult known = known(each);
            each.answer().complete(new SplitAnswer(known == null ? SplitResult.NOT_NOW : known));
        }
        asked.clear();
    }

    /** The log ends behind an entry: what was appended after it never was. */
    void takenBack(long lastIndexKept) {
        if (appended != null && appended.index() > lastIndexKept) {
            end();
        }
    }

    /**
     * The mastership is over: nobody here knows whether what was appended will count. Whose disk failed goes
     * on to answer reads while its lease lasts, and others may hold what it appended.
     */
    void end() {
        appended = null;
        wanted = null;
        closing = false;
        if (role.state() != TabletState.DISK_FAILED) {
            time.goOn();
        }
        answerAll();
    }
}
