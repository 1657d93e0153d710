package io.ebla.tabletserver.condition;

/**
 * One node of a planned expression.
 *
 * <p>Values are null, {@link Boolean}, {@link Long}, {@link java.math.BigInteger} (an int beyond a
 * long), {@link Double}, {@link String}, {@link io.ebla.core.key.Bytes}, {@link java.util.List},
 * {@link java.util.Map}, {@link java.time.Instant}, {@link java.time.Duration} and {@link TypeName}.
 */
@FunctionalInterface
interface Node {

    /**
     * @throws EvaluationError when the values do not fit
     * @throws CostLimitReached when the budget is used up
     */
    Object evaluate(Evaluation evaluation);
}
