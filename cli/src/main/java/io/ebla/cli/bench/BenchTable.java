package io.ebla.cli.bench;

import io.ebla.client.BulkLine;
import io.ebla.client.BulkReceipt;
import io.ebla.client.EblaClient;
import io.ebla.client.TableOptions;
import io.ebla.client.Value;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The rows a run reads and overwrites. */
final class BenchTable {

    private final EblaClient client;
    private final BenchPlan plan;

    BenchTable(EblaClient client, BenchPlan plan) {
        this.client = client;
        this.plan = plan;
    }

    /** A table that is there is taken as it is. */
    void create() {
        boolean absent = client.tables().stream().noneMatch(one -> one.name().equals(plan.table()));
        if (absent) {
            client.createTable(plan.table(), TableOptions.defaults());
        }
    }

    void load() {
        BenchValues values = new BenchValues(plan.valueSize(), plan.seed());
        SplittableRandom random = new SplittableRandom(plan.seed());
        Stream<BulkLine.Put> lines =
                IntStream.range(0, plan.groups() * plan.batch())
                        .mapToObj(row -> new BulkLine.Put(key(row), value(values, random)));
        BulkReceipt receipt = client.bulkWrite(plan.table(), lines.iterator());
        if (receipt.failed() > 0 || receipt.unknown() > 0) {
            throw new IllegalStateException("the rows could not be loaded: " + receipt);
        }
    }

    private RowKey key(int row) {
        String pk = BenchPlan.pk(row / plan.batch());
        return plan.batch() == 1 ? RowKey.of(pk) : RowKey.of(pk, BenchPlan.sk(row % plan.batch()));
    }

    private Value value(BenchValues values, SplittableRandom random) {
        Bytes letters = Bytes.wrap(values.pool(), values.next(random), values.size());
        return plan.batch() == 1
                ? new Value(letters, Value.OCTETS)
                : Value.json('"' + letters.toUtf8() + '"');
    }
}
