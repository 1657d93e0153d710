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

    /** How far the clocks of two serving nodes may be apart (T2), and some. */
    private static final long CLOCKS_APART_MILLIS = 2_000;

    private final TabletDescriptor tablet;
    private final WriteRequest request;
    private final long beganMillis;
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
        this.beganMillis = routing.clock().wallMillis();
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

    /** Operations on rows of several tablets are none's. */
    @Override
    RoutedTablet successor() {
        RoutedTablet found = routing().find(tablet.table(), request.operations().get(0).key());
        boolean all =
                found != null
                        && !found.id().equals(tablet.id())
                        && request.operations().stream()
                                .allMatch(each -> found.range().contains(each.key()));
        return all ? found : null;
    }

    @Override
    void attempt(RowTablet place, Reply<WriteResult> ended) {
        place.write(request, replyOn(), ended);
    }

    /**
     * What a lost attempt wrote is found under the request's key by the next one, as if the caller had sent
     * it twice. Unless that write is surely older than this request, or a repetition did not wait for as many
     * copies as were asked for, the caller is told of its first.
     */
    @Override
    WriteResult told(WriteResult result) {
        boolean first = lost && result.replayed() && !older(result) && copied(result);
        return first ? result.asFirst() : result;
    }

    private boolean copied(WriteResult result) {
        int asked = request.copies();
        return result.copies() >= (asked == WriteRequest.ALL ? tablet.members().size() : asked);
    }

    private boolean older(WriteResult result) {
        return result.operations().stream()
                .anyMatch(
                        each ->
                                each.version() != null
                                        && each.updatedAt() < beganMillis - CLOCKS_APART_MILLIS);
    }

    @Override
    EblaException told(EblaException failure) {
        Outcome known = failure.outcome().orElse(Outcome.NOT_APPLIED);
        return failure.withOutcome(lost && known == Outcome.NOT_APPLIED ? Outcome.UNKNOWN : known);
    }
}
