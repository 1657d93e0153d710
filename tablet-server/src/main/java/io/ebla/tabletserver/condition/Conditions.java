package io.ebla.tabletserver.condition;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;

/**
 * Where conditions come from: text in, something to judge a row with out.
 *
 * <p>Compiling takes a hundred times what evaluating takes, and callers repeat themselves, so what
 * was compiled lately is kept. Any thread may call.
 */
public final class Conditions {

    private static final int UNPROCESSABLE = 422;
    private static final int CACHED_MAX = 2_000;

    private static final ConditionLanguage LANGUAGE = new ConditionLanguage();
    private static final Cache<String, CelCondition> COMPILED =
            Caffeine.newBuilder().maximumSize(CACHED_MAX).build();

    private Conditions() {}

    /**
     * @throws EblaException {@code invalid_argument} when it is no expression or can never be boolean,
     *     with the position; {@code too_large} (422) when it is too long or too deep
     */
    public static CelCondition compile(String expression) {
        try {
            return COMPILED.get(expression, LANGUAGE::compile);
        } catch (RefusedExpression refused) {
            if (refused.large()) {
                throw new EblaException(
                                ErrorCode.TOO_LARGE,
                                "the condition is too large: " + refused.getMessage())
                        .withStatus(UNPROCESSABLE);
            }
            throw new EblaException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the condition is wrong at character "
                            + (refused.position() + 1)
                            + ": "
                            + refused.getMessage());
        }
    }
}
