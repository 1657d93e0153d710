package io.ebla.core.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EblaExceptionTest {

    @ParameterizedTest
    @EnumSource(value = Outcome.class, names = "NOT_APPLIED", mode = EnumSource.Mode.EXCLUDE)
    void whatMayHaveTakenEffectIsNotRetryable(Outcome outcome) {
        EblaException overloaded = new EblaException(ErrorCode.OVERLOADED, "full");
        assertThat(overloaded.retryable()).isTrue();
        assertThat(overloaded.withOutcome(outcome).retryable()).isFalse();
    }

    @Test
    void aWaitThatRanOutIsRetryableOnceItIsKnownThatNothingWasApplied() {
        EblaException timeout = new EblaException(ErrorCode.ACK_TIMEOUT, "the wait ran out");
        assertThat(timeout.retryable()).isFalse();
        assertThat(timeout.withOutcome(Outcome.UNKNOWN).retryable()).isFalse();
        assertThat(timeout.withOutcome(Outcome.NOT_APPLIED).retryable()).isTrue();
    }

    @Test
    void aRefusalForGoodIsNotRetryable() {
        EblaException refused = new EblaException(ErrorCode.CONDITION_FAILED, "it does not hold");
        assertThat(refused.withOutcome(Outcome.NOT_APPLIED).retryable()).isFalse();
    }
}
