package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.RowOperation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The document of an atomic batch: read, checked, and turned into the operations of one write.
 *
 * <pre>
 *   {"ops":[{"put":ROW,"if":EXPR},{"delete":KEY,"if":EXPR},{"check":KEY,"if":EXPR}]}
 * </pre>
 */
final class Batch {

    private final Keys keys;
    private final ApiLimits limits;
    private final TableDescriptor table;
    private final WriteOptions options;

    Batch(Keys keys, ApiLimits limits, TableDescriptor table, WriteOptions options) {
        this.keys = keys;
        this.limits = limits;
        this.table = table;
        this.options = options;
    }

    /** @throws EblaException when it is no batch, or one that cannot be atomic */
    List<RowOperation> operations(Bytes body) {
        List<RowOperation> operations = null;
        JsonReader reader = new JsonReader(body);
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            if (!name.equals("ops")) {
                throw RowDocument.unknown(name);
            }
            RowDocument.once(name, operations);
            operations = list(reader);
        }
        reader.end();
        if (operations == null || operations.isEmpty()) {
            throw Problems.invalid("the batch has no operations");
        }
        requireOnePk(operations);
        return operations;
    }

    private List<RowOperation> list(JsonReader reader) {
        List<RowOperation> operations = new ArrayList<>();
        reader.beginArray();
        while (reader.nextElement()) {
            if (operations.size() == limits.batchOperations()) {
                throw new EblaException(
                        ErrorCode.TOO_LARGE,
                        "the batch has more than " + limits.batchOperations() + " operations");
            }
            try {
                operations.add(operation(reader));
            } catch (EblaException refused) {
                throw at(operations.size(), refused);
            }
        }
        return operations;
    }

    private static EblaException at(int operation, EblaException refused) {
        return new EblaException(
                        refused.code(), "operation " + operation + ": " + refused.getMessage())
                .withStatus(refused.status());
    }

    private RowOperation operation(JsonReader reader) {
        String kind = null;
        RowDocument row = null;
        String ifText = null;
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            switch (name) {
                case "put", "delete", "check" -> {
                    if (kind != null) {
                        throw Problems.invalid("it is a " + kind + " and a " + name);
                    }
                    kind = name;
                    row =
                            name.equals("put")
                                    ? RowDocument.whole(reader)
                                    : RowDocument.keyOnly(reader);
                }
                case "if" -> {
                    RowDocument.once(name, ifText);
                    ifText = reader.takeNull() ? null : reader.text();
                }
                default -> throw RowDocument.unknown(name);
            }
        }
        if (row == null) {
            throw Problems.invalid("it is neither a put, a delete nor a check");
        }
        return operation(kind, row, ifText);
    }

    private RowOperation operation(String kind, RowDocument row, String ifText) {
        RowKey key = row.key(keys);
        RowCondition own = ifText == null ? RowCondition.ALWAYS : Conditions.compile(ifText);
        RowCondition condition = own.and(options.condition());
        return switch (kind) {
            case "put" ->
                    new RowOperation.Put(
                            key,
                            JsonReader.copied(row.value(limits)),
                            row.contentType(),
                            row.ttlMillis(options.ttlMillisIn(table)),
                            condition);
            case "delete" -> new RowOperation.Delete(key, condition);
            default -> {
                if (condition == RowCondition.ALWAYS) {
                    throw Problems.invalid("a check needs an if");
                }
                yield new RowOperation.Check(key, condition);
            }
        };
    }

    private static void requireOnePk(List<RowOperation> operations) {
        Set<RowKey> rows = new HashSet<>();
        for (RowOperation operation : operations) {
            if (!rows.add(operation.key())) {
                throw Problems.invalid("row " + operation.key() + " is in the batch twice");
            }
        }
        RowKey first = operations.get(0).key();
        for (RowOperation operation : operations) {
            if (!operation.key().samePk(first)) {
                throw new EblaException(
                        ErrorCode.BATCH_SPANS_ROWS,
                        "the batch writes rows of several pks, such as "
                                + first
                                + " and "
                                + operation.key());
            }
        }
    }
}
