package io.ebla.metaserver.procedure;

import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.AppliedPhases;
import io.ebla.metaserver.cluster.AppliedPhases.Reached;
import io.ebla.metaserver.cluster.ClusterState;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A line in the log, and a count, for each phase that an operation comes to: as the command is applied that
 * brings it there, so that none is missed that lasts no longer than until the next command.
 *
 * <p>To be told of what is applied while this member leads, and by nobody else: of all members one leads, so
 * that the sum over them counts nothing twice, and what is applied again after a restart is applied before
 * this member may lead. What the leader wrote and did not live to apply is told by nobody.
 *
 * <p>Called on the thread that applies commands, which it keeps for a line and a count.
 */
final class OperationTrace {

    private static final Logger log = LoggerFactory.getLogger(OperationTrace.class);

    private final Clock clock;
    private volatile OperationObserver observer = OperationObserver.NONE;

    OperationTrace(Clock clock) {
        this.clock = clock;
    }

    void observe(OperationObserver told) {
        observer = told;
    }

    void applied(ClusterState before, ClusterState after) {
        AppliedPhases.of(before, after).stream().filter(Reached::isOfOperation).forEach(this::tell);
    }

    private void tell(Reached reached) {
        String phase = reached.phase().name().toLowerCase(Locale.ROOT);
        long millis = Math.max(0, clock.wallMillis() - reached.startedAtMillis());
        log.info(
                "event=operation id={} kind={} phase={} millis={} what=\"{}\" detail=\"{}\"",
                reached.operation(),
                reached.procedure(),
                phase,
                millis,
                reached.what(),
                reached.detail());
        observer.reached(reached.procedure(), phase, millis);
    }
}
