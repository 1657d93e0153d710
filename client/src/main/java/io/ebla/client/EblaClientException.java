package io.ebla.client;

import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A request that did not succeed: refused by the server, or lost on the way.
 *
 * <p>The code is the server's ({@code row_not_found}, {@code overloaded}, ...), or one of three of
 * the client's own: {@link #UNREACHABLE} (no connection, so nothing was sent), {@link
 * #CONNECTION_LOST} (sent, and no whole answer came) and {@link #NO_ANSWER} (sent, and the wait ran
 * out). For a write the last two mean {@link Outcome#UNKNOWN}.
 */
public final class EblaClientException extends RuntimeException {

    public static final String UNREACHABLE = "unreachable";
    public static final String CONNECTION_LOST = "connection_lost";
    public static final String NO_ANSWER = "no_answer";

    private static final long serialVersionUID = 1L;

    private final String code;
    private final int status;
    private final Outcome outcome;
    private final boolean retryable;
    private final int failedOperation;

    EblaClientException(
            String code,
            int status,
            Outcome outcome,
            boolean retryable,
            int failedOperation,
            String detail,
            Throwable cause) {
        super(detail, cause);
        this.code = code;
        this.status = status;
        this.outcome = outcome;
        this.retryable = retryable;
        this.failedOperation = failedOperation;
    }

    static EblaClientException unreachable(String detail, Throwable cause) {
        return new EblaClientException(
                UNREACHABLE, 0, Outcome.NOT_APPLIED, true, -1, detail, cause);
    }

    /** @param write whether what was sent could have changed something */
    static EblaClientException lost(String code, boolean write, String detail, Throwable cause) {
        Outcome outcome = write ? Outcome.UNKNOWN : null;
        return new EblaClientException(code, 0, outcome, !write, -1, detail, cause);
    }

    /** The stable code of the failure. */
    public String code() {
        return code;
    }

    public boolean is(ErrorCode other) {
        return code.equals(other.text());
    }

    /** The HTTP status; 0 when no answer came. */
    public int status() {
        return status;
    }

    /** Of a write: what is known of it. */
    public Optional<Outcome> outcome() {
        return Optional.ofNullable(outcome);
    }

    /** Certainly not applied, and may succeed when simply repeated later. */
    public boolean retryable() {
        return retryable;
    }

    /** Of a batch refused by a condition: the operation it belongs to, from 0. */
    public OptionalInt failedOperation() {
        return failedOperation < 0 ? OptionalInt.empty() : OptionalInt.of(failedOperation);
    }

    /** What happened, for a person. */
    public String detail() {
        return getMessage();
    }

    @Override
    public String toString() {
        return code + ": " + getMessage();
    }
}
