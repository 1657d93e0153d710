package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a node's time in the cluster: its masterships are handed over to others, as far as there are
 * others (E12). Of the membership's thread.
 */
final class Leaving {

    private static final Logger log = LoggerFactory.getLogger(Leaving.class);
    private static final Duration PAUSE = Duration.ofMillis(50);

    /** A change of the metadata's leader is over by then; after that nobody is taken to be there. */
    private static final Duration UNANSWERED_MAX = Duration.ofSeconds(3);

    private final MetaClient meta;
    private final MembershipThread thread;
    private final Clock clock;
    private final NodeDescriptor self;
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private final long deadlineNanos;
    private long answeredNanos;

    /** @param patience how long masterships are waited for */
    Leaving(
            MetaClient meta,
            MembershipThread thread,
            Clock clock,
            NodeDescriptor self,
            Duration patience) {
        this.meta = meta;
        this.thread = thread;
        this.clock = clock;
        this.self = self;
        answeredNanos = clock.monotonicNanos();
        deadlineNanos = answeredNanos + patience.toNanos();
        left.completeOnTimeout(null, patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Completes when none is left, when the time is over, or when meta has not answered for a while; never
     * fails.
     */
    CompletableFuture<Void> left() {
        return left;
    }

    /** @param known null when no map is */
    void begin(ClusterMap known) {
        if (known != null && known.tablets().stream().anyMatch(this::mayHandOver)) {
            log.info("event=leaving node={}", self.id());
            ask();
        } else {
            left.complete(null);
        }
    }

    private boolean mayHandOver(TabletDescriptor tablet) {
        return tablet.members().size() > 1
                && tablet.master() != null
                && tablet.master().node().equals(self.id());
    }

    private void ask() {
        meta.leaving(self.id(), new MetaApi.Leaving(self.incarnation()))
                .whenComplete((answer, failure) -> thread.run(() -> answered(answer, failure)));
    }

    private void answered(MetaApi.Left answer, Throwable failure) {
        long nowNanos = clock.monotonicNanos();
        if (failure == null) {
            answeredNanos = nowNanos;
        }
        boolean over =
                nowNanos - deadlineNanos >= 0
                        || nowNanos - answeredNanos >= UNANSWERED_MAX.toNanos();
        if (over || failure == null && answer.masterships() == 0) {
            log.info(
                    "event=left node={} masterships={}",
                    self.id(),
                    failure == null ? answer.masterships() : "unknown");
            left.complete(null);
        } else {
            thread.later(this::ask, PAUSE);
        }
    }
}
