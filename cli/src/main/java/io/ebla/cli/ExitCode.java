package io.ebla.cli;

import io.ebla.client.EblaClientException;
import io.ebla.core.contract.Outcome;

/** What the command's exit status tells a script. */
public final class ExitCode {

    public static final int DONE = 0;

    /** Refused by the server or failed, also when only a part failed. */
    public static final int FAILED = 1;

    /** The arguments make no sense. */
    public static final int USAGE = 2;

    /** The row or the table does not exist. */
    public static final int ABSENT = 3;

    /** A condition does not hold. */
    public static final int CONDITION_FAILED = 4;

    /** A write may or may not have taken effect. */
    public static final int UNKNOWN = 5;

    /** Nobody takes the output any more; what a shell says of a command ended by SIGPIPE. */
    public static final int OUTPUT_ENDED = 141;

    private ExitCode() {}

    static int of(EblaClientException failure) {
        if (failure.outcome().filter(outcome -> outcome == Outcome.UNKNOWN).isPresent()) {
            return UNKNOWN;
        }
        return switch (failure.code()) {
            case "row_not_found", "table_not_found" -> ABSENT;
            case "condition_failed" -> CONDITION_FAILED;
            default -> FAILED;
        };
    }
}
