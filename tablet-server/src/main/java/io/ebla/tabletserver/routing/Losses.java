package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.tabletserver.routing.RemoteNode.Loss;

/** What a call to another node that has no answer means to who asked for it. */
final class Losses {

    private static final long RETRY_AFTER_MILLIS = 100;

    private Losses() {}

    /** A write that may have arrived is unknown, and never "failed" (W6). */
    static EblaException ofWrite(NodeId node, Loss loss) {
        Outcome outcome =
                switch (loss) {
                    case NOT_SENT, BUSY -> Outcome.NOT_APPLIED;
                    case LOST, LATE -> Outcome.UNKNOWN;
                };
        return ofRead(node, loss).withOutcome(outcome);
    }

    static EblaException ofRead(NodeId node, Loss loss) {
        return switch (loss) {
            case NOT_SENT -> again(ErrorCode.NO_MASTER, "node " + node + " cannot be reached");
            case BUSY -> again(ErrorCode.OVERLOADED, "too many requests wait for node " + node);
            case LOST ->
                    again(
                            ErrorCode.NO_MASTER,
                            "the connection to node " + node + " broke before it answered");
            case LATE ->
                    new EblaException(
                            ErrorCode.ACK_TIMEOUT, "node " + node + " has not answered in time");
        };
    }

    private static EblaException again(ErrorCode code, String detail) {
        return new EblaException(code, detail).withRetryAfterMillis(RETRY_AFTER_MILLIS);
    }
}
