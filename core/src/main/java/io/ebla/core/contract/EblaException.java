package io.ebla.core.contract;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * An expected failure: its code tells the caller what to do. Mapped once per protocol.
 *
 * <p>It has no stack trace: it is an answer, not a fault, and is made on hot paths.
 */
public final class EblaException extends RuntimeException {

    private final ErrorCode code;
    private final Outcome outcome;
    private final long retryAfterMillis;
    private final int failedOperation;
    private final int status;

    private EblaException(
            ErrorCode code,
            String detail,
            Outcome outcome,
            long retryAfterMillis,
            int failedOperation,
            int status) {
        super(detail, null, false, false);
        this.code = Objects.requireNonNull(code);
        this.outcome = outcome;
        this.retryAfterMillis = retryAfterMillis;
        this.failedOperation = failedOperation;
        this.status = status;
    }

    public EblaException(ErrorCode code, String detail) {
        this(code, detail, null, -1, -1, code.status());
    }

    public EblaException withOutcome(Outcome known) {
        return new EblaException(
                code, getMessage(), known, retryAfterMillis, failedOperation, status);
    }

    public EblaException withRetryAfterMillis(long millis) {
        return new EblaException(code, getMessage(), outcome, millis, failedOperation, status);
    }

    /** Names the operation of a batch whose condition failed, from 0. */
    public EblaException withFailedOperation(int operation) {
        return new EblaException(code, getMessage(), outcome, retryAfterMillis, operation, status);
    }

    /** Answers with another status than the code's usual one ({@code too_large} as 422). */
    public EblaException withStatus(int other) {
        return new EblaException(
                code, getMessage(), outcome, retryAfterMillis, failedOperation, other);
    }

    public ErrorCode code() {
        return code;
    }

    public int status() {
        return status;
    }

    /** Of a write: what is known of it; absent when the failure is no write's. */
    public Optional<Outcome> outcome() {
        return Optional.ofNullable(outcome);
    }

    public OptionalLong retryAfterMillis() {
        return retryAfterMillis < 0 ? OptionalLong.empty() : OptionalLong.of(retryAfterMillis);
    }

    public OptionalInt failedOperation() {
        return failedOperation < 0 ? OptionalInt.empty() : OptionalInt.of(failedOperation);
    }

    /** Certainly not applied, and may succeed later. */
    public boolean retryable() {
        if (outcome == null) {
            return code.retryable();
        }
        return outcome == Outcome.NOT_APPLIED
                && (code.retryable() || code == ErrorCode.ACK_TIMEOUT);
    }

    @Override
    public String toString() {
        return code.text() + ": " + getMessage();
    }
}
