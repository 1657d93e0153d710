package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Frontier.Configuration;
import io.ebla.clustertest.history.Task.Duty;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;

/**
 * Looks for an order of one object's operations that explains their answers: the just-in-time search of
 * Lowe, "Testing for linearizability" (2016, section 5), which is Wing and Gong's with remembered
 * configurations, made in the order of time.
 *
 * <p>It goes through the begins and ends of the operations and keeps every configuration (which running
 * operations have taken effect, and what the rows hold) that explains the answers up to there. Only an end
 * forces anything: configurations in which that operation has not taken effect go on with every sequence
 * of running ones that lets it, and those without such a sequence are dropped. None left: the history is
 * not linearizable, and the operation that just ended is the first that cannot be explained. Operations
 * that change nothing are taken as soon as they fit, and a write of unknown end is only used where it helps
 * (see {@link Frontier}), which keeps the search narrow.
 *
 * <p>One search, one thread.
 */
final class Search {

    private static final int SLOTS = 64;

    /** Why the search was given up. */
    static final class GivenUp extends Exception {
        private static final long serialVersionUID = 1;

        GivenUp(String reason) {
            super(reason);
        }
    }

    private final Tasks tasks;
    private final int alike;
    private final int beam;
    private final long stepsMax;
    private final Task[] running = new Task[SLOTS];
    private final List<List<Task>> unknown = new ArrayList<>();
    private Frontier frontier;
    private long steps;
    private int widest = 1;
    private boolean narrowed;

    /**
     * @param alike how many configurations are kept that differ in the writes of unknown end they used
     * @param beam how many are kept at all; past it, those that used the fewest such writes. A pass is one
     *     all the same; a failure may then be the search's own, see {@link #narrowed}
     */
    Search(Tasks tasks, int alike, int beam, long stepsMax) {
        this.tasks = tasks;
        this.alike = alike;
        this.frontier = new Frontier(alike);
        this.beam = beam;
        this.stepsMax = stepsMax;
        for (int kind = 0; kind <= tasks.kinds(); kind++) {
            unknown.add(new ArrayList<>());
        }
        frontier.add(new Configuration(0, RowStates.absent(tasks.rows()), new long[0]));
    }

    /**
     * Searches.
     *
     * @return the first task that cannot be explained, or null if all can
     */
    Task run() throws GivenUp {
        for (Task task : inTime()) {
            int slot = slotOf(task);
            if (slot < 0) {
                begin(task);
                continue;
            }
            Collection<Configuration> before = frontier.all();
            end(task, slot);
            running[slot] = null;
            if (frontier.size() == 0) {
                before.forEach(frontier::add);
                return task;
            }
            widest = Math.max(widest, frontier.size());
        }
        return null;
    }

    long steps() {
        return steps;
    }

    /** Whether configurations were left out, so that a failure proves nothing. */
    boolean narrowed() {
        return narrowed;
    }

    int widest() {
        return widest;
    }

    /** What the rows may have held when the search ended. */
    List<int[]> states() {
        return frontier.all().stream().map(Configuration::state).toList();
    }

    /** Each task at its begin and, if it has an end, again there; begins come before ends of one moment. */
    private List<Task> inTime() {
        TreeMap<Long, List<Task>> ends = new TreeMap<>();
        List<Task> order = new ArrayList<>();
        for (Task task : tasks.all()) {
            while (!ends.isEmpty() && ends.firstKey() < task.beginNanos()) {
                order.addAll(ends.pollFirstEntry().getValue());
            }
            order.add(task);
            if (task.duty() != Duty.MAY_LATER) {
                ends.computeIfAbsent(task.endNanos(), end -> new ArrayList<>()).add(task);
            }
        }
        ends.values().forEach(order::addAll);
        return order;
    }

    private int slotOf(Task task) {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (running[slot] == task) {
                return slot;
            }
        }
        return -1;
    }

    private void begin(Task task) throws GivenUp {
        if (task.duty() == Duty.MAY_LATER) {
            unknown.get(task.peers()).add(task);
            return;
        }
        int slot = 0;
        while (slot < SLOTS && running[slot] != null) {
            slot++;
        }
        if (slot == SLOTS) {
            throw new GivenUp("more than " + SLOTS + " operations run at once");
        }
        running[slot] = task;
        if (task.move().observes()) {
            Frontier after = new Frontier(alike);
            for (Configuration each : frontier.all()) {
                after.add(fits(task, each) ? each.with(slot) : each);
            }
            frontier = after;
        }
    }

    private static boolean fits(Task task, Configuration configuration) {
        return task.move().apply(configuration.state()) == configuration.state();
    }

    private void end(Task task, int slot) throws GivenUp {
        Frontier after = new Frontier(alike);
        for (Configuration each : frontier.all()) {
            if (each.has(slot)) {
                after.add(each.without(slot));
                continue;
            }
            if (task.duty() == Duty.MAY) {
                after.add(each);
            }
            goOnUntil(slot, each, after);
        }
        narrowed |= after.narrowed();
        frontier = after.size() > beam ? narrowed(after) : after;
    }

    private Frontier narrowed(Frontier wide) {
        narrowed = true;
        Frontier narrow = new Frontier(alike);
        wide.all().stream()
                .sorted(Comparator.comparingInt(Configuration::usedCount))
                .limit(beam)
                .forEach(narrow::add);
        return narrow;
    }

    /** Adds every configuration in which the running operation of the slot has just taken effect. */
    private void goOnUntil(int slot, Configuration start, Frontier reached) throws GivenUp {
        Frontier visited = new Frontier(alike);
        Deque<Configuration> open = new ArrayDeque<>();
        visited.add(start);
        open.push(start);
        while (!open.isEmpty()) {
            for (Configuration next : successors(open.pop())) {
                if (++steps > stepsMax) {
                    throw new GivenUp("more than " + stepsMax + " steps");
                }
                if (next.has(slot)) {
                    reached.add(next.without(slot));
                } else if (visited.add(next)) {
                    open.push(next);
                }
            }
            if (visited.size() > beam) {
                narrowed = true;
                return;
            }
        }
        narrowed |= visited.narrowed();
    }

    private List<Configuration> successors(Configuration from) {
        List<Configuration> successors = new ArrayList<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            if (running[slot] != null && !from.has(slot)) {
                int[] after = running[slot].move().apply(from.state());
                if (after != null) {
                    long done = from.done() | 1L << slot;
                    successors.add(observed(new Configuration(done, after, from.used())));
                }
            }
        }
        for (List<Task> peers : unknown) {
            int next = firstUnused(peers, from);
            if (next < peers.size()) {
                use(peers.get(next), from, successors);
            }
        }
        return successors;
    }

    /** They are used in their order, so that the used ones come first. */
    private static int firstUnused(List<Task> peers, Configuration from) {
        int low = 0;
        int high = peers.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (from.hasUsed(peers.get(middle).number())) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void use(Task task, Configuration from, List<Configuration> successors) {
        int[] after = task.move().apply(from.state());
        if (after != null && !Arrays.equals(after, from.state())) {
            successors.add(observed(from.using(task.number(), after)));
        }
    }

    /** With all running operations taken that change nothing and fit. */
    private Configuration observed(Configuration reached) {
        Configuration configuration = reached;
        for (int slot = 0; slot < SLOTS; slot++) {
            Task task = running[slot];
            if (task != null
                    && task.move().observes()
                    && !configuration.has(slot)
                    && fits(task, configuration)) {
                configuration = configuration.with(slot);
            }
        }
        return configuration;
    }
}
