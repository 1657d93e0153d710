package io.ebla.tabletserver.condition;

/**
 * An expression met a value it cannot work on: a missing field, a division by zero, a wrong type.
 * {@code &&} and {@code ||} may absorb it; one that nothing absorbs makes the condition false.
 *
 * <p>It has no stack trace: data that does not fit an expression is no fault, and it is common.
 */
final class EvaluationError extends RuntimeException {

    EvaluationError(String detail) {
        super(detail, null, false, false);
    }
}
