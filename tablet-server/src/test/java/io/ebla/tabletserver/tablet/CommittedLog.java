package io.ebla.tabletserver.tablet;

import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.EpochStarts;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.tablet.GroupLedger.Violation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The log of a group as its stores apply it, and what holds of it at every step:
 *
 * <ul>
 *   <li>no store applies what no master knew committed (L1);
 *   <li>timestamps do not fall along it (T1), and are not ahead of the true time by more than a bound (T2);
 *   <li>stores at the same index hold as many rows and bytes (W1, T3), and know where every epoch of the log
 *       began (W7);
 *   <li>one request is in it once, however often it was sent (W4, W6). Each names itself as its principal.
 * </ul>
 *
 * It also knows every state that each row ever had, for whoever judges reads.
 */
final class CommittedLog {

    /**
     * What one entry made of a row.
     *
     * @param value null when the row was absent
     * @param expiresAt ms since the epoch, 0 for never
     */
    record State(long epoch, long index, String value, long expiresAt) {

        /** What every row is before it was first written. */
        static final State NOTHING = new State(0, 0, null, 0);
    }

    private final NavigableMap<Long, LogEntry> entries = new TreeMap<>();
    private final Map<String, NavigableMap<Long, State>> rows = new HashMap<>();
    private final Map<String, Long> requests = new HashMap<>();
    private final Map<Long, TabletStore.Applied> held = new HashMap<>();
    private EpochStarts epochs = EpochStarts.NONE;
    private LocalGroup group;
    private long known;
    private Violation found;

    /** By how much a timestamp may be ahead of the true time. */
    long aheadMaxMillis = Long.MAX_VALUE / 4;

    /** Names the group, before it applies anything. */
    void of(LocalGroup attended) {
        group = attended;
    }

    // ---------------------------------------------------------------- what stores and masters do

    /** The store of a node, which tells here what it applies. */
    TabletStore watch(GroupNode node, TabletStore store) {
        return (TabletStore)
                Proxy.newProxyInstance(
                        TabletStore.class.getClassLoader(),
                        new Class<?>[] {TabletStore.class},
                        (proxy, method, arguments) -> {
                            boolean apply = method.getName().equals("apply");
                            if (apply) {
                                look();
                                judge(
                                        () -> {
                                            for (Object entry : (List<?>) arguments[0]) {
                                                applies(node, (LogEntry) entry);
                                            }
                                        });
                            }
                            try {
                                Object result = method.invoke(store, arguments);
                                if (apply) {
                                    judge(() -> holds(node, store.applied(), store.epochs()));
                                }
                                return result;
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        });
    }

    /** A tablet that meets a violation stops; whoever looks next hears why. */
    private void judge(Runnable rules) {
        try {
            rules.run();
        } catch (Violation violation) {
            found = found == null ? violation : found;
            throw violation;
        }
    }

    /** Looks at what masters know committed. */
    void look() {
        if (found != null) {
            throw found;
        }
        for (GroupNode node : group.nodes()) {
            if (node.isUp() && node.tablet() != null && node.state().masters()) {
                known = Math.max(known, node.tablet().pipeline().committedIndex());
            }
        }
    }

    private void applies(GroupNode node, LogEntry entry) {
        if (entry.index() > known) {
            throw new Violation(
                    node + " applies " + entry.index() + ", and no master knows " + known + "+");
        }
        if (entries.putIfAbsent(entry.index(), entry) == null) {
            epochs = epochs.with(entry.epoch(), entry.index());
            inTime(entry);
            once(entry);
            shows(entry);
        }
    }

    private void inTime(LogEntry entry) {
        Map.Entry<Long, LogEntry> before = entries.lowerEntry(entry.index());
        if (before != null && before.getValue().timestampMillis() > entry.timestampMillis()) {
            throw new Violation("time goes back at entry " + entry.index());
        }
        if (entry.timestampMillis() > trueMillis() + aheadMaxMillis) {
            throw new Violation(
                    "entry "
                            + entry.index()
                            + " is from the future, by "
                            + (entry.timestampMillis() - trueMillis())
                            + " ms");
        }
    }

    private long trueMillis() {
        return 1_700_000_000_000L + group.nowNanos() / Timeline.MILLI;
    }

    /**
     * A request's principal is "name:value"; what takes it back has the name and another value, unless that
     * is to delete rows once more.
     */
    private void once(LogEntry entry) {
        int colon = entry.principal().indexOf(':');
        if (colon < 0) {
            return;
        }
        String value = entry.principal().substring(colon + 1);
        boolean itself = false;
        for (Mutation mutation : entry.mutations()) {
            itself |=
                    mutation instanceof Mutation.Put put
                            ? put.value().toUtf8().equals(value)
                            : mutation instanceof Mutation.Delete && value.isEmpty();
        }
        Long before = itself ? requests.putIfAbsent(entry.principal(), entry.index()) : null;
        if (before != null && !(value.isEmpty() && takesBack(entry, entries.get(before)))) {
            throw new Violation(
                    entry.principal()
                            + " was applied twice, at "
                            + before
                            + " and at "
                            + entry.index());
        }
    }

    /** Whether what was there before rows were deleted is nothing by now: to delete them again takes that back. */
    private boolean takesBack(LogEntry entry, LogEntry deletes) {
        for (Mutation mutation : deletes.mutations()) {
            if (mutation instanceof Mutation.Delete delete) {
                State before = at(delete.key().pk().toUtf8(), deletes.index() - 1);
                boolean expired =
                        before.expiresAt() > 0 && before.expiresAt() <= entry.timestampMillis();
                if (before.value() != null && !expired) {
                    return false;
                }
            }
        }
        return true;
    }

    private void shows(LogEntry entry) {
        for (Mutation mutation : entry.mutations()) {
            if (mutation instanceof Mutation.Put put) {
                states(put.key().pk().toUtf8())
                        .put(
                                entry.index(),
                                new State(
                                        entry.epoch(),
                                        entry.index(),
                                        put.value().toUtf8(),
                                        put.expiresAt()));
            } else if (mutation instanceof Mutation.Delete delete) {
                states(delete.key().pk().toUtf8())
                        .put(entry.index(), new State(entry.epoch(), entry.index(), null, 0));
            }
        }
    }

    private void holds(GroupNode node, TabletStore.Applied applied, EpochStarts known) {
        if (!known.equals(epochs.upTo(applied.index()))) {
            throw new Violation(node + " knows " + known + " at " + applied.index());
        }
        TabletStore.Applied other = held.putIfAbsent(applied.index(), applied);
        if (other != null && !other.equals(applied)) {
            throw new Violation(node + " holds " + applied + " where another held " + other);
        }
    }

    // ---------------------------------------------------------------- what there is

    private NavigableMap<Long, State> states(String key) {
        return rows.computeIfAbsent(key, any -> new TreeMap<>());
    }

    /** The last entry that any store has applied. */
    long lastIndex() {
        return entries.isEmpty() ? 0 : entries.lastKey();
    }

    /** The entry that every store has or will have at an index, null when none has applied it yet. */
    LogEntry entry(long index) {
        return entries.get(index);
    }

    /** How a row stands after an entry. */
    State at(String key, long index) {
        Map.Entry<Long, State> state = states(key).floorEntry(index);
        return state == null ? State.NOTHING : state.getValue();
    }

    /** The states that a row took on behind an entry, so far. */
    Collection<State> after(String key, long index) {
        return states(key).tailMap(index, false).values();
    }
}
