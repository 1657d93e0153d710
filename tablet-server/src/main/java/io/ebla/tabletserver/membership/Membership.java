package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's place in the cluster: it registers, follows the cluster map, reports what it opened and
 * dropped, and says that it lives.
 *
 * <pre>
 *   register  with what is held, again whenever meta does not know this run; the answer is a map
 *   follow    one question for a newer map always stands open; every map goes to the tablets
 *   report    opened and dropped replicas, until the map no longer asks for them
 *   beat      every heartbeat; "unknown node" leads back to register
 * </pre>
 *
 * <p>Everything runs on one thread, which the answers of calls come back to. Meta may be away for any
 * time: the node then goes on serving what it serves (nothing here takes a mastership away), and each of
 * the four is tried again after a growing pause.
 */
public final class Membership implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Membership.class);
    private static final long READY_CHECK_MILLIS = 5;
    private static final Duration LEAVE_PAUSE = Duration.ofMillis(50);

    private final HostedTablets tablets;
    private final MetaClient meta;
    private final ClusterFile cluster;
    private final Clock clock;
    private final MembershipProperties settings;
    private final ScheduledExecutorService thread;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final AtomicBoolean reportDue = new AtomicBoolean();
    private volatile boolean closed;

    /** The open question for a newer map: whoever stops must not wait for its answer. */
    private volatile Future<?> question = CompletableFuture.completedFuture(null);

    // Of the thread:
    private NodeDescriptor self;
    private ClusterMap known;

    /** A question for a newer map stands open, and its answer leads to the next one. */
    private boolean following;

    private boolean registering;
    private boolean reporting;
    private boolean unreachable;
    private Backoff registerBackoff;
    private Backoff followBackoff;
    private Backoff reportBackoff;

    /** @param thread a scheduler of one thread, not used for anything that holds it up */
    Membership(
            HostedTablets tablets,
            MetaClient meta,
            ClusterFile cluster,
            Clock clock,
            MembershipProperties settings,
            ScheduledExecutorService thread) {
        this.tablets = tablets;
        this.meta = meta;
        this.cluster = cluster;
        this.clock = clock;
        this.settings = settings;
        this.thread = thread;
        registerBackoff = backoff();
        followBackoff = backoff();
        reportBackoff = backoff();
    }

    private Backoff backoff() {
        return new Backoff(settings.backoffMin(), settings.backoffMax());
    }

    /** Begins; {@link #ready} says when the node serves. */
    void start(String address, String grpcAddress, String zone) {
        self =
                new NodeDescriptor(
                        tablets.self(),
                        tablets.store(),
                        tablets.incarnation(),
                        address,
                        grpcAddress,
                        zone);
        tablets.onUnreported(this::reportSoon);
        meta.learn(cluster.metaServers());
        meta.onMoved(() -> question.cancel(true));
        run(this::register);
        long beatMillis = settings.heartbeat().toMillis();
        thread.scheduleWithFixedDelay(this::beat, beatMillis, beatMillis, TimeUnit.MILLISECONDS);
    }

    /**
     * Completes once the node has registered and every tablet it is then master of serves - or could not
     * in {@link MembershipProperties#readyPatience}, for one bad tablet must not keep the others away.
     */
    public CompletableFuture<Void> ready() {
        return ready;
    }

    // ---------------------------------------------------------------- register

    private void register() {
        if (registering || closed) {
            return;
        }
        registering = true;
        MetaApi.Register request =
                new MetaApi.Register(self, cluster.clusterId(), tablets.holdings());
        meta.register(request).whenComplete((map, failure) -> run(() -> registered(map, failure)));
    }

    private void registered(ClusterMap map, Throwable failure) {
        registering = false;
        if (failure != null) {
            failed("register", failure);
            later(this::register, registerBackoff.next());
            return;
        }
        registerBackoff = backoff();
        reached();
        if (accept(map)) {
            log.info(
                    "event=registered node={} incarnation={} map={}.{} tablets={}",
                    self.id(),
                    self.incarnation(),
                    map.generation(),
                    map.version(),
                    map.tablets().size());
            follow();
            if (!ready.isDone()) {
                awaitReady(map, clock.monotonicNanos());
            }
        } else if (!following) {
            later(this::register, registerBackoff.longest());
        }
    }

    private void awaitReady(ClusterMap map, long sinceNanos) {
        if (ready.isDone()) {
            return;
        }
        Set<TabletId> missing = new HashSet<>();
        for (TabletDescriptor tablet : map.tablets()) {
            if (tablet.master() != null
                    && tablet.master().node().equals(self.id())
                    && tablet.master().incarnation().equals(self.incarnation())) {
                missing.add(tablet.id());
            }
        }
        if (!missing.isEmpty()) {
            tablets.statuses().stream()
                    .filter(MetaApi.TabletStatus::serving)
                    .forEach(status -> missing.remove(status.tablet()));
        }
        long waitedNanos = clock.monotonicNanos() - sinceNanos;
        if (missing.isEmpty()) {
            ready.complete(null);
        } else if (waitedNanos >= settings.readyPatience().toNanos()) {
            log.warn("event=ready_incomplete tablets_not_serving={}", missing);
            ready.complete(null);
        } else {
            later(() -> awaitReady(map, sinceNanos), Duration.ofMillis(READY_CHECK_MILLIS));
        }
    }

    // ---------------------------------------------------------------- follow

    private void follow() {
        if (closed || following) {
            return;
        }
        CompletableFuture<Optional<ClusterMap>> asked = meta.newerMap(known, settings.mapWait());
        question = asked;
        following = true;
        if (closed) {
            asked.cancel(true);
        }
        asked.whenComplete((newer, failure) -> run(() -> followed(newer, failure)));
    }

    private void followed(Optional<ClusterMap> newer, Throwable failure) {
        following = false;
        if (failure instanceof CancellationException) {
            follow(); // of another meta-server: the one that was asked may have stopped
            return;
        }
        if (failure != null) {
            failed("follow", failure);
            later(this::follow, followBackoff.next());
            return;
        }
        reached();
        if (newer.isEmpty() || accept(newer.get())) {
            followBackoff = backoff();
            follow();
        } else {
            later(this::follow, followBackoff.longest());
        }
    }

    /** Hands a map to the tablets, unless it is of another cluster, or older than what is known (L8). */
    private boolean accept(ClusterMap map) {
        if (cluster.clusterId().isEmpty()) {
            cluster.join(map.clusterId());
        } else if (!cluster.clusterId().equals(map.clusterId())) {
            log.error(
                    "event=foreign_map_refused cluster={} own_cluster={}",
                    map.clusterId(),
                    cluster.clusterId());
            return false;
        }
        if (known != null && known.newerThan(map)) {
            log.warn(
                    "event=older_map_refused map={}.{} known={}.{}",
                    map.generation(),
                    map.version(),
                    known.generation(),
                    known.version());
            return false;
        }
        known = map;
        meta.learn(map.metaServers());
        cluster.learn(map.metaServers());
        tablets.update(map);
        reportSoon();
        return true;
    }

    // ---------------------------------------------------------------- report

    /** Any thread. */
    private void reportSoon() {
        if (reportDue.compareAndSet(false, true)) {
            run(this::report);
        }
    }

    private void report() {
        reportDue.set(false);
        if (reporting || known == null || closed) {
            return;
        }
        List<MetaApi.Holding> opened = tablets.openedUnreported();
        List<TabletId> dropped = tablets.droppedUnreported();
        List<MetaApi.Retired> retired = tablets.retiredUnreported();
        boolean removed = !dropped.isEmpty() || !retired.isEmpty();
        if (opened.isEmpty() && !removed) {
            return;
        }
        reporting = true;
        CompletableFuture<ClusterMap> told =
                opened.isEmpty()
                        ? CompletableFuture.completedFuture(known)
                        : meta.opened(new MetaApi.Opened(self.id(), self.incarnation(), opened));
        told.thenCompose(
                        map ->
                                removed
                                        ? meta.dropped(
                                                        new MetaApi.Dropped(
                                                                self.id(), dropped, retired))
                                                .thenCompose(done -> meta.map())
                                        : CompletableFuture.completedFuture(map))
                .whenComplete((map, failure) -> run(() -> reported(map, failure)));
    }

    private void reported(ClusterMap map, Throwable failure) {
        reporting = false;
        if (failure != null) {
            failed("report", failure);
            if (unknownHere(failure)) {
                register();
            }
            later(this::report, reportBackoff.next());
            return;
        }
        reportBackoff = backoff();
        if (!known.newerThan(map)) {
            accept(map);
        } else {
            reportSoon();
        }
    }

    // ---------------------------------------------------------------- beat

    private void beat() {
        try {
            if (known == null || registering || closed) {
                return;
            }
            meta.heartbeat(
                            self.id(),
                            new MetaApi.Heartbeat(
                                    self.incarnation(), tablets.timeMillis(), tablets.statuses()))
                    .whenComplete((done, failure) -> run(() -> beaten(failure)));
        } catch (RuntimeException unexpected) {
            log.error("event=heartbeat_failed", unexpected);
        }
    }

    private void beaten(Throwable failure) {
        if (failure == null) {
            reached();
        } else if (unknownHere(failure)) {
            log.warn("event=registration_lost node={}", self.id());
            register();
        } else {
            failed("heartbeat", failure);
        }
    }

    // ---------------------------------------------------------------- leave

    /**
     * Has the masterships of this node handed over to others, as far as there are others (E12). Completes
     * when none is left, when that time is over, or when meta cannot be asked; never fails.
     */
    CompletableFuture<Void> leave() {
        CompletableFuture<Void> left = new CompletableFuture<>();
        run(
                () -> {
                    if (known != null && known.tablets().stream().anyMatch(this::mayHandOver)) {
                        log.info("event=leaving node={}", self.id());
                        leave(clock.monotonicNanos() + settings.leave().toNanos(), left);
                    } else {
                        left.complete(null);
                    }
                });
        return left.completeOnTimeout(null, settings.leave().toMillis(), TimeUnit.MILLISECONDS);
    }

    private boolean mayHandOver(TabletDescriptor tablet) {
        return tablet.members().size() > 1
                && tablet.master() != null
                && tablet.master().node().equals(self.id());
    }

    private void leave(long deadlineNanos, CompletableFuture<Void> left) {
        meta.leaving(self.id(), new MetaApi.Leaving(self.incarnation()))
                .whenComplete(
                        (answer, failure) -> run(() -> left(deadlineNanos, left, answer, failure)));
    }

    private void left(
            long deadlineNanos,
            CompletableFuture<Void> left,
            MetaApi.Left answer,
            Throwable failure) {
        boolean over = clock.monotonicNanos() - deadlineNanos >= 0;
        if (failure != null || answer.masterships() == 0 || over) {
            log.info(
                    "event=left node={} masterships={}",
                    self.id(),
                    failure == null ? answer.masterships() : "unknown");
            left.complete(null);
        } else {
            later(() -> leave(deadlineNanos, left), LEAVE_PAUSE);
        }
    }

    // ---------------------------------------------------------------- around

    private static boolean unknownHere(Throwable failure) {
        return MetaClient.unwrapped(failure) instanceof EblaException refused
                && refused.code() == ErrorCode.NODE_NOT_FOUND;
    }

    private void failed(String doing, Throwable failure) {
        if (!unreachable && !closed) {
            unreachable = true;
            log.warn(
                    "event=meta_failing doing={} cause=\"{}\"",
                    doing,
                    MetaClient.unwrapped(failure).toString());
        }
    }

    private void reached() {
        if (unreachable) {
            unreachable = false;
            log.info("event=meta_answering node={}", self.id());
        }
    }

    private void later(Runnable step, Duration pause) {
        schedule(step, pause.toMillis());
    }

    private void run(Runnable step) {
        schedule(step, 0);
    }

    private void schedule(Runnable step, long millis) {
        if (closed) {
            return;
        }
        try {
            thread.schedule(() -> guarded(step), millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException ending) {
            log.debug("event=membership_ended", ending);
        }
    }

    /** A step that breaks must not end the others unseen. */
    private void guarded(Runnable step) {
        try {
            if (!closed) {
                step.run();
            }
        } catch (RuntimeException unexpected) {
            log.error("event=membership_step_failed", unexpected);
            registering = false;
            reporting = false;
            later(this::register, registerBackoff.next());
        }
    }

    /** Ends all four; the tablets go on. */
    @Override
    public void close() {
        closed = true;
        question.cancel(true);
        thread.shutdownNow();
    }
}
