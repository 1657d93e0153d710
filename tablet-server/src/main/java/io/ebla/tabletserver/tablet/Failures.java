package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;

/** The refusals and bad ends of one tablet's requests, worded in one place. */
final class Failures {

    private final TabletId tablet;
    private final long retryAfterMillis;

    Failures(TabletId tablet, long retryAfterMillis) {
        this.tablet = tablet;
        this.retryAfterMillis = retryAfterMillis;
    }

    /** Why a tablet in this state takes no request; outcomes are the caller's to add. */
    EblaException refusal(TabletState state) {
        return switch (state) {
            case OPEN,
                    LEARNER,
                    FOLLOWER,
                    TAKING_OVER,
                    HANDING_OVER,
                    REBUILDING,
                    DRAINING,
                    CLOSED,
                    SERVING ->
                    new EblaException(
                                    ErrorCode.NO_MASTER,
                                    "tablet " + tablet + " has no serving master here")
                            .withRetryAfterMillis(retryAfterMillis);
            case DISK_FAILED -> diskFailed();
            case CORRUPTED ->
                    new EblaException(
                            ErrorCode.CORRUPTED,
                            "the log of tablet " + tablet + " is damaged; it is not served");
            case BROKEN ->
                    new EblaException(
                            ErrorCode.INTERNAL,
                            "tablet " + tablet + " stopped itself after a failed check");
        };
    }

    /** The master may not speak for the tablet now: it is cut off from a majority, or was for a moment. */
    EblaException noLease() {
        return new EblaException(
                        ErrorCode.NO_QUORUM,
                        "the master of tablet "
                                + tablet
                                + " has not reached a majority for a lease")
                .withRetryAfterMillis(retryAfterMillis);
    }

    /** What was its range is another's, or will be in a moment. */
    EblaException shut() {
        return new EblaException(
                        ErrorCode.NO_MASTER, "tablet " + tablet + " is being split or merged")
                .withRetryAfterMillis(retryAfterMillis);
    }

    /** The mastership ended while the request waited. */
    EblaException steppedDown() {
        return new EblaException(
                        ErrorCode.NO_MASTER, "the master of tablet " + tablet + " stepped down")
                .withRetryAfterMillis(retryAfterMillis);
    }

    /** The write was taken back, and that is committed. */
    EblaException reverted() {
        return waitRanOut("the commit").withOutcome(io.ebla.core.contract.Outcome.REVERTED);
    }

    EblaException diskFailed() {
        return new EblaException(
                ErrorCode.DISK_FAILED, "the journal under tablet " + tablet + " failed to sync");
    }

    EblaException mailboxFull() {
        return overloaded("the mailbox of tablet " + tablet + " is full")
                .withOutcome(Outcome.NOT_APPLIED);
    }

    EblaException overloaded(String detail) {
        return new EblaException(ErrorCode.OVERLOADED, detail)
                .withRetryAfterMillis(retryAfterMillis);
    }

    EblaException deadlineBeforeStart() {
        return new EblaException(
                        ErrorCode.DEADLINE_EXCEEDED,
                        "the deadline passed before tablet " + tablet + " began")
                .withRetryAfterMillis(retryAfterMillis);
    }

    EblaException waitRanOut(String what) {
        return new EblaException(
                ErrorCode.ACK_TIMEOUT, "tablet " + tablet + ": the wait for " + what + " ran out");
    }

    EblaException outsideRange() {
        return new EblaException(
                        ErrorCode.NO_MASTER, "the row is outside the range of tablet " + tablet)
                .withRetryAfterMillis(retryAfterMillis);
    }

    EblaException positionLost(Position position) {
        return new EblaException(
                ErrorCode.POSITION_LOST,
                "position ("
                        + position.epoch()
                        + ","
                        + position.index()
                        + ") is not in the history of tablet "
                        + tablet);
    }

    EblaException internal(String what) {
        return new EblaException(ErrorCode.INTERNAL, "tablet " + tablet + ": " + what);
    }
}
