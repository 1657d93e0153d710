package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * One random life of a journal on a disk that loses power. After every restart the journal must stand
 * where it would after some number of the operations given to it, in their order, and at least after
 * all that were answered: across all tablets, since they share one journal.
 */
final class CrashRun {

    private static final int TABLETS = 4;

    /**
     * A tablet's log as the journal must know it; null when dropped or never heard of.
     *
     * @param base epoch and index of the entry before the first one, both 0 at the start
     * @param hint highest index that it says is committed
     * @param released up to where this log, until it is dropped, was released
     */
    private record State(
            Base base, List<LogEntry> entries, long promised, long hint, AtomicLong released) {

        private record Base(long epoch, long index) {}

        static State empty() {
            return new State(new Base(0, 0), List.of(), 0, 0, new AtomicLong());
        }

        long lastIndex() {
            return base.index() + entries.size();
        }

        long epochAt(long index) {
            return index == base.index()
                    ? base.epoch()
                    : entries.get((int) (index - base.index() - 1)).epoch();
        }

        long lastEpoch() {
            return epochAt(lastIndex());
        }

        /** The lowest index behind which the log may be cut. */
        long mostCut() {
            return Math.max(base.index(), Math.max(hint, released.get()));
        }

        List<LogEntry> from(long index) {
            return entries.subList((int) (index - base.index() - 1), entries.size());
        }

        State with(List<LogEntry> appended) {
            List<LogEntry> all = new ArrayList<>(entries);
            all.addAll(appended);
            LogEntry last = all.get(all.size() - 1);
            return new State(
                    base,
                    all,
                    Math.max(promised, last.epoch()),
                    Math.max(hint, last.commitHint()),
                    released);
        }

        State promised(long epoch) {
            return new State(base, entries, Math.max(promised, epoch), hint, released);
        }

        State truncated(long kept) {
            List<LogEntry> rest = entries.subList(0, (int) (kept - base.index()));
            return new State(base, List.copyOf(rest), promised, hint, released);
        }

        State restarted(long epoch, long index, AtomicLong releasedNow) {
            boolean goesOn = index < lastIndex() && epochAt(index) == epoch;
            return new State(
                    new Base(epoch, index),
                    goesOn ? List.copyOf(from(index + 1)) : List.of(),
                    Math.max(promised, epoch),
                    Math.max(hint, index),
                    releasedNow);
        }
    }

    private interface Operation {

        State apply(State before);
    }

    private record Given(TabletId tablet, Operation operation, Appended end) {}

    private final Random random;
    private final SimulatedDisk disk;
    private final ManualClock clock = new ManualClock();
    private final OplogSettings settings;
    private Map<TabletId, State> known = new TreeMap<>();
    private final Map<TabletId, State> latest = new TreeMap<>();
    private final List<Given> given = new ArrayList<>();
    private SegmentOplog oplog;
    private int crashes;

    CrashRun(long seed) {
        random = new Random(seed);
        disk = new SimulatedDisk(seed, 8 << 20);
        settings =
                OplogSettings.defaults()
                        .withSegmentBytes(64 << 10 << random.nextInt(2))
                        .withGroupBytes(4096 << random.nextInt(3))
                        .withFreeSpace(0, 1_000);
    }

    int crashes() {
        return crashes;
    }

    void run() throws IOException {
        int lives = 2 + random.nextInt(4);
        for (int life = 0; life < lives; life++) {
            open();
            check();
            if (random.nextInt(4) > 0) {
                disk.cutPowerIn(random.nextInt(120));
            }
            live(5 + random.nextInt(40));
            end();
        }
        open();
        check();
    }

    private void open() throws IOException {
        int attempts = 0;
        while (true) {
            boolean power = true;
            if (attempts++ < 3 && random.nextInt(3) == 0) {
                power = random.nextInt(3) == 0;
                if (power) {
                    disk.failForceIn(random.nextInt(3));
                } else {
                    disk.cutPowerIn(random.nextInt(8));
                }
            }
            try {
                oplog =
                        SegmentOplog.openWithoutThreads(
                                disk, settings, clock, OplogObserver.NONE, () -> {});
                disk.cutPowerIn(Long.MAX_VALUE);
                return;
            } catch (IOException e) {
                die(power && random.nextBoolean());
            }
        }
    }

    private void live(int operations) {
        for (int i = 0; i < operations && oplog.condition() == Oplog.Condition.OPEN; i++) {
            TabletId tablet = new TabletId(1 + random.nextInt(TABLETS));
            if (random.nextInt(100) == 0) {
                disk.failForceIn(random.nextInt(3));
            }
            switch (random.nextInt(14)) {
                case 0 -> promise(tablet);
                case 1 -> release(tablet);
                case 2 -> {
                    if (random.nextInt(4) == 0) {
                        drop(tablet);
                    }
                }
                case 3 -> clock.passMillis(60);
                case 4 -> truncate(tablet);
                case 5 -> {
                    if (random.nextInt(3) == 0) {
                        restart(tablet);
                    }
                }
                default -> append(tablet);
            }
            if (random.nextInt(3) == 0) {
                oplog.step();
            }
        }
        oplog.step();
    }

    private void append(TabletId tablet) {
        State state = latest.getOrDefault(tablet, State.empty());
        List<LogEntry> entries = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        int size = random.nextInt(8) == 0 ? random.nextInt(10_000) : random.nextInt(300);
        long index = state.lastIndex();
        long previous = state.lastEpoch();
        long hint = state.hint() + random.nextInt((int) (index - state.hint()) + 1);
        long epoch = Math.max(1, Math.max(previous, state.promised()));
        if (random.nextInt(10) == 0) {
            epoch++;
        }
        for (int i = 0; i < count; i++) {
            LogEntry entry = Entries.write(tablet, epoch, ++index, previous, size);
            entries.add(Entries.hinted(entry, hint));
            previous = epoch;
        }
        State fresh = State.empty();
        give(
                tablet,
                before -> (before == null ? fresh : before).with(entries),
                end -> oplog.append(entries, end));
    }

    private void promise(TabletId tablet) {
        long epoch = 1 + random.nextInt(20);
        State fresh = State.empty();
        give(
                tablet,
                before -> (before == null ? fresh : before).promised(epoch),
                end -> oplog.promise(tablet, epoch, end));
    }

    private void truncate(TabletId tablet) {
        State state = latest.get(tablet);
        if (state != null && state.lastIndex() > 0) {
            long most = state.lastIndex() - Math.min(state.mostCut(), state.lastIndex());
            long kept = state.lastIndex() - random.nextInt((int) most + 1);
            give(
                    tablet,
                    before -> before.truncated(kept),
                    end -> oplog.truncate(tablet, kept, end));
        }
    }

    /** Behind the log; or within it, at an entry that it holds, or at another one of the same index. */
    private void restart(TabletId tablet) {
        State fresh = State.empty();
        State state = latest.getOrDefault(tablet, fresh);
        long within = state.lastIndex() - state.mostCut();
        boolean behind = within <= 1 || random.nextBoolean();
        long index =
                behind
                        ? state.lastIndex() + 1 + random.nextInt(50)
                        : state.mostCut() + 1 + random.nextInt((int) within - 1);
        boolean same = !behind && random.nextBoolean();
        long epoch =
                same ? state.epochAt(index) : 1 + Math.max(state.lastEpoch(), state.promised());
        AtomicLong released = new AtomicLong(Math.max(state.released().get(), index));
        give(
                tablet,
                before -> (before == null ? fresh : before).restarted(epoch, index, released),
                end -> oplog.restart(tablet, epoch, index, end));
    }

    private void drop(TabletId tablet) {
        give(tablet, before -> null, end -> oplog.drop(tablet, end));
    }

    private void give(TabletId tablet, Operation operation, Consumer<Oplog.AppendListener> call) {
        Appended end = new Appended();
        call.accept(end);
        given.add(new Given(tablet, operation, end));
        put(latest, tablet, operation.apply(latest.get(tablet)));
    }

    private void release(TabletId tablet) {
        State durable = replayed(answered()).get(tablet);
        boolean unchanged = given.stream().allMatch(each -> each.end().isOver());
        if (durable != null && !durable.entries().isEmpty() && unchanged) {
            long upTo = durable.base().index() + 1 + random.nextInt(durable.entries().size());
            durable.released().accumulateAndGet(upTo, Math::max);
            oplog.retain(tablet, random.nextBoolean() ? Long.MAX_VALUE : upTo / 2);
            oplog.release(tablet, upTo);
        }
    }

    private void end() {
        if (oplog.condition() == Oplog.Condition.OPEN) {
            given.stream().map(Given::end).filter(Appended::isOver).forEach(Appended::await);
        }
        int way = random.nextInt(4);
        if (way == 0) {
            oplog.close();
            if (oplog.condition() == Oplog.Condition.CLOSED) {
                disk.kill();
            }
        } else {
            die(way == 1);
        }
    }

    /** @param power whether the machine lives on, and with it what it holds in memory */
    private void die(boolean power) {
        if (power) {
            disk.kill();
        } else {
            disk.crash();
            crashes++;
        }
    }

    private int answered() {
        int answered = 0;
        for (int i = 0; i < given.size(); i++) {
            if (given.get(i).end().isDurable()) {
                answered = i + 1;
            }
        }
        return answered;
    }

    private Map<TabletId, State> replayed(int operations) {
        Map<TabletId, State> states = new TreeMap<>(known);
        for (Given each : given.subList(0, operations)) {
            put(states, each.tablet(), each.operation().apply(states.get(each.tablet())));
        }
        return states;
    }

    private static void put(Map<TabletId, State> states, TabletId tablet, State state) {
        if (state == null) {
            states.remove(tablet);
        } else {
            states.put(tablet, state);
        }
    }

    private void check() {
        assertThat(oplog.corrupted()).isEmpty();
        assertThat(oplog.forgetful()).isFalse();
        Map<TabletId, State> states = null;
        for (int operations = given.size();
                operations >= answered() && states == null;
                operations--) {
            Map<TabletId, State> candidate = replayed(operations);
            states = isNow(candidate) ? candidate : null;
        }
        assertThat(states).as("a state that keeps what was answered: %s", tails()).isNotNull();
        known = states;
        latest.clear();
        latest.putAll(states);
        given.clear();
    }

    private boolean isNow(Map<TabletId, State> states) {
        for (int t = 1; t <= TABLETS; t++) {
            TabletId tablet = new TabletId(t);
            State state = states.get(tablet);
            Oplog.Tail tail = oplog.tail(tablet).orElse(null);
            if ((state == null) != (tail == null)) {
                return false;
            }
            if (state != null
                    && !(isTail(state, tail) && holds(tablet, state, tail.firstIndex()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isTail(State state, Oplog.Tail tail) {
        return tail.lastIndex() == state.lastIndex()
                && tail.lastEpoch() == state.lastEpoch()
                && tail.commitHint() == state.hint()
                && tail.promisedEpoch() == state.promised();
    }

    private List<Oplog.Tail> tails() {
        List<Oplog.Tail> tails = new ArrayList<>();
        for (int t = 1; t <= TABLETS; t++) {
            tails.add(oplog.tail(new TabletId(t)).orElse(null));
        }
        return tails;
    }

    private boolean holds(TabletId tablet, State state, long first) {
        if (first > state.released().get() + 1 || first <= state.base().index()) {
            return false;
        }
        List<LogEntry> entries = new ArrayList<>();
        oplog.replay(tablet, first, entries::add);
        return entries.equals(state.from(first));
    }
}
