package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;

/** Bulk writes of many rows over several tablets, each row twice: its lines take effect in their order. */
final class BulkWrites implements Workload {

    private static final int ROWS = 30;

    private final String table;
    private final List<String> pks;
    private final Tally tally;
    private final List<Register> rows = new ArrayList<>();
    private long writes;

    /** @param pks own pks, one per tablet at best */
    BulkWrites(String table, List<String> pks, Tally tally) {
        this.table = table;
        this.pks = pks;
        this.tally = tally;
        for (int i = 0; i < ROWS; i++) {
            rows.add(new Register(tally));
        }
    }

    @Override
    public void write(Api api, Random random, BooleanSupplier stop) {
        while (!stop.getAsBoolean()) {
            String first = "first-" + ++writes;
            String last = "last-" + writes;
            StringBuilder lines = new StringBuilder();
            for (String value : List.of(first, last)) {
                for (int row = 0; row < ROWS; row++) {
                    lines.append(line(row, value));
                }
            }
            Answer answer =
                    api.post("/v1/tables/" + table + "/rows", "application/x-ndjson", "" + lines);
            if (answer.status() == 200) {
                counted(Snapshot.JSON.readTree(answer.body()), answer, first, last);
            } else {
                assertThat(answer.status()).as("%s", answer).isIn(0, 503);
                rows.forEach(row -> row.maybe(first));
                rows.forEach(row -> row.maybe(last));
                tally.bulk(0, ROWS);
            }
        }
    }

    private void counted(JsonNode counts, Answer answer, String first, String last) {
        boolean whole = counts.get("written").asInt() == 2 * ROWS;
        for (Register row : rows) {
            if (whole) {
                row.committed(last);
            } else {
                row.maybe(first);
                row.maybe(last);
            }
        }
        int told =
                counts.get("written").asInt()
                        + counts.get("failed").asInt()
                        + counts.get("unknown").asInt();
        assertThat(told).as("every line is counted: %s", answer).isEqualTo(2 * ROWS);
        tally.bulk(whole ? 2 * ROWS : 0, whole ? 0 : 2 * ROWS);
    }

    private String line(int row, String value) {
        return "{\"pk\":\""
                + pks.get(row % pks.size())
                + "\",\"sk\":\"bulk"
                + row
                + "\",\"data\":{\"v\":\""
                + value
                + "\"}}\n";
    }

    @Override
    public void check(Snapshot snapshot, Api api) {
        for (int row = 0; row < ROWS; row++) {
            String pk = pks.get(row % pks.size());
            rows.get(row).read(pk + "/bulk" + row, snapshot.value(pk, "bulk" + row));
        }
    }
}
