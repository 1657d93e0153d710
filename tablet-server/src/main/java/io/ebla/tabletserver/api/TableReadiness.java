package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.KeyRange;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.tablet.TabletDirectory;
import io.ebla.tabletserver.tablet.TabletHost;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.scheduler.Schedulers;

/** Waits, for a bounded time and without a thread, until every tablet of a table is served. */
final class TableReadiness {

    private static final long PAUSE_MIN_MILLIS = 5;

    /**
     * What is waited between two looks, as a part of what was before: each goes over all tablets of the
     * table.
     */
    private static final int PAUSE_PART = 50;

    private final TabletHost host;
    private final Clock clock;
    private final long patienceNanos;

    TableReadiness(TabletHost host, Clock clock, ApiLimits limits) {
        this.host = host;
        this.clock = clock;
        this.patienceNanos = limits.tableReadyMillis() * 1_000_000;
    }

    /** @param then called once: with null when the table serves, else with why it does not yet */
    void await(TableName name, Consumer<EblaException> then) {
        look(name, clock.monotonicNanos(), then);
    }

    private void look(TableName name, long sinceNanos, Consumer<EblaException> then) {
        EblaException missing;
        try {
            missing = firstMissing(name);
        } catch (EblaException gone) {
            missing = gone;
        }
        long waitedNanos = clock.monotonicNanos() - sinceNanos;
        if (missing == null) {
            then.accept(null);
        } else if (waitedNanos >= patienceNanos) {
            then.accept(missing);
        } else {
            Schedulers.parallel()
                    .schedule(
                            () -> look(name, sinceNanos, then),
                            Math.max(
                                    PAUSE_MIN_MILLIS,
                                    TimeUnit.NANOSECONDS.toMillis(waitedNanos / PAUSE_PART)),
                            TimeUnit.MILLISECONDS);
        }
    }

    /** Why the table is not served whole, or null. */
    private EblaException firstMissing(TableName name) {
        TabletDirectory directory = host.directory();
        for (TabletDescriptor tablet : directory.overlapping(name, KeyRange.ALL)) {
            if (tablet.master() == null) {
                return new EblaException(
                                ErrorCode.NO_MASTER,
                                "tablet " + tablet.id() + " of " + name + " has no master yet")
                        .withRetryAfterMillis(1000);
            }
            if (tablet.master().node().equals(host.self())) {
                directory.tablet(tablet.id());
            }
        }
        return null;
    }
}
