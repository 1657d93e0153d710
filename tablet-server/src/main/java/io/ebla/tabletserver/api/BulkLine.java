package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.condition.Conditions;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.RowOperation;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * Reads the lines of a bulk write: a row to put, or one to delete, with its condition.
 *
 * <p>What a range returns can be written back as it is: its version and times are passed over, and a
 * time of expiry becomes the lifetime that is left.
 */
final class BulkLine {

    private final Keys keys;
    private final ApiLimits limits;
    private final TableDescriptor table;
    private final Clock clock;

    BulkLine(Keys keys, ApiLimits limits, TableDescriptor table, Clock clock) {
        this.keys = keys;
        this.limits = limits;
        this.table = table;
        this.clock = clock;
    }

    /** Whether a line holds nothing but space. */
    static boolean isBlank(Bytes line) {
        for (int i = 0; i < line.length(); i++) {
            byte b = line.at(i);
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    /** The longest line that can hold a row within the limits. */
    static int bytesMax(ApiLimits limits) {
        return Math.toIntExact(
                Math.min(Integer.MAX_VALUE / 2, limits.valueBytes() * 4L / 3 + 65_536));
    }

    /** @throws io.ebla.core.contract.EblaException when the line is none of these */
    RowOperation operation(Bytes line) {
        RowDocument row = new RowDocument();
        String ifText = null;
        String expiresAt = null;
        Boolean delete = null;
        JsonReader reader = new JsonReader(line);
        reader.beginObject();
        for (String name = reader.nextName(); name != null; name = reader.nextName()) {
            if (row.takeKey(name, reader) || row.takeValue(name, reader)) {
                continue;
            }
            switch (name) {
                case "if" -> {
                    RowDocument.once(name, ifText);
                    ifText = reader.takeNull() ? null : reader.text();
                }
                case "delete" -> {
                    RowDocument.once(name, delete);
                    delete = reader.truth();
                }
                case "expiresAt" -> {
                    RowDocument.once(name, expiresAt);
                    expiresAt = reader.text();
                }
                case "version", "createdAt", "updatedAt" -> reader.value();
                default -> throw RowDocument.unknown(name);
            }
        }
        reader.end();
        RowCondition condition = ifText == null ? RowCondition.ALWAYS : Conditions.compile(ifText);
        RowKey key = row.key(keys);
        if (Boolean.TRUE.equals(delete)) {
            if (!row.holdsNothing()) {
                throw Problems.invalid("a row to delete has no value");
            }
            return new RowOperation.Delete(key, condition);
        }
        Bytes value = JsonReader.copied(row.value(limits));
        return new RowOperation.Put(
                key, value, row.contentType(), ttlMillis(row, expiresAt), condition);
    }

    private long ttlMillis(RowDocument row, String expiresAt) {
        if (expiresAt == null) {
            return row.ttlMillis(table);
        }
        if (row.hasTtl()) {
            throw Problems.invalid("there are both ttl and expiresAt");
        }
        try {
            return Math.max(1, Instant.parse(expiresAt).toEpochMilli() - clock.wallMillis());
        } catch (DateTimeException | ArithmeticException malformed) {
            throw Problems.invalid("expiresAt is '" + expiresAt + "', no time in UTC");
        }
    }
}
