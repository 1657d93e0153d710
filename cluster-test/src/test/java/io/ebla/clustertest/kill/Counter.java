package io.ebla.clustertest.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.clustertest.process.Answer;
import io.ebla.clustertest.process.Api;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * One row that several writers count up by compare-and-set.
 *
 * <p>No two may be told that they wrote the same number; the row never falls behind a number that was
 * committed or only read, since a strong read returns nothing that could still be lost.
 */
final class Counter implements Workload {

    private static final String SK = "count";

    private final String table;
    private final String pk;
    private final Tally tally;
    private final Set<Long> committed = ConcurrentHashMap.newKeySet();
    private final Set<Long> maybe = ConcurrentHashMap.newKeySet();
    private final AtomicLong seen = new AtomicLong();

    Counter(String table, String pk, Tally tally) {
        this.table = table;
        this.pk = pk;
        this.tally = tally;
    }

    @Override
    public void write(Api api, Random random, BooleanSupplier stop) {
        String path = Api.row(table, pk, SK);
        while (!stop.getAsBoolean()) {
            long floor = seen.get();
            Answer got = api.get(path);
            if (got.status() != 200 && got.status() != 404) {
                continue;
            }
            long value = got.status() == 404 ? 0 : number(got);
            assertThat(value)
                    .as("a strong read after %s was read", floor)
                    .isGreaterThanOrEqualTo(floor);
            seen.accumulateAndGet(value, Math::max);
            String[] condition =
                    value == 0
                            ? new String[] {"If-None-Match", "*"}
                            : new String[] {"If-Match", got.etag()};
            long next = value + 1;
            Answer put = tally.count(api.put(path, "{\"v\":\"" + next + "\"}", condition));
            if (put.committed() && put.ok()) {
                assertThat(committed.add(next)).as("%s was committed twice", next).isTrue();
                seen.accumulateAndGet(next, Math::max);
                tally.version(pk, put.etag());
            } else if (put.unknown()) {
                maybe.add(next);
            }
        }
    }

    private static long number(Answer got) {
        return Long.parseLong(Snapshot.JSON.readTree(got.body()).get("v").asString());
    }

    @Override
    public void check(Snapshot snapshot, Api api) {
        String found = snapshot.value(pk, SK);
        long value = found.equals(Register.ABSENT) ? 0 : Long.parseLong(found);
        assertThat(value)
                .as("the counter, after %s was seen", seen)
                .isGreaterThanOrEqualTo(seen.get());
        for (long number = 1; number <= value; number++) {
            assertThat(committed.contains(number) || maybe.contains(number))
                    .as("somebody wrote %s", number)
                    .isTrue();
        }
        seen.set(value);
    }
}
