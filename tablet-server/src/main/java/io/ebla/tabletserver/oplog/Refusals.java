package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;

/** The answers of an oplog that does not take, or cannot vouch for, an append. */
final class Refusals {

    private static final long SOON_MILLIS = 20;
    private static final long WHEN_THERE_IS_ROOM_MILLIS = 1_000;

    private Refusals() {}

    static EblaException overloaded(long entries, long bytes) {
        return notApplied(
                        ErrorCode.OVERLOADED,
                        "the oplog's queue is full: " + entries + " entries, " + bytes + " bytes")
                .withRetryAfterMillis(SOON_MILLIS);
    }

    static EblaException memoryFull(long bytes) {
        return notApplied(
                        ErrorCode.OVERLOADED,
                        "the oplog in memory holds " + bytes + " bytes that are not yet flushed")
                .withRetryAfterMillis(WHEN_THERE_IS_ROOM_MILLIS);
    }

    static EblaException tooLarge(long bytes, long most) {
        return notApplied(
                ErrorCode.TOO_LARGE,
                "an append of " + bytes + " bytes; the oplog takes at most " + most);
    }

    static EblaException diskFull() {
        return notApplied(ErrorCode.DISK_FULL, "the disk of the oplog is full")
                .withRetryAfterMillis(WHEN_THERE_IS_ROOM_MILLIS);
    }

    static EblaException diskFailed() {
        return notApplied(ErrorCode.DISK_FAILED, "the disk of the oplog failed; this node ends");
    }

    static EblaException diskFailedInFlight() {
        return new EblaException(
                        ErrorCode.DISK_FAILED, "the disk of the oplog failed while it was written")
                .withOutcome(Outcome.UNKNOWN);
    }

    static EblaException closed() {
        return notApplied(ErrorCode.NO_MASTER, "this node is shutting down")
                .withRetryAfterMillis(WHEN_THERE_IS_ROOM_MILLIS);
    }

    static EblaException corrupted(TabletId tablet) {
        return notApplied(
                ErrorCode.CORRUPTED, "the log of tablet " + tablet + " lost entries to corruption");
    }

    /** Of a read: it has no outcome. */
    static EblaException lost(TabletId tablet, String what) {
        return new EblaException(ErrorCode.CORRUPTED, "the log of tablet " + tablet + ": " + what);
    }

    /** Of a read. */
    static EblaException freed(TabletId tablet, long index) {
        return new EblaException(
                ErrorCode.POSITION_LOST,
                "the log of tablet " + tablet + " does not hold entry " + index + " any more");
    }

    /** Of a read. */
    static EblaException cut(TabletId tablet) {
        return new EblaException(
                ErrorCode.NO_MASTER, "the log of tablet " + tablet + " was cut while it was read");
    }

    static EblaException fenced(TabletId tablet, long epoch, long promised) {
        return notApplied(
                ErrorCode.NO_MASTER,
                "tablet "
                        + tablet
                        + " promised epoch "
                        + promised
                        + "; epoch "
                        + epoch
                        + " is over");
    }

    private static EblaException notApplied(ErrorCode code, String detail) {
        return new EblaException(code, detail).withOutcome(Outcome.NOT_APPLIED);
    }
}
