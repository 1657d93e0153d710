package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Puts, overwrites and deletes of single rows, some under an {@code If-Match} that holds or does not. */
final class SingleRows implements Workload {

    private static final int ROWS = 40;

    private final String table;
    private final String pk;
    private final Tally tally;
    private final List<Register> rows = new ArrayList<>();
    private final String[] etags = new String[ROWS];
    private long writes;

    SingleRows(String table, String pk, Tally tally) {
        this.table = table;
        this.pk = pk;
        this.tally = tally;
        for (int i = 0; i < ROWS; i++) {
            rows.add(new Register(tally));
        }
    }

    @Override
    public void write(Api api, Random random, BooleanSupplier stop) {
        while (!stop.getAsBoolean()) {
            int row = random.nextInt(ROWS);
            String path = Api.row(table, pk, "row" + row);
            int kind = random.nextInt(10);
            if (kind == 0) {
                delete(api, row, path);
            } else if (kind == 1 && etags[row] != null && rows.get(row).certain()) {
                refused(api, row, path);
            } else {
                put(api, row, path, kind < 4);
            }
        }
    }

    private void put(Api api, int row, String path, boolean conditional) {
        String value = pk + "-" + ++writes;
        boolean match = conditional && etags[row] != null && rows.get(row).certain();
        String[] condition = match ? new String[] {"If-Match", etags[row]} : new String[0];
        Answer answer = tally.count(api.put(path, "{\"v\":\"" + value + "\"}", condition));
        rows.get(row).wrote(value, answer);
        etags[row] = null;
        if (answer.committed()) {
            assertThat(answer.ok()).as("If-Match on the row's own version: %s", answer).isTrue();
            tally.version(pk, answer.etag());
            etags[row] = answer.etag();
        }
    }

    private void refused(Api api, int row, String path) {
        Answer answer =
                tally.count(api.put(path, "{\"v\":\"never\"}", "If-Match", "\"no-such-version\""));
        assertThat(answer.ok()).as("If-Match on a wrong version: %s", answer).isFalse();
        if (answer.unknown()) {
            return; // lost on its way; the condition still forbids it, so it must not be there
        }
        assertThat(answer.outcome()).as("%s", answer).isEqualTo("not_applied");
        assertThat(rows.get(row).certain()).isTrue();
    }

    private void delete(Api api, int row, String path) {
        Answer answer = tally.count(api.delete(path));
        rows.get(row).wrote(Register.ABSENT, answer);
        etags[row] = null;
    }

    @Override
    public void check(Snapshot snapshot, Api api) {
        for (int row = 0; row < ROWS; row++) {
            String sk = "row" + row;
            rows.get(row).read(pk + "/" + sk, snapshot.value(pk, sk));
            etags[row] = null;
        }
        assertThat(snapshot.partition(pk))
                .as("made-up rows of %s", pk)
                .hasSizeLessThanOrEqualTo(ROWS);
        Answer got = api.get(Api.row(table, pk, "row0"));
        assertThat(got.status())
                .as("a get agrees with the scan: %s", got)
                .isEqualTo(rows.get(0).mayBe(Register.ABSENT) ? 404 : 200);
    }
}
