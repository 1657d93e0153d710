package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Puts under an Idempotency-Key. One whose end is unknown is sent again in the next life and must take
 * effect once; one long committed is sent again now and then and must change nothing.
 */
final class Retries implements Workload {

    private static final int ROWS = 20;
    private static final int REMEMBERED = 200;

    private record Request(int row, String key, String value, String etag) {}

    private final String table;
    private final String pk;
    private final Tally tally;
    private final List<Register> rows = new ArrayList<>();
    private final List<Request> done = new ArrayList<>();
    private Request pending;
    private long writes;

    Retries(String table, String pk, Tally tally) {
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
            if (pending != null) {
                finish(api);
            } else if (!done.isEmpty() && random.nextInt(4) == 0) {
                repeat(api, done.get(random.nextInt(done.size())));
            } else {
                int row = random.nextInt(ROWS);
                String id = pk + "-" + ++writes;
                Request request = new Request(row, "key-" + id, id, null);
                Answer answer = send(api, request);
                rows.get(row).wrote(id, answer);
                if (answer.unknown()) {
                    pending = request;
                } else if (answer.committed()) {
                    assertThat(replayed(answer)).as("a first try: %s", answer).isFalse();
                    tally.version(pk, answer.etag());
                    remember(request, answer);
                }
            }
        }
    }

    /** Sends again what was cut off; it is replayed exactly when it was there already. */
    private void finish(Api api) {
        Answer before = api.get(path(pending));
        if (before.status() != 200 && before.status() != 404) {
            return;
        }
        boolean there =
                before.status() == 200 && before.body().contains("\"" + pending.value() + "\"");
        Answer again = send(api, pending);
        rows.get(pending.row()).wrote(pending.value(), again);
        if (!again.committed()) {
            return;
        }
        assertThat(replayed(again))
                .as("retry of %s, there before: %s", pending, there)
                .isEqualTo(there);
        if (there) {
            assertThat(again.etag()).as("the version of a replay").isEqualTo(before.etag());
        }
        tally.version(pk, again.etag());
        remember(pending, again);
        pending = null;
    }

    /** Sends again what was committed, perhaps lives ago and overwritten since. */
    private void repeat(Api api, Request request) {
        Answer again = send(api, request);
        if (!again.committed()) {
            return;
        }
        assertThat(replayed(again)).as("a repetition of %s: %s", request, again).isTrue();
        assertThat(again.etag()).as("the version of a replay").isEqualTo(request.etag());
    }

    private Answer send(Api api, Request request) {
        return tally.count(
                api.put(
                        path(request),
                        "{\"v\":\"" + request.value() + "\"}",
                        "Idempotency-Key",
                        request.key()));
    }

    private void remember(Request request, Answer answer) {
        if (done.size() == REMEMBERED) {
            done.remove(0);
        }
        done.add(new Request(request.row(), request.key(), request.value(), answer.etag()));
    }

    private String path(Request request) {
        return Api.row(table, pk, "row" + request.row());
    }

    private static boolean replayed(Answer answer) {
        return answer.header("Idempotent-Replay").equals("true");
    }

    @Override
    public void check(Snapshot snapshot, Api api) {
        for (int row = 0; row < ROWS; row++) {
            String sk = "row" + row;
            rows.get(row).read(pk + "/" + sk, snapshot.value(pk, sk));
        }
    }
}
