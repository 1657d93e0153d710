package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.oplog.Mutation;
import io.ebla.tabletserver.store.TabletStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was applied and what was answered in one life of a group, and whether the two agree.
 *
 * <p>At every step: one run of one node is master of an epoch; whatever any store applies at an index is
 * what every other applies there; what was answered committed stands in its place. At the end, when all
 * nodes have come to the same point: nothing answered committed is missing, nothing answered not applied
 * is there, nothing committed was taken back, every condition was judged by what it met, and every strong
 * read gave a state that no read or write answered before it had already overtaken.
 */
final class GroupLedger {

    /** A rule of the group was broken. */
    static class Violation extends AssertionError {
        private static final long serialVersionUID = 1;

        Violation(String what) {
            super(what);
        }
    }

    /** Nothing was found to be wrong, but the group never came to rest. */
    static final class Unrest extends Violation {
        private static final long serialVersionUID = 1;

        Unrest(String what) {
            super(what);
        }
    }

    /** One write, and what its caller was told. */
    static final class Write {
        final String key;

        /** Unique; null for a delete. */
        final String value;

        /** What the row must hold, ABSENT for nothing, null for whatever. */
        final String expected;

        final long floor;
        long index;

        /** In whose log that is. */
        TabletId tablet;

        Outcome outcome;
        boolean conditionFailed;

        private Write(String key, String value, String expected, long floor) {
            this.key = key;
            this.value = value;
            this.expected = expected;
            this.floor = floor;
        }
    }

    /** One read that was answered. */
    private record Read(String key, String value, long floor, boolean strong, int order) {}

    static final String ABSENT = "";

    /** An entry of one tablet's log. */
    private record Place(TabletId tablet, long index) {}

    private record Epoch(TabletId tablet, long epoch) {}

    private final Lineage lineage;
    private final Map<Place, LogEntry> log = new HashMap<>();
    private final Map<Epoch, String> masters = new HashMap<>();
    private final Map<Place, Write> committed = new HashMap<>();
    private final List<Write> writes = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    private final List<Object> answered = new ArrayList<>();
    private int strongReads;
    private boolean keepsAccepted;

    GroupLedger(Lineage lineage) {
        this.lineage = lineage;
    }

    int strongReads() {
        return strongReads;
    }

    /** Nothing fails in this life, so that nothing may be lost that was accepted by one copy alone. */
    void keepsAccepted() {
        keepsAccepted = true;
    }

    int committedWrites() {
        return committed.size();
    }

    int epochs() {
        return masters.size();
    }

    // ---------------------------------------------------------------- at every step

    /** The store of a node, which tells here what it applies. */
    TabletStore watch(GroupNode node, TabletStore store) {
        return (TabletStore)
                Proxy.newProxyInstance(
                        TabletStore.class.getClassLoader(),
                        new Class<?>[] {TabletStore.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("apply")) {
                                for (Object entry : (List<?>) arguments[0]) {
                                    applied(node, (LogEntry) entry);
                                }
                            }
                            try {
                                return method.invoke(store, arguments);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        });
    }

    private void applied(GroupNode node, LogEntry entry) {
        Place place = new Place(entry.tablet(), entry.index());
        LogEntry known = log.putIfAbsent(place, entry);
        if (known != null && !same(known, entry)) {
            throw new Violation(
                    node
                            + " applies another entry at "
                            + place
                            + " than was applied before: epochs "
                            + known.epoch()
                            + " and "
                            + entry.epoch());
        }
        Write write = committed.get(place);
        if (write != null && !holds(entry, write)) {
            throw new Violation("a committed write was lost at " + entry.index());
        }
    }

    private static boolean same(LogEntry one, LogEntry other) {
        return one.epoch() == other.epoch()
                && one.kind().equals(other.kind())
                && one.mutations().equals(other.mutations());
    }

    private static boolean holds(LogEntry entry, Write write) {
        for (Mutation mutation : entry.mutations()) {
            if (mutation instanceof Mutation.Put put
                    && put.key().equals(RowKey.of(write.key))
                    && put.value().toUtf8().equals(write.value)) {
                return true;
            }
            if (mutation instanceof Mutation.Delete delete
                    && write.value == null
                    && delete.key().equals(RowKey.of(write.key))) {
                return true;
            }
        }
        return false;
    }

    /** Looks at the nodes: one run of one node is master of an epoch. */
    void look(List<GroupNode> nodes) {
        for (GroupNode node : nodes) {
            if (!node.isUp()) {
                continue;
            }
            for (Tablet tablet : node.tablets()) {
                look(node, tablet);
            }
            if (node.corrupted() && !node.damaged()) {
                throw new Violation(node + " found that its log diverged below its commit point");
            }
            if (node.is(TabletState.BROKEN) && !node.diskFailed()) {
                throw new Violation(node + " stopped: an invariant of the tablet did not hold");
            }
        }
    }

    private void look(GroupNode node, Tablet tablet) {
        if (tablet.state().masters()) {
            long epoch = tablet.pipeline().masterEpoch();
            String run = node.id + "/" + node.incarnation();
            String known = masters.putIfAbsent(new Epoch(tablet.id(), epoch), run);
            if (known != null && !known.equals(run)) {
                throw new Violation("epoch " + epoch + " has masters " + known + ", " + run);
            }
        }
    }

    // ---------------------------------------------------------------- answers

    /** A mark of what was answered so far: what begins now must see all of it. */
    long now() {
        return answered.size();
    }

    Write begin(String key, String value, String expected) {
        Write write = new Write(key, value, expected, now());
        writes.add(write);
        return write;
    }

    void ended(Write write, Answers<WriteResult> answer) {
        if (answer.succeeded()) {
            WriteResult result = answer.result();
            write.outcome = result.outcome();
            write.index = result.position().index();
            write.tablet = lineage.at(write.key, write.index);
            if (result.outcome() == Outcome.COMMITTED) {
                commits(write);
            }
        } else {
            write.outcome = answer.failure().outcome().orElse(Outcome.UNKNOWN);
            write.conditionFailed = answer.failure().code() == ErrorCode.CONDITION_FAILED;
        }
        answered.add(write);
    }

    private void commits(Write write) {
        Place place = new Place(write.tablet, write.index);
        Write before = committed.put(place, write);
        if (before != null) {
            throw new Violation("two writes were committed at " + write.index);
        }
        LogEntry entry = log.get(place);
        if (entry != null && !holds(entry, write)) {
            throw new Violation("a write was answered committed at " + write.index + ", wrongly");
        }
    }

    void read(String key, long floor, boolean strong, String value) {
        Read read = new Read(key, value, floor, strong, answered.size());
        reads.add(read);
        answered.add(read);
        strongReads += strong ? 1 : 0;
    }

    // ---------------------------------------------------------------- at the end

    /** All nodes have applied the same. */
    void judge() {
        Map<String, NavigableMap<Long, String>> states = states();
        Set<String> present = new HashSet<>();
        states.values().forEach(each -> present.addAll(each.values()));
        Map<Object, Long> implied = new HashMap<>();
        Map<String, long[]> floors = new HashMap<>();
        for (Write write : writes) {
            judge(write, present);
        }
        for (int i = 0; i < answered.size(); i++) {
            Object each = answered.get(i);
            String key = each instanceof Write write ? write.key : ((Read) each).key();
            long[] floor = floors.computeIfAbsent(key, any -> new long[answered.size() + 1]);
            NavigableMap<Long, String> history = states.getOrDefault(key, new TreeMap<>());
            long reached =
                    each instanceof Write write
                            ? judge(write, history, floor)
                            : judge((Read) each, history, floor);
            implied.put(each, reached);
            for (Map.Entry<String, long[]> every : floors.entrySet()) {
                long[] marks = every.getValue();
                marks[i + 1] = every.getKey().equals(key) ? Math.max(marks[i], reached) : marks[i];
            }
        }
    }

    /** The values of each row along the log, ABSENT after a delete. */
    private Map<String, NavigableMap<Long, String>> states() {
        Map<String, NavigableMap<Long, String>> states = new HashMap<>();
        for (LogEntry entry : log.values()) {
            for (Mutation mutation : entry.mutations()) {
                if (mutation instanceof Mutation.Put put) {
                    states.computeIfAbsent(put.key().pk().toUtf8(), any -> new TreeMap<>())
                            .put(entry.index(), put.value().toUtf8());
                } else if (mutation instanceof Mutation.Delete delete) {
                    states.computeIfAbsent(delete.key().pk().toUtf8(), any -> new TreeMap<>())
                            .put(entry.index(), ABSENT);
                }
            }
        }
        return states;
    }

    private void judge(Write write, Set<String> present) {
        if (write.outcome == Outcome.COMMITTED
                && write.index != 0
                && !log.containsKey(new Place(write.tablet, write.index))) {
            throw new Violation("a committed write at " + write.index + " was lost");
        }
        if (write.outcome == Outcome.COMMITTED
                && write.index == 0
                && write.value != null
                && !present.contains(write.value)) {
            throw new Violation(write.value + " timed out committed, and was lost");
        }
        if (keepsAccepted
                && write.outcome == Outcome.ACCEPTED
                && write.value != null
                && !present.contains(write.value)) {
            throw new Violation(write.value + " was accepted, and was lost in a hand-over");
        }
        if (write.outcome == Outcome.NOT_APPLIED
                && write.value != null
                && present.contains(write.value)) {
            throw new Violation(write.value + " was answered not applied, and is there");
        }
    }

    /** @return the index that the row has reached, as whoever got this answer knows */
    private static long judge(Write write, NavigableMap<Long, String> history, long[] floor) {
        long before = floor[(int) write.floor];
        if (write.conditionFailed) {
            return couldFail(write, history, before);
        }
        if (write.outcome == Outcome.REVERTED) {
            return reverted(write, history);
        }
        if (write.outcome != Outcome.COMMITTED || write.index == 0) {
            return 0;
        }
        String met = at(history, write.index - 1);
        if (write.expected != null && !write.expected.equals(met)) {
            throw new Violation(
                    write.value + " expected '" + write.expected + "' and replaced '" + met + "'");
        }
        if (write.index <= before) {
            throw new Violation(write.value + " is older than what was known when it began");
        }
        notTakenBack(write, history);
        return write.index;
    }

    private static long couldFail(Write write, NavigableMap<Long, String> history, long before) {
        if (!write.expected.equals(at(history, before))) {
            return before;
        }
        for (Map.Entry<Long, String> later : history.tailMap(before, false).entrySet()) {
            if (!later.getValue().equals(write.expected)) {
                return later.getKey();
            }
        }
        throw new Violation("a condition failed on '" + write.expected + "', which never ended");
    }

    private static long reverted(Write write, NavigableMap<Long, String> history) {
        boolean seen = false;
        for (Map.Entry<Long, String> each : history.entrySet()) {
            if (each.getValue().equals(write.value)) {
                seen = true;
            } else if (seen) {
                return each.getKey();
            }
        }
        if (seen) {
            throw new Violation(write.value + " was answered reverted, and stands");
        }
        return 0;
    }

    /** The next state of the row must be new: an old one come again means that this was taken back. */
    private static void notTakenBack(Write write, NavigableMap<Long, String> history) {
        Map.Entry<Long, String> next = history.higherEntry(write.index);
        boolean back =
                next != null
                        && !next.getValue().equals(ABSENT)
                        && history.headMap(write.index, true).containsValue(next.getValue());
        if (back) {
            throw new Violation(write.value + " was committed, and taken back");
        }
    }

    private static long judge(Read read, NavigableMap<Long, String> history, long[] floor) {
        long before = read.strong() ? floor[(int) read.floor()] : 0;
        if (read.value().equals(at(history, before))) {
            return before;
        }
        for (Map.Entry<Long, String> later : history.tailMap(before, false).entrySet()) {
            if (later.getValue().equals(read.value())) {
                return read.strong() ? later.getKey() : 0;
            }
        }
        throw new Violation(
                (read.strong() ? "a stale strong read: '" : "a read of what never was: '")
                        + read.value()
                        + "' of "
                        + read.key()
                        + " when entry "
                        + before
                        + " with '"
                        + at(history, before)
                        + "' was known");
    }

    private static String at(NavigableMap<Long, String> history, long index) {
        Map.Entry<Long, String> state = history.floorEntry(index);
        return state == null ? ABSENT : state.getValue();
    }
}
