package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.oplog.LogEntry;
import io.ebla.tabletserver.store.TabletStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * The way from the log into the store: entries that are appended and not applied yet, in order, and the
 * one place that applies them. Nothing but what is committed and durable here ever gets there (L1), so the
 * store is never rolled back. A store without room stalls it, and it goes on when there is room.
 *
 * <p>Writer only, but for the two positions, which anyone reads.
 */
final class Applying {

    private final TabletId tablet;
    private final Env env;
    private final Deque<PendingEntry> inFlight = new ArrayDeque<>();
    private volatile Position applying;
    private volatile Position applied;
    private EblaException stalledBy;
    private long bytes;

    Applying(TabletId tablet, Env env, TabletRecovery.Recovered recovered) {
        this.tablet = tablet;
        this.env = env;
        restart(recovered.applied());
        for (LogEntry entry : recovered.tail()) {
            inFlight.add(new PendingEntry(entry));
        }
    }

    /** What every reader of the store is sure to see. */
    Position applied() {
        return applied;
    }

    /** What a reader of the store may have seen: at least {@link #applied}, and committed. */
    Position visible() {
        return applying;
    }

    /** Entries appended and not applied, oldest first. */
    Deque<PendingEntry> inFlight() {
        return inFlight;
    }

    /** About what the requests among them take in memory. */
    long bytes() {
        return bytes;
    }

    /** Why the store takes nothing now, or null. */
    EblaException stalledBy() {
        return stalledBy;
    }

    /** Whether something up to an index was committed and is not in the store. */
    boolean behind(long committedIndex) {
        return !inFlight.isEmpty() && inFlight.peek().index() <= committedIndex;
    }

    void add(PendingEntry entry) {
        inFlight.add(entry);
        bytes += entry.bytes();
    }

    /**
     * Applies everything up to an index in one go.
     *
     * @param settle told of each entry that is in the store, in order
     * @return how many were
     * @throws EblaException {@code disk_failed}: nothing more can be applied
     */
    int apply(long upTo, Consumer<PendingEntry> settle) {
        if (!behind(upTo)) {
            return 0;
        }
        long alreadyIn = stalledBy == null ? 0 : env.applied().index();
        List<LogEntry> run = new ArrayList<>(inFlight.size());
        LogEntry last = null;
        for (PendingEntry pending : inFlight) {
            if (pending.index() > upTo) {
                break;
            }
            last = pending.entry();
            if (last.index() > alreadyIn) {
                run.add(last);
            }
        }
        applying = new Position(tablet, last.epoch(), last.index());
        try {
            if (!run.isEmpty()) {
                env.apply(run);
            }
            stalledBy = null;
        } catch (EblaException refused) {
            if (refused.code() == ErrorCode.DISK_FULL) {
                stalledBy = refused;
                return 0;
            }
            throw refused;
        }
        applied = applying;
        while (!inFlight.isEmpty() && inFlight.peek().index() <= last.index()) {
            PendingEntry entry = inFlight.poll();
            bytes -= entry.bytes();
            settle.accept(entry);
        }
        return run.size();
    }

    /** Removes the entries behind an index, which are no part of the log; oldest first. */
    List<PendingEntry> cut(long lastIndexKept) {
        List<PendingEntry> cut = new ArrayList<>();
        while (!inFlight.isEmpty() && inFlight.peekLast().index() > lastIndexKept) {
            PendingEntry entry = inFlight.pollLast();
            bytes -= entry.bytes();
            cut.add(0, entry);
        }
        return cut;
    }

    /** Nobody waits for any of them any more; the log holds them all the same. */
    void bare() {
        List<PendingEntry> entries = new ArrayList<>(inFlight);
        inFlight.clear();
        for (PendingEntry entry : entries) {
            inFlight.add(entry.bare());
        }
        bytes = 0;
    }

    void clear() {
        inFlight.clear();
        bytes = 0;
        stalledBy = null;
    }

    /** The store stands where it says, and nothing is on the way to it. */
    void restart(TabletStore.Applied position) {
        clear();
        applied = new Position(tablet, position.epoch(), position.index());
        applying = applied;
    }
}
