package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.Outcome;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import java.util.concurrent.Executor;

/**
 * A write on its way to the master. It is repeated only when it surely was not applied, or when its
 * Idempotency-Key makes the repetition harmless (W6). Once an attempt was lost midway, the write is unknown
 * whatever the later ones say, unless one of them is answered.
 */
final class WriteAttempts extends Attempts<WriteResult> {

    private final TabletDescriptor tablet;
    private final WriteRequest request;
    private boolean lost;

    WriteAttempts(
            Routing routing,
            TabletDescriptor tablet,
            WriteRequest request,
            Executor replyOn,
            Reply<WriteResult> reply) {
        super(routing, tablet, ReadLevel.STRONG, request.deadlineNanos(), replyOn, reply);
        this.tablet = tablet;
        this.request = request;
    }

    static boolean mayRepeat(TabletDescriptor tablet, WriteRequest request, EblaException failure) {
        Outcome outcome = failure.outcome().orElse(Outcome.NOT_APPLIED);
        boolean harmless =
                outcome == Outcome.NOT_APPLIED
                        || outcome == Outcome.UNKNOWN && request.idempotency() != null;
        return harmless && isElsewhere(tablet, failure);
    }

    @Override
    boolean mayRepeat(EblaException failure) {
        lost |= failure.outcome().orElse(null) == Outcome.UNKNOWN;
        return mayRepeat(tablet, request, failure);
    }

    @Override
    void attempt(RowTablet place, Reply<WriteResult> ended) {
        place.write(request, replyOn(), ended);
    }

    @Override
    EblaException told(EblaException failure) {
        Outcome known = failure.outcome().orElse(Outcome.NOT_APPLIED);
        return failure.withOutcome(lost && known == Outcome.NOT_APPLIED ? Outcome.UNKNOWN : known);
    }
}
