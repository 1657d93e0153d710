package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.failpoint.FailPoints;
import io.ebla.core.failpoint.NodeMoment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Tells meta which replicas were opened here and which were removed, until the map no longer asks for it. One
 * report is under way at a time.
 *
 * <p>Of the membership's thread, but for {@link #soon}.
 */
final class ReplicaReports {

    private static final Duration TELL_AGAIN = Duration.ofMillis(500);

    /** What is in order for long, as of a merge that waits for others, is told so seldom at last. */
    private static final Duration TELL_AGAIN_MAX = Duration.ofSeconds(4);

    /** All that there is to report. */
    private record Told(
            List<MetaApi.Holding> opened, List<TabletId> dropped, List<MetaApi.Retired> retired) {

        private static final Told NOTHING = new Told(List.of(), List.of(), List.of());

        boolean removed() {
            return !dropped.isEmpty() || !retired.isEmpty();
        }
    }

    private final HostedTablets tablets;
    private final MetaClient meta;
    private final MembershipThread thread;
    private final MembershipProperties settings;
    private final Runnable register;
    private final AtomicBoolean due = new AtomicBoolean();
    private NodeDescriptor self;
    private MapFollowing maps;
    private boolean reporting;
    private boolean waiting;
    private Backoff backoff;

    /** What was reported last and changed nothing: what has to wait for others is not told again at once. */
    private Told told = Told.NOTHING;

    private boolean toldAgain;
    private Backoff pauses = pauses();

    /** @param register runs when meta does not know this run of the node */
    ReplicaReports(
            HostedTablets tablets,
            MetaClient meta,
            MembershipThread thread,
            MembershipProperties settings,
            Runnable register) {
        this.tablets = tablets;
        this.meta = meta;
        this.thread = thread;
        this.settings = settings;
        this.register = register;
        backoff = settings.backoff();
    }

    /** Before the first report. */
    void begin(NodeDescriptor node, MapFollowing following) {
        self = node;
        maps = following;
    }

    /** Any thread. */
    void soon() {
        if (due.compareAndSet(false, true)) {
            thread.run(this::report);
        }
    }

    /** A step broke: whatever it left, a report may be made again. */
    void reset() {
        reporting = false;
    }

    private void report() {
        due.set(false);
        if (reporting || maps.known() == null || thread.isClosed()) {
            return;
        }
        Told now =
                new Told(
                        tablets.openedUnreported(),
                        tablets.droppedUnreported(),
                        tablets.retiredUnreported());
        boolean again = toldAgain;
        toldAgain = false;
        if (!now.equals(told)) {
            pauses = pauses();
        } else if (!again && !now.equals(Told.NOTHING)) {
            tellAgainLater();
            return;
        }
        if (now.equals(Told.NOTHING)) {
            told = now;
            return;
        }
        reporting = true;
        if (!now.opened().isEmpty()) {
            FailPoints.reached(NodeMoment.REPLICAS_OPENED);
        }
        CompletableFuture<ClusterMap> answer =
                now.opened().isEmpty()
                        ? CompletableFuture.completedFuture(maps.known())
                        : meta.opened(
                                new MetaApi.Opened(self.id(), self.incarnation(), now.opened()));
        answer.thenCompose(
                        map ->
                                now.removed()
                                        ? removed(now.dropped(), now.retired())
                                        : CompletableFuture.completedFuture(map))
                .whenComplete((map, failure) -> thread.run(() -> reported(now, map, failure)));
    }

    private static Backoff pauses() {
        return new Backoff(TELL_AGAIN, TELL_AGAIN_MAX);
    }

    private void tellAgainLater() {
        if (!waiting) {
            waiting = true;
            thread.later(
                    () -> {
                        waiting = false;
                        toldAgain = true;
                        report();
                    },
                    pauses.next());
        }
    }

    private CompletableFuture<ClusterMap> removed(
            List<TabletId> dropped, List<MetaApi.Retired> retired) {
        FailPoints.reached(NodeMoment.REPLICA_REMOVED);
        return meta.dropped(new MetaApi.Dropped(self.id(), dropped, retired))
                .thenCompose(done -> meta.ownMap());
    }

    private void reported(Told now, ClusterMap map, Throwable failure) {
        reporting = false;
        if (failure != null) {
            thread.failed("report", failure);
            if (MetaClient.unknownNode(failure)) {
                register.run();
            }
            thread.later(this::report, backoff.next());
            return;
        }
        backoff = settings.backoff();
        told = now;
        if (!maps.known().newerThan(map)) {
            maps.accept(map);
        } else {
            soon();
        }
    }
}
