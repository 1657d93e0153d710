package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.tablet.ClientWrite.What;
import io.ebla.tabletserver.tablet.GroupLedger.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Whoever writes to a group and reads from it: requests drawn by chance, of every kind that there is, their
 * answers told to a ledger, which judges at the end, and to a judge of reads, which judges at once. Rows of
 * some keys may expire; the ledger knows nothing of time and is told of the others only.
 */
final class GroupClient {

    private static final List<String> LASTING = List.of("a", "b", "c", "d");
    private static final List<String> EXPIRING = List.of("x", "y");
    private static final List<String> ALL = List.of("a", "b", "c", "d", "x", "y");
    private static final int SESSIONS_MAX = 48;

    private final LocalGroup group;
    private final GroupLedger ledger;
    private final ReadJudge judge;
    private final Random random;
    private final Map<String, String> lastValue = new HashMap<>();
    private final List<Position> sessions = new ArrayList<>();
    private int values;

    GroupClient(LocalGroup group, GroupLedger ledger, ReadJudge judge, Random random) {
        this.group = group;
        this.ledger = ledger;
        this.judge = judge;
        this.random = random;
    }

    static List<String> rows() {
        return LASTING;
    }

    ReadJudge judge() {
        return judge;
    }

    /** A node that thinks it serves, if there is one, the older as likely as the newer. */
    GroupNode whomToAsk() {
        List<GroupNode> serving = new ArrayList<>();
        for (GroupNode node : group.nodes()) {
            if (node.isUp() && node.servesStrongReads()) {
                serving.add(node);
            }
        }
        return serving.isEmpty() || random.nextInt(20) == 0
                ? anyNode()
                : serving.get(random.nextInt(serving.size()));
    }

    /** A node that thinks it serves the row, if that one does not: as forwarders find it in the map. */
    GroupNode route(GroupNode asked, String key) {
        if (judge.log().lineage().isOne() || random.nextInt(10) == 0) {
            return asked;
        }
        List<GroupNode> serving = new ArrayList<>();
        for (GroupNode node : group.nodes()) {
            boolean serves =
                    node.isUp()
                            && node.tablets().stream()
                                    .anyMatch(each -> has(each, key) && each.servesStrongReads());
            if (serves && node == asked) {
                return asked;
            } else if (serves) {
                serving.add(node);
            }
        }
        return serving.isEmpty() ? asked : any(serving, random);
    }

    /** A tablet on a node that has or had the row, the older as likely as the newer; null for none. */
    Tablet tablet(GroupNode node, String key) {
        List<Tablet> open = new ArrayList<>();
        if (node.isUp()) {
            node.tablets().stream().filter(each -> has(each, key)).forEach(open::add);
        }
        return open.isEmpty() ? null : open.size() == 1 ? open.get(0) : any(open, random);
    }

    private boolean has(Tablet tablet, String key) {
        return judge.log().lineage().holds(tablet.id(), key);
    }

    private GroupNode anyNode() {
        return group.node(1 + random.nextInt(group.nodes().size()));
    }

    private static <T> T any(List<T> some, Random random) {
        return some.get(random.nextInt(some.size()));
    }

    long pauseNanos() {
        return random.nextInt(120) * Timeline.MILLI;
    }

    // ---------------------------------------------------------------- writes

    /** Sends a write of whatever kind. */
    void write(GroupNode node) {
        boolean expires = random.nextInt(8) == 0;
        String key = any(expires ? EXPIRING : LASTING, random);
        boolean delete = random.nextInt(12) == 0;
        String value = delete ? null : "v" + values;
        String expected =
                expires
                        ? null
                        : switch (random.nextInt(8)) {
                            case 0 -> GroupLedger.ABSENT;
                            case 1 -> lastValue.getOrDefault(key, GroupLedger.ABSENT);
                            default -> null;
                        };
        List<RowOperation> operations = new ArrayList<>();
        long ttlMillis = expires ? 20 + random.nextInt(600) : 0;
        operations.add(operation(key, value, ttlMillis, expected));
        if (!delete && random.nextInt(8) == 0) {
            String other = any(LASTING, random);
            if (!other.equals(key)) {
                operations.add(operation(other, value + "b" + filler(), 0, null));
            }
        }
        int copies =
                switch (random.nextInt(8)) {
                    case 0 -> 1;
                    case 1 -> WriteRequest.ALL;
                    default -> WriteRequest.QUORUM;
                };
        boolean idempotent = random.nextInt(3) == 0;
        boolean revert = random.nextInt(5) == 0;
        ClientWrite write =
                send(
                        node,
                        key,
                        value,
                        expected,
                        new What(
                                "w" + values++ + ":" + (delete ? "" : value),
                                operations,
                                copies,
                                revert,
                                idempotent,
                                expires,
                                20 + random.nextInt(1_500)));
        if (idempotent) {
            sendAgain(write, node);
        }
    }

    private String filler() {
        int most = group.world.rowMaxBytes;
        return most == 0 ? "" : "b".repeat(random.nextInt(most));
    }

    /** Sends a write that one copy is enough for. */
    void writeLocal(GroupNode node) {
        String key = any(LASTING, random);
        plain(node, key, null, 1, false, 0, 500);
    }

    /** Sends a write that expects the row as it was last written. */
    void writeIf(GroupNode node) {
        String key = any(LASTING, random);
        plain(
                node,
                key,
                lastValue.getOrDefault(key, GroupLedger.ABSENT),
                WriteRequest.QUORUM,
                false,
                0,
                500);
    }

    /** Sends a write that is to be taken back if it is late, or one that waits longer. */
    void writeWithRevert(GroupNode node, long timeoutMillis) {
        String key = any(LASTING, random);
        boolean revert = random.nextInt(3) > 0;
        plain(node, key, null, WriteRequest.QUORUM, revert, 0, revert ? timeoutMillis : 1_500);
    }

    /** Sends a write of a row that expires soon. */
    void writeExpiring(GroupNode node) {
        String key = any(EXPIRING, random);
        long ttlMillis = 50 + random.nextInt(900);
        plain(node, key, null, WriteRequest.QUORUM, false, ttlMillis, 500);
    }

    /** Sends a write of a row that expires between those times. */
    void writeExpiring(GroupNode node, int leastMillis, int mostMillis) {
        String key = any(EXPIRING, random);
        long ttlMillis = leastMillis + random.nextInt(mostMillis - leastMillis);
        plain(node, key, null, WriteRequest.QUORUM, false, ttlMillis, 500);
    }

    private void plain(
            GroupNode node,
            String key,
            String expected,
            int copies,
            boolean revert,
            long ttlMillis,
            long timeoutMillis) {
        String value = "v" + values;
        send(
                node,
                key,
                value,
                expected,
                new What(
                        "w" + values++ + ":" + value,
                        List.of(operation(key, value, ttlMillis, expected)),
                        copies,
                        revert,
                        false,
                        ttlMillis > 0,
                        timeoutMillis));
    }

    /** Sends a write whose first operation is of this row. */
    ClientWrite send(GroupNode node, String key, String value, String expected, What what) {
        lastValue.put(key, value == null ? GroupLedger.ABSENT : value);
        ClientWrite write = new ClientWrite(this, group, what, ledger.begin(key, value, expected));
        write.attempt(node);
        return write;
    }

    /** The same request once more: while the first is under way, or long after. */
    private void sendAgain(ClientWrite write, GroupNode node) {
        switch (random.nextInt(4)) {
            case 0 -> group.after(random.nextInt(3_000) * 1_000L, () -> write.again(node));
            case 1 ->
                    group.after(
                            (50 + random.nextInt(1_500)) * Timeline.MILLI,
                            () -> write.again(whomToAsk()));
            default -> {}
        }
    }

    static RowOperation operation(String key, String value, long ttlMillis, String expected) {
        RowCondition condition =
                expected == null
                        ? RowCondition.ALWAYS
                        : (any, met) ->
                                met.map(SimulatedTablet::text)
                                        .orElse(GroupLedger.ABSENT)
                                        .equals(expected);
        return value == null
                ? new RowOperation.Delete(RowKey.of(key), condition)
                : SimulatedTablet.put(key, value, ttlMillis, condition);
    }

    /** An attempt was answered well. */
    void wrote(GroupNode node, What what, WriteResult result) {
        String key = what.operations().get(0).key().pk().toUtf8();
        switch (result.outcome()) {
            case ACCEPTED -> judge.accepted(node, key, result.position());
            case COMMITTED -> {
                judge.committed(what.name(), result.position());
                if (!what.expires()) {
                    judge.existed(key, result.position(), result.operations().get(0).existed());
                }
            }
            default -> throw new IllegalStateException(result.toString());
        }
        remember(result.position());
    }

    /** An attempt was answered: it was taken back. */
    void reverted(What what) {
        String value = what.name().substring(what.name().indexOf(':') + 1);
        judge.reverted(what.name(), value.isEmpty() ? null : value);
    }

    /** An attempt was refused, as the row was not as expected, though it had been at first perhaps. */
    void refused(Write write, long floor) {
        judge.notMet(
                write.key,
                write.expected.equals(GroupLedger.ABSENT) ? null : write.expected,
                floor);
    }

    /** It has its answer. */
    void ended(Write write, Answers<WriteResult> answer) {
        ledger.ended(write, answer);
    }

    private void remember(Position position) {
        if (sessions.size() == SESSIONS_MAX) {
            sessions.set(random.nextInt(SESSIONS_MAX), position);
        } else {
            sessions.add(position);
        }
    }

    // ---------------------------------------------------------------- reads

    /** Sends a read of whatever kind; strong ones to this node, others to any. */
    void read(GroupNode node) {
        int kind = random.nextInt(20);
        if (kind < 14) {
            get(node, any(ALL, random), ReadLevel.STRONG, null, 20 + random.nextInt(1_500));
        } else if (kind < 16) {
            scan(node, 20 + random.nextInt(1_500));
        } else if (kind < 18 || sessions.isEmpty()) {
            get(anyNode(), any(ALL, random), ReadLevel.LOCAL, null, 1_000);
        } else {
            get(
                    anyNode(),
                    any(ALL, random),
                    ReadLevel.SESSION,
                    any(sessions, random),
                    20 + random.nextInt(1_500));
        }
    }

    /** Reads a row, without a token. */
    void get(GroupNode node, ReadLevel level, long timeoutMillis) {
        get(node, any(ALL, random), level, null, timeoutMillis);
    }

    /** Reads a row that may expire. */
    void readExpiring(GroupNode node) {
        get(node, any(EXPIRING, random), ReadLevel.STRONG, null, 500);
    }

    /** Reads one at a master whose disk takes its time. */
    void readExpiringSlowly(GroupNode node) {
        get(node, any(EXPIRING, random), ReadLevel.STRONG, null, 3_000);
    }

    /** Goes on with a session at any node. */
    void readSession() {
        if (!sessions.isEmpty()) {
            get(anyNode(), any(ALL, random), ReadLevel.SESSION, any(sessions, random), 500);
        }
    }

    void get(GroupNode asked, String key, ReadLevel level, Position token, long timeoutMillis) {
        GroupNode node = level == ReadLevel.STRONG ? route(asked, key) : asked;
        Tablet tablet = token == null ? tablet(node, key) : tablet(node, token.tablet(), key);
        if (tablet == null) {
            return;
        }
        get(node, tablet, key, level, token, timeoutMillis);
    }

    /** Where a token is of use; a row of another tablet is not asked for. */
    private Tablet tablet(GroupNode node, TabletId id, String key) {
        Tablet tablet = node.isUp() ? node.tablet(id) : null;
        return tablet != null && has(tablet, key) ? tablet : null;
    }

    /** Reads a row of a tablet there, whoever serves it by now. */
    void get(
            GroupNode node,
            Tablet tablet,
            String key,
            ReadLevel level,
            Position token,
            long timeoutMillis) {
        boolean strong = level == ReadLevel.STRONG;
        long floor = ledger.now();
        ReadJudge.Asked asked = judge.asks(node, tablet, level, token, List.of(key));
        group.tampering()
                .clients(node, tablet)
                .get(
                        RowKey.of(key),
                        level,
                        token,
                        group.deadline(node, timeoutMillis),
                        node.whileThisRunLives(),
                        (result, failure) -> {
                            if (failure == null) {
                                judge.answered(asked, key, result.row(), result.position());
                                remember(result.position());
                                if (LASTING.contains(key) && level != ReadLevel.SESSION) {
                                    ledger.read(key, floor, strong, text(result.row()));
                                }
                            } else if (failure.code() == ErrorCode.POSITION_LOST) {
                                judge.lost(asked);
                            }
                        });
    }

    void scan(GroupNode node, long timeoutMillis) {
        List<Tablet> open = node.isUp() ? node.tablets() : List.of();
        if (open.isEmpty()) {
            return;
        }
        Tablet tablet = open.size() == 1 ? open.get(0) : any(open, random);
        List<String> keys = ALL.stream().filter(key -> has(tablet, key)).toList();
        ReadJudge.Asked asked = judge.asks(node, tablet, ReadLevel.STRONG, null, keys);
        group.tampering()
                .clients(node, tablet)
                .scan(
                        KeyRange.ALL,
                        random.nextBoolean(),
                        true,
                        ReadLevel.STRONG,
                        null,
                        group.deadline(node, timeoutMillis),
                        node.whileThisRunLives(),
                        (scan, failure) -> {
                            if (failure == null) {
                                judge(asked, keys, scan);
                            }
                        });
    }

    private void judge(ReadJudge.Asked asked, List<String> keys, TabletScan scan) {
        Map<String, Row> found = new HashMap<>();
        try (scan) {
            for (Row row = scan.next(); row != null; row = scan.next()) {
                found.put(row.key().pk().toUtf8(), row);
            }
        }
        found.keySet().stream()
                .filter(key -> !keys.contains(key))
                .forEach(
                        key -> {
                            throw new GroupLedger.Violation(
                                    asked.tablet() + " shows '" + key + "', which is another's");
                        });
        for (String key : keys) {
            judge.answered(asked, key, Optional.ofNullable(found.get(key)), scan.position());
        }
    }

    private static String text(Optional<Row> row) {
        return row.map(SimulatedTablet::text).orElse(GroupLedger.ABSENT);
    }
}
