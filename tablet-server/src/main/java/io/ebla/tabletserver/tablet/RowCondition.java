package io.ebla.tabletserver.tablet;

import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import java.util.List;
import java.util.Optional;

/**
 * A question about one row as it stands before a write: an {@code If-Match}, an {@code if}
 * expression, or several of them together. Evaluated once, by the tablet's writer thread.
 */
@FunctionalInterface
public interface RowCondition {

    RowCondition ALWAYS = (key, row) -> true;

    /**
     * @param row the living row, empty when there is none or it has expired
     * @throws io.ebla.core.contract.EblaException {@code too_large} (422) past the cost limit; an
     *     error within an expression is false, never an exception
     */
    boolean holds(RowKey key, Optional<Row> row);

    default RowCondition and(RowCondition other) {
        if (this == ALWAYS) {
            return other;
        }
        return other == ALWAYS ? this : new AllOf(List.of(this, other));
    }

    /** Conditions that must all hold, judged in their order. */
    record AllOf(List<RowCondition> conditions) implements RowCondition {

        public AllOf {
            conditions = List.copyOf(conditions);
        }

        @Override
        public boolean holds(RowKey key, Optional<Row> row) {
            for (RowCondition condition : conditions) {
                if (!condition.holds(key, row)) {
                    return false;
                }
            }
            return true;
        }
    }
}
