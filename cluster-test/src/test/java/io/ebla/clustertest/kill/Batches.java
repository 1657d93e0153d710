package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/** Atomic batches that put one stamp into every row of a pk: half of a batch shows as two stamps. */
final class Batches implements Workload {

    private static final int GROUPS = 6;
    private static final int ROWS = 5;

    private final String table;
    private final String prefix;
    private final Tally tally;
    private final List<Register> stamps = new ArrayList<>();
    private long writes;

    Batches(String table, String prefix, Tally tally) {
        this.table = table;
        this.prefix = prefix;
        this.tally = tally;
        for (int i = 0; i < GROUPS; i++) {
            stamps.add(new Register(tally));
        }
    }

    @Override
    public void write(Api api, Random random, BooleanSupplier stop) {
        while (!stop.getAsBoolean()) {
            int group = random.nextInt(GROUPS);
            String pk = prefix + group;
            boolean delete = random.nextInt(12) == 0;
            String stamp = delete ? Register.ABSENT : prefix + "-" + ++writes;
            String operations =
                    IntStream.range(0, ROWS)
                            .mapToObj(row -> operation(pk, row, stamp, delete))
                            .collect(Collectors.joining(",", "{\"ops\":[", "]}"));
            Answer answer =
                    tally.count(
                            api.post(
                                    "/v1/tables/" + table + "/batch",
                                    "application/json",
                                    operations));
            stamps.get(group).wrote(stamp, answer);
            if (answer.committed()) {
                assertThat(answer.status()).as("%s", answer).isEqualTo(200);
                takeVersions(pk, answer, delete);
            }
        }
    }

    private static String operation(String pk, int row, String stamp, boolean delete) {
        String key = "\"pk\":\"" + pk + "\",\"sk\":\"part" + row + "\"";
        return delete
                ? "{\"delete\":{" + key + "}}"
                : "{\"put\":{" + key + ",\"data\":{\"v\":\"" + stamp + "\"}}}";
    }

    private void takeVersions(String pk, Answer answer, boolean delete) {
        JsonNode results = Snapshot.JSON.readTree(answer.body()).get("results");
        assertThat(results.size()).isEqualTo(ROWS);
        if (!delete) {
            results.forEach(
                    result -> tally.version(pk, "\"" + result.get("version").asString() + "\""));
        }
    }

    @Override
    public void check(Snapshot snapshot, Api api) {
        for (int group = 0; group < GROUPS; group++) {
            String pk = prefix + group;
            Set<String> found = new HashSet<>();
            for (int row = 0; row < ROWS; row++) {
                found.add(snapshot.value(pk, "part" + row));
            }
            assertThat(found).as("stamps of the one batch in %s", pk).hasSize(1);
            stamps.get(group).read(pk, found.iterator().next());
        }
    }
}
