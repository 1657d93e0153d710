package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.tablet.CommittedLog.State;
import io.ebla.tabletserver.tablet.GroupLedger.Violation;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Judges every read when it is answered, by what the stores of all nodes had applied when it was sent:
 *
 * <ul>
 *   <li>whatever it shows is committed, and stands where it says;
 *   <li>a strong one shows no less than what any store had applied, nor than a write that the same master
 *       had answered {@code accepted}; never what was answered {@code reverted}; and never again what it has
 *       shown expired by a clock within the bound (T1, T2); a master whose journal failed answers reads
 *       until its process ends, and what it alone accepted is gone by then;
 *   <li>a session one shows no less than its token, and nothing to a token that no log holds; and what a
 *       session is told to be lost no log will ever hold (W7).
 * </ul>
 */
final class ReadJudge {

    /** A read on its way. */
    record Asked(
            GroupNode node,
            TabletId tablet,
            ReadLevel level,
            Position token,
            Map<String, Long> floors,
            long accepted,
            long order) {

        /** The entry that a read of the row must not be behind. */
        long floor(String key) {
            return floors.getOrDefault(key, token == null ? 0 : token.index());
        }
    }

    /** What a master has promised beyond what is committed. */
    private record Promised(GroupNode node, TabletId tablet, long epoch, long index) {}

    private final CommittedLog log;
    private final Map<State, Long> expired = new HashMap<>();
    private final Set<String> shown = new HashSet<>();
    private final Set<String> reverted = new HashSet<>();
    private final Map<String, Promised> accepted = new HashMap<>();
    private final Map<String, Position> requests = new HashMap<>();
    private final Map<ReadLevel, Integer> answered = new HashMap<>();
    private final Set<String> takenBack = new HashSet<>();
    private final Map<Position, GroupNode> lost = new HashMap<>();

    /** Counts answers to reads: what was sent later must not be behind them. */
    private long order;

    ReadJudge(CommittedLog log) {
        this.log = log;
    }

    CommittedLog log() {
        return log;
    }

    /** How many reads of a level it has judged. */
    int answered(ReadLevel level) {
        return answered.getOrDefault(level, 0);
    }

    // ---------------------------------------------------------------- reads

    /** @param keys what it reads */
    Asked asks(
            GroupNode node, Tablet tablet, ReadLevel level, Position token, Iterable<String> keys) {
        TabletId id = tablet.id();
        if (level != ReadLevel.STRONG) {
            Position from = level == ReadLevel.SESSION ? token : null;
            return new Asked(node, id, level, from, Map.of(), 0, order);
        }
        long promised = 0;
        Map<String, Long> floors = new HashMap<>();
        for (String key : keys) {
            Promised last = accepted.get(key);
            if (last != null
                    && last.node() == node
                    && last.tablet().equals(id)
                    && last.epoch() == tablet.pipeline().masterEpoch()) {
                promised = Math.max(promised, last.index());
            }
            floors.put(key, log.lastIndex(key));
        }
        return new Asked(node, id, level, null, floors, promised, order);
    }

    /** @param position how far it says the replica had applied */
    void answered(Asked asked, String key, Optional<Row> row, Position position) {
        order++;
        answered.merge(asked.level(), 1, Integer::sum);
        if (position.index() < asked.accepted() && !asked.node().is(TabletState.DISK_FAILED)) {
            throw new Violation(
                    told(asked, key, row) + " before entry " + asked.accepted() + ", accepted");
        }
        if (asked.level() == ReadLevel.SESSION) {
            inHistory(asked, position);
        }
        State state = row.isPresent() ? present(asked, key, row.get()) : absent(asked, key);
        if (asked.level() == ReadLevel.STRONG && state.value() != null && row.isPresent()) {
            shown.add(state.value());
            notReverted(state.value());
            if (expired.getOrDefault(state, Long.MAX_VALUE) < asked.order()) {
                throw new Violation(told(asked, key, row) + ", which had expired already");
            }
        }
    }

    private State present(Asked asked, String key, Row row) {
        State state = log.at(key, row.version().index());
        String value = SimulatedTablet.text(row);
        if (state.index() != row.version().index()
                || state.epoch() != row.version().epoch()
                || !value.equals(state.value())) {
            throw new Violation(
                    told(asked, key, Optional.of(row)) + ", which no store has applied");
        }
        State floor = log.at(key, asked.floor(key));
        if (state.index() < floor.index()) {
            throw new Violation(
                    told(asked, key, Optional.of(row)) + ", and " + floor + " was there before");
        }
        return state;
    }

    /** One of the states since then is none, or could expire and has. */
    private State absent(Asked asked, String key) {
        State floor = log.at(key, asked.floor(key));
        Collection<State> later = log.after(key, asked.floor(key));
        if (floor.value() == null) {
            return floor;
        }
        for (State state : later) {
            if (state.value() == null) {
                return state;
            }
        }
        Tablet tablet = asked.node().tablet(asked.tablet());
        if (tablet == null) {
            return floor; // removed meanwhile, and with it the time that it told by
        }
        long now = tablet.parts().time().floorMillis();
        if (hasExpired(floor, now)) {
            if (asked.level() == ReadLevel.STRONG && later.isEmpty() && isNearOthers(asked, now)) {
                expired.putIfAbsent(floor, order);
            }
            return floor;
        }
        for (State state : later) {
            if (hasExpired(state, now)) {
                return state;
            }
        }
        throw new Violation(told(asked, key, Optional.empty()) + ", and " + floor + " was there");
    }

    /** T2: nobody takes a time from a clock that is further ahead, so that its word binds itself only. */
    private static boolean isNearOthers(Asked asked, long nowMillis) {
        LocalGroup group = asked.node().group();
        return group.nodes().stream()
                .allMatch(
                        node ->
                                nowMillis
                                        <= node.clock.wallMillis()
                                                + group.replication().maxClockOffsetMillis());
    }

    private static boolean hasExpired(State state, long nowMillis) {
        return state.expiresAt() != 0 && state.expiresAt() <= nowMillis;
    }

    /** W7: the log that it was answered from is the one that the token is from. */
    private void inHistory(Asked asked, Position position) {
        Position token = asked.token();
        LogEntry there = log.entry(token.tablet(), token.index());
        if (there != null && there.epoch() != token.epoch()) {
            throw new Violation(
                    "a session goes on at "
                            + asked.node()
                            + " from "
                            + token
                            + ", where the log has "
                            + there.epoch()
                            + epochKnown(asked.node(), token));
        }
        if (position.index() < token.index()) {
            throw new Violation("a session at " + token + " is shown " + position);
        }
    }

    /** A session was told that no log holds its token. */
    void lost(Asked asked) {
        lost.putIfAbsent(asked.token(), asked.node());
        isLost(asked.token(), asked.node());
    }

    /** Nothing more will happen. */
    void end() {
        lost.forEach(this::isLost);
    }

    private void isLost(Position token, GroupNode node) {
        LogEntry there = log.entry(token.tablet(), token.index());
        if (there != null && there.epoch() == token.epoch()) {
            throw new Violation(node + " calls " + token + " lost, and it is there");
        }
    }

    private static String epochKnown(GroupNode node, Position token) {
        Tablet tablet = node.tablet(token.tablet());
        return tablet == null
                ? ""
                : ", and the replica knows " + tablet.parts().history().epochAt(token.index());
    }

    private static String told(Asked asked, String key, Optional<Row> row) {
        return asked.node()
                + " answers a "
                + asked.level()
                + " read of '"
                + key
                + "' with "
                + row.map(found -> "'" + SimulatedTablet.text(found) + "' of " + found.version())
                        .orElse("nothing");
    }

    // ---------------------------------------------------------------- writes

    /** A node accepted a write before a quorum has it; it may do so only while nobody else can be master. */
    void accepted(GroupNode node, String key, Position position) {
        TabletId tablet = position.tablet();
        LogEntry last = log.entry(tablet, log.lastIndex(tablet));
        if (last != null && last.epoch() > position.epoch()) {
            throw new Violation(
                    node + " accepts in epoch " + position.epoch() + " after " + last.epoch());
        }
        if (log.lineage().at(key, position.index()).equals(tablet)) {
            accepted.put(key, new Promised(node, tablet, position.epoch(), position.index()));
        }
    }

    /** A write was committed: it says truly whether there was a row (W2). */
    void existed(String key, Position position, boolean existed) {
        State before = log.at(key, position.index() - 1);
        if (existed != (before.value() != null)) {
            throw new Violation(
                    "a write at " + position + " says existed " + existed + " of " + before);
        }
    }

    /**
     * A condition failed: there was a committed state since the request was sent that did not meet it (W2).
     */
    void notMet(String key, String expected, long floor) {
        boolean met = Objects.equals(log.at(key, floor).value(), expected);
        for (State later : log.after(key, floor)) {
            met &= Objects.equals(later.value(), expected);
        }
        if (met) {
            throw new Violation(
                    "a condition failed on '" + expected + "', which '" + key + "' was all along");
        }
    }

    /** A write was taken back, and nobody may have seen it. */
    void reverted(String request, String value) {
        takenBack.add(request);
        notBoth(request);
        if (value != null) {
            reverted.add(value);
            notReverted(value);
        }
    }

    private void notReverted(String value) {
        if (shown.contains(value) && reverted.contains(value)) {
            throw new Violation("'" + value + "' was read, and taken back");
        }
    }

    /** All good answers to one request name one place in the log (W4). */
    void committed(String request, Position position) {
        Position before = requests.putIfAbsent(request, position);
        boolean same =
                before == null
                        || before.epoch() == position.epoch() && before.index() == position.index();
        if (!same) {
            throw new Violation(
                    request + " was answered at " + before + " and then at " + position);
        }
        notBoth(request);
    }

    private void notBoth(String request) {
        if (requests.containsKey(request) && takenBack.contains(request)) {
            throw new Violation(request + " was answered committed, and reverted");
        }
    }
}
