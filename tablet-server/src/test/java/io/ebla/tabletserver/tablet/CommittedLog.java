package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.EntryKind;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.EpochStarts;
import io.ebla.tabletserver.store.TabletStore;
import io.ebla.tabletserver.tablet.GroupLedger.Violation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The log of a group as its stores apply it, and what holds of it at every step:
 *
 * <ul>
 *   <li>no store applies what no master knew committed (L1);
 *   <li>versions of a row rise along it, and from one tablet to the next that has the row (W1, R6);
 *   <li>timestamps do not fall along it (T1), and are not ahead of the true time by more than a bound (T2);
 *   <li>stores at the same index hold as many rows and bytes (W1, T3), and know where every epoch of the log
 *       began (W7);
 *   <li>a log that has ended by a SPLIT takes starts of epochs only, and no split comes that was cancelled (R4);
 *   <li>a log with a SEAL takes nothing but those and the CANCEL of that merge, and of two tablets only one has an
 *       entry then: they or the merged one, which begins behind both SEALs and no earlier than they (R6);
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

    /** What is known of one tablet's log; that of a child begins with its parent's SPLIT. */
    private static final class Of {
        final NavigableMap<Long, LogEntry> entries = new TreeMap<>();
        final Map<Long, TabletStore.Applied> held = new HashMap<>();
        EpochStarts epochs = EpochStarts.NONE;
        long known;
    }

    /** What never comes, as a tablet's log says. */
    private record Never(TabletId tablet, TabletId low) {}

    private final Lineage lineage = new Lineage();
    private final Map<TabletId, Of> tablets = new HashMap<>();
    private final Map<String, NavigableMap<Long, State>> rows = new HashMap<>();
    private final Map<String, LogEntry> requests = new HashMap<>();
    private final Set<Never> cancelled = new HashSet<>();
    private final Map<TabletId, LogEntry> sealed = new HashMap<>();
    private int merged;
    private LocalGroup group;
    private Violation found;

    /** By how much a timestamp may be ahead of the true time. */
    long aheadMaxMillis = Long.MAX_VALUE / 4;

    /** Names the group, before it applies anything. */
    void of(LocalGroup attended) {
        group = attended;
    }

    Lineage lineage() {
        return lineage;
    }

    private Of of(TabletId tablet) {
        return tablets.computeIfAbsent(tablet, id -> new Of());
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
                                    List<?> applied = (List<?>) arguments[0];
                                    judge(() -> holds(node, (LogEntry) applied.get(0), store));
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
            for (Tablet tablet : node.isUp() ? node.tablets() : List.<Tablet>of()) {
                if (tablet.state().masters()) {
                    Of of = of(tablet.id());
                    of.known = Math.max(of.known, tablet.pipeline().committedIndex());
                }
            }
        }
    }

    private void applies(GroupNode node, LogEntry entry) {
        beginsByMerge(entry);
        Of of = of(entry.tablet());
        if (entry.index() > of.known) {
            throw new Violation(
                    node + " applies " + entry.index() + ", and no master knows " + of.known + "+");
        }
        if (of.entries.putIfAbsent(entry.index(), entry) == null) {
            of.epochs = of.epochs.with(entry.epoch(), entry.index());
            endsOrNot(of, entry);
            inTime(of, entry);
            once(entry);
            shows(entry);
        }
    }

    /**
     * R4, R6: the first of SPLIT and CANCEL counts, and only epochs begin behind a SPLIT, or a SEAL that
     * counts.
     */
    private void endsOrNot(Of of, LogEntry entry) {
        Mutation only = entry.mutations().size() == 1 ? entry.mutations().get(0) : null;
        boolean starts = entry.kind().equals(EntryKind.EPOCH_START);
        if (lineage.hasEnded(entry.tablet()) && !starts) {
            throw new Violation(
                    "entry " + entry.index() + " of " + entry.tablet() + " is behind its end");
        }
        if (sealed.containsKey(entry.tablet())
                && !starts
                && !(only instanceof Mutation.CancelSplit)) {
            throw new Violation(
                    "entry " + entry.index() + " of " + entry.tablet() + " is behind its SEAL");
        }
        if (only instanceof Mutation.CancelSplit cancel) {
            cancelled.add(new Never(entry.tablet(), cancel.low()));
            sealed.computeIfPresent(
                    entry.tablet(),
                    (id, seal) -> seal(seal).into().value() <= cancel.low().value() ? null : seal);
        } else if (only instanceof Mutation.Split split) {
            notCancelled(entry.tablet(), split.low());
            lineage.split(entry.tablet(), split, entry.index());
            for (TabletId child : List.of(split.low(), split.high())) {
                Of begun = of(child);
                begun.entries.put(entry.index(), entry);
                begun.epochs = of.epochs.upTo(entry.index());
            }
        } else if (only instanceof Mutation.Seal seal) {
            notCancelled(entry.tablet(), seal.into());
            sealed.put(entry.tablet(), entry);
        }
    }

    private void notCancelled(TabletId tablet, TabletId low) {
        if (cancelled.contains(new Never(tablet, low))) {
            throw new Violation("what makes " + low + " of " + tablet + " came, and was cancelled");
        }
    }

    /**
     * The first entry of a merged tablet: both that it is made of are sealed for it, and stay so. In what
     * epoch its log began, the entry says; whether that was high enough, the versions of the rows.
     */
    private void beginsByMerge(LogEntry first) {
        TabletId into = first.tablet();
        if (lineage.of(into) != null) {
            return;
        }
        List<LogEntry> seals =
                sealed.values().stream().filter(each -> seal(each).into().equals(into)).toList();
        if (seals.size() != 2) {
            throw new Violation(
                    "tablet " + into + " begins, and the two are not both sealed: " + seals);
        }
        LogEntry one = seals.get(0);
        LogEntry other = seals.get(1);
        long base = Math.max(one.index(), other.index());
        LogEntry begin =
                new LogEntry(
                        into,
                        first.previousEpoch(),
                        base,
                        0,
                        base - 1,
                        Math.max(one.timestampMillis(), other.timestampMillis()),
                        EntryKind.SEAL,
                        "",
                        one.mutations());
        Of begun = of(into);
        begun.entries.put(base, begin);
        begun.epochs = EpochStarts.NONE.with(begin.epoch(), base);
        lineage.merge(into, seal(one).left(), seal(one).right(), base);
        merged++;
    }

    /** How many tablets have begun in the place of two. */
    int merged() {
        return merged;
    }

    private static Mutation.Seal seal(LogEntry entry) {
        return (Mutation.Seal) entry.mutations().get(0);
    }

    private void inTime(Of of, LogEntry entry) {
        Map.Entry<Long, LogEntry> before = of.entries.lowerEntry(entry.index());
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
        LogEntry before = itself ? requests.putIfAbsent(entry.principal(), entry) : null;
        if (before != null && !(value.isEmpty() && takesBack(entry, before))) {
            throw new Violation(
                    entry.principal()
                            + " was applied twice, at "
                            + before.index()
                            + " and at "
                            + entry.index());
        }
    }

    /**
     * Whether what was there before rows were deleted is nothing by now: to delete them again takes that
     * back.
     */
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
                shows(put.key(), entry, put.value().toUtf8(), put.expiresAt());
            } else if (mutation instanceof Mutation.Delete delete) {
                shows(delete.key(), entry, null, 0);
            }
        }
    }

    /** Versions of a row only rise, from one tablet to the next as well. */
    private void shows(RowKey key, LogEntry entry, String value, long expiresAt) {
        String pk = key.pk().toUtf8();
        State before = at(pk, entry.index() - 1);
        if (before.epoch() > entry.epoch()) {
            throw new Violation(
                    "version ("
                            + entry.epoch()
                            + ","
                            + entry.index()
                            + ") of '"
                            + pk
                            + "' is behind "
                            + before);
        }
        states(pk).put(entry.index(), new State(entry.epoch(), entry.index(), value, expiresAt));
    }

    /** Rows and bytes are a guess until a store is counted that came from a split. */
    private void holds(GroupNode node, LogEntry first, TabletStore store) {
        Of of = of(first.tablet());
        TabletStore.Applied applied = store.applied();
        if (!store.epochs().equals(of.epochs.upTo(applied.index()))) {
            throw new Violation(node + " knows " + store.epochs() + " at " + applied.index());
        }
        TabletStore.Applied other =
                store.counted() ? of.held.putIfAbsent(applied.index(), applied) : null;
        if (other != null && !other.equals(applied)) {
            throw new Violation(node + " holds " + applied + " where another held " + other);
        }
    }

    // ---------------------------------------------------------------- what there is

    private NavigableMap<Long, State> states(String key) {
        return rows.computeIfAbsent(key, any -> new TreeMap<>());
    }

    /** The last entry of a row's tablet that any store has applied. */
    long lastIndex(String key) {
        return lastIndex(lineage.of(key));
    }

    long lastIndex(TabletId tablet) {
        Of of = of(tablet);
        return of.entries.isEmpty() ? 0 : of.entries.lastKey();
    }

    /**
     * The entry that every store of a tablet has or will have at an index, or had as one of its parent's;
     * null when none has applied it yet. What is before a merged tablet's begin is in two logs, and a
     * position of it names none.
     */
    LogEntry entry(TabletId tablet, long index) {
        Lineage.Tablet at = lineage.of(tablet);
        while (at != null && at.parents().size() == 1 && index < at.base()) {
            at = lineage.of(at.parents().get(0));
        }
        return of(at == null ? tablet : at.id()).entries.get(index);
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
