package io.ebla.tabletserver.condition;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.tablet.RowCondition;
import java.util.Optional;

/** A compiled expression as a condition on a row. Immutable: any thread, any number at once. */
public final class CelCondition implements RowCondition {

    private static final int UNPROCESSABLE = 422;

    private final String source;
    private final Node root;
    private final int locals;
    private final boolean readsData;

    CelCondition(String source, Node root, int locals, boolean readsData) {
        this.source = source;
        this.root = root;
        this.locals = locals;
        this.readsData = readsData;
    }

    /** The text it was compiled from. */
    public String source() {
        return source;
    }

    /** Whether it looks at the row's value: without it, rows may come without theirs. */
    public boolean readsData() {
        return readsData;
    }

    @Override
    public boolean holds(RowKey key, Optional<Row> row) {
        try {
            return Boolean.TRUE.equals(
                    root.evaluate(new Evaluation(key, row.orElse(null), locals)));
        } catch (EvaluationError doesNotFit) {
            return false;
        } catch (CostLimitReached limit) {
            throw new EblaException(ErrorCode.TOO_LARGE, limit.getMessage())
                    .withStatus(UNPROCESSABLE);
        }
    }
}
