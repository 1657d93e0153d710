package io.ebla.tabletserver.tablet;

import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.tablet.GroupLedger.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Whoever writes to a group and reads from it: requests drawn by chance, their answers told to a ledger. */
final class GroupClient {

    private static final int KEYS = 4;
    private static final String[] NAMES = {"a", "b", "c", "d"};

    private final LocalGroup group;
    private final GroupLedger ledger;
    private final Random random;
    private final String[] lastValue = new String[KEYS];
    private int values;

    GroupClient(LocalGroup group, GroupLedger ledger, Random random) {
        this.group = group;
        this.ledger = ledger;
        this.random = random;
    }

    static List<String> rows() {
        return List.of(NAMES);
    }

    /** A node that thinks it serves, if there is one, the older as likely as the newer. */
    GroupNode whomToAsk() {
        List<GroupNode> serving = new ArrayList<>();
        for (GroupNode node : group.nodes()) {
            if (node.isUp() && node.state().servesStrongReads()) {
                serving.add(node);
            }
        }
        return serving.isEmpty() || random.nextInt(20) == 0
                ? group.node(1 + random.nextInt(group.nodes().size()))
                : serving.get(random.nextInt(serving.size()));
    }

    void write(GroupNode node) {
        if (!node.isUp()) {
            return;
        }
        int row = random.nextInt(KEYS);
        String key = NAMES[row];
        boolean delete = random.nextInt(12) == 0;
        String value = delete ? null : "v" + values++;
        String expected =
                switch (random.nextInt(8)) {
                    case 0 -> GroupLedger.ABSENT;
                    case 1 -> lastValue[row] == null ? GroupLedger.ABSENT : lastValue[row];
                    default -> null;
                };
        RowCondition condition =
                expected == null
                        ? RowCondition.ALWAYS
                        : (any, met) ->
                                met.map(SimulatedTablet::text)
                                        .orElse(GroupLedger.ABSENT)
                                        .equals(expected);
        RowOperation operation =
                delete
                        ? new RowOperation.Delete(RowKey.of(key), condition)
                        : SimulatedTablet.put(key, value, 0, condition);
        int copies =
                switch (random.nextInt(8)) {
                    case 0 -> 1;
                    case 1 -> WriteRequest.ALL;
                    default -> WriteRequest.QUORUM;
                };
        WriteRequest request =
                new WriteRequest(
                        List.of(operation),
                        copies,
                        random.nextInt(5) == 0,
                        group.deadline(node, 20 + random.nextInt(1_500)),
                        "",
                        null,
                        null);
        Write write = ledger.begin(key, value, expected);
        lastValue[row] = value;
        Answers<WriteResult> answer = new Answers<>();
        node.tablet()
                .write(
                        request,
                        node.whileThisRunLives(),
                        (result, failure) -> {
                            answer.complete(result, failure);
                            ledger.ended(write, answer);
                        });
    }

    void read(GroupNode node) {
        if (!node.isUp()) {
            return;
        }
        String key = NAMES[random.nextInt(KEYS)];
        boolean strong = random.nextInt(10) != 0;
        long floor = ledger.now();
        node.tablet()
                .get(
                        RowKey.of(key),
                        strong ? ReadLevel.STRONG : ReadLevel.LOCAL,
                        null,
                        group.deadline(node, 20 + random.nextInt(1_500)),
                        node.whileThisRunLives(),
                        (result, failure) -> {
                            if (failure == null) {
                                ledger.read(
                                        key,
                                        floor,
                                        strong,
                                        result.row()
                                                .map(SimulatedTablet::text)
                                                .orElse(GroupLedger.ABSENT));
                            }
                        });
    }
}
