package io.ebla.tabletserver.condition;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * One evaluation of one expression on one row: its variables and what is left of its budget.
 *
 * <p>The unit of cost is about what one node costs, some tens of nanoseconds; what grows with its
 * input (strings, JSON, lists, patterns) is charged by size before it is done. Owned by one thread.
 */
final class Evaluation {

    /** The whole budget: a few milliseconds of the writer thread at the very worst. */
    static final int BUDGET = 100_000;

    private static final int JSON_BYTES_PER_UNIT = 64;
    private static final int TEXT_PER_UNIT = 16;

    private final RowKey key;
    private final Row row;
    private final Object[] locals;
    private int budget = BUDGET;
    private boolean dataRead;
    private Object data;

    /** @param row null when the row does not exist */
    Evaluation(RowKey key, Row row, int locals) {
        this.key = key;
        this.row = row;
        this.locals = new Object[locals];
    }

    void charge(long units) {
        if (units > budget) {
            budget = 0;
            throw new CostLimitReached();
        }
        budget -= (int) units;
    }

    void chargeText(long characters) {
        charge(1 + characters / TEXT_PER_UNIT);
    }

    void chargeJson(long bytes) {
        charge(1 + bytes / JSON_BYTES_PER_UNIT);
    }

    Object local(int slot) {
        Object value = locals[slot];
        if (value instanceof EvaluationError error) {
            throw error;
        }
        return value;
    }

    /** Sets a local; an {@link EvaluationError} as a value is thrown when it is read. */
    void setLocal(int slot, Object value) {
        locals[slot] = value;
    }

    Object pk() {
        return row == null ? null : keyPart(key.pk());
    }

    Object sk() {
        return row == null ? null : key.sk().map(this::keyPart).orElse(null);
    }

    Object version() {
        return row == null ? null : row.version().text();
    }

    Object createdAt() {
        return row == null ? null : (Object) row.createdAt();
    }

    Object updatedAt() {
        return row == null ? null : (Object) row.updatedAt();
    }

    /** The row's JSON value; null for other values. Parsed as far as it is looked at. */
    Object data() {
        if (!dataRead) {
            dataRead = true;
            data = row != null && JsonTypes.isJson(row.contentType()) ? json(row) : null;
        }
        return data;
    }

    private Object json(Row living) {
        if (living.value() == null) {
            throw new IllegalStateException("a condition on data needs the value of " + key);
        }
        return JsonText.valueOf(living.value(), this);
    }

    /** A part of a key as text; as bytes when it is not UTF-8. */
    private Object keyPart(Bytes part) {
        chargeText(part.length());
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(part.array(), part.offset(), part.length()))
                    .toString();
        } catch (CharacterCodingException notText) {
            return part;
        }
    }
}
