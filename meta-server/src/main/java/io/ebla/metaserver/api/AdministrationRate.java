package io.ebla.metaserver.api;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;

/**
 * How often operators' changes are taken, by the leader for the whole cluster: each is a write of the
 * metadata, and a script that has gone wild must not crowd out elections. Any thread.
 */
final class AdministrationRate {

    private static final Duration PERIOD = Duration.ofSeconds(1);

    private final RateLimiter limiter;
    private final int perSecond;

    AdministrationRate(int perSecond) {
        this.perSecond = perSecond;
        limiter =
                RateLimiter.of(
                        "administration",
                        RateLimiterConfig.custom()
                                .limitForPeriod(perSecond)
                                .limitRefreshPeriod(PERIOD)
                                .timeoutDuration(Duration.ZERO)
                                .build());
    }

    /** @throws EblaException {@code overloaded}, with when to come again */
    void take() {
        if (!limiter.acquirePermission()) {
            throw new EblaException(
                            ErrorCode.OVERLOADED,
                            "more than " + perSecond + " changes a second of what is where")
                    .withOutcome(Outcome.NOT_APPLIED)
                    .withRetryAfterMillis(PERIOD.toMillis());
        }
    }
}
