package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.MetaApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.cluster.ToldStatuses;
import io.ebla.core.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
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
 *   leave     masterships are handed over before the end
 * </pre>
 *
 * <p>{@link MapFollowing}, {@link ReplicaReports} and {@link Leaving} have a part of it each. Everything
 * runs on one thread, which the answers of calls come back to. Meta may be away for any time: the node then
 * goes on serving what it serves (nothing here takes a mastership away), and each of them is tried again
 * after a growing pause.
 */
public final class Membership implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Membership.class);
    private static final Duration READY_CHECK = Duration.ofMillis(5);

    private final HostedTablets tablets;
    private final MetaClient meta;
    private final ClusterFile cluster;
    private final Clock clock;
    private final MembershipProperties settings;
    private final MembershipThread thread;
    private final MapFollowing maps;
    private final ReplicaReports reports;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    // Of the thread:
    private final ToldStatuses told = new ToldStatuses();
    private NodeDescriptor self;
    private boolean registering;
    private Backoff backoff;

    /** @param scheduler of one thread, not used for anything that holds it up */
    Membership(
            HostedTablets tablets,
            MetaClient meta,
            ClusterFile cluster,
            Clock clock,
            MembershipProperties settings,
            ScheduledExecutorService scheduler) {
        this.tablets = tablets;
        this.meta = meta;
        this.cluster = cluster;
        this.clock = clock;
        this.settings = settings;
        thread = new MembershipThread(scheduler);
        reports = new ReplicaReports(tablets, meta, thread, settings, this::register);
        maps = new MapFollowing(tablets, meta, cluster, thread, settings, reports::soon);
        backoff = settings.backoff();
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
        reports.begin(self, maps);
        thread.onBroken(this::mend);
        tablets.onUnreported(reports::soon);
        meta.learn(cluster.metaServers());
        meta.onMoved(maps::askAnother);
        thread.run(this::register);
        thread.every(settings.heartbeat(), this::beat);
    }

    /** After a step that broke. */
    private void mend() {
        registering = false;
        reports.reset();
        thread.later(this::register, backoff.next());
    }

    /**
     * Completes once the node has registered and every tablet it is then master of serves, or is corrupted,
     * which no waiting mends - or could not in {@link MembershipProperties#readyPatience}, for one bad tablet
     * must not keep the others away.
     */
    public CompletableFuture<Void> ready() {
        return ready;
    }

    // ---------------------------------------------------------------- register

    private void register() {
        if (registering || thread.isClosed()) {
            return;
        }
        registering = true;
        MetaApi.Register request =
                new MetaApi.Register(self, cluster.clusterId(), tablets.holdings());
        meta.register(request)
                .whenComplete((map, failure) -> thread.run(() -> registered(map, failure)));
    }

    private void registered(ClusterMap map, Throwable failure) {
        registering = false;
        if (failure != null) {
            thread.failed("register", failure);
            thread.later(this::register, backoff.next());
            return;
        }
        backoff = settings.backoff();
        thread.reached();
        if (maps.accept(map)) {
            log.info(
                    "event=registered node={} incarnation={} map={}.{} tablets={}",
                    self.id(),
                    self.incarnation(),
                    map.generation(),
                    map.version(),
                    map.tablets().size());
            maps.follow();
            if (!ready.isDone()) {
                awaitReady(map, clock.monotonicNanos());
            }
        } else if (!maps.isFollowing()) {
            thread.later(this::register, backoff.longest());
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
                    .filter(Membership::isWaitedForNoLonger)
                    .forEach(status -> missing.remove(status.tablet()));
        }
        long waitedNanos = clock.monotonicNanos() - sinceNanos;
        if (missing.isEmpty()) {
            ready.complete(null);
        } else if (waitedNanos >= settings.readyPatience().toNanos()) {
            log.warn("event=ready_incomplete tablets_not_serving={}", missing);
            ready.complete(null);
        } else {
            thread.later(() -> awaitReady(map, sinceNanos), READY_CHECK);
        }
    }

    private static boolean isWaitedForNoLonger(MetaApi.TabletStatus status) {
        return status.serving() || status.condition() == MetaApi.ReplicaCondition.CORRUPTED;
    }

    // ---------------------------------------------------------------- beat

    private void beat() {
        if (maps.known() == null || registering) {
            return;
        }
        MetaApi.Heartbeat beat =
                told.next(self.incarnation(), tablets.timeMillis(), tablets.statuses());
        long askedNanos = clock.monotonicNanos();
        meta.heartbeat(self.id(), beat)
                .whenComplete(
                        (heard, failure) -> {
                            if (heard != null) {
                                tablets.heardMetaClock(heard.wallMillis(), askedNanos);
                            }
                            thread.run(() -> beaten(beat.number(), heard, failure));
                        });
    }

    /** @param heard null where the leader says nothing of itself */
    private void beaten(long number, MetaApi.Heard heard, Throwable failure) {
        if (failure == null) {
            thread.reached();
            taken(number, heard);
        } else if (MetaClient.unknownNode(failure)) {
            log.warn("event=registration_lost node={}", self.id());
            register();
        } else {
            thread.failed("heartbeat", failure);
        }
    }

    private void taken(long number, MetaApi.Heard heard) {
        if (heard != null && heard.tellAll()) {
            told.tellAll();
            beat();
        } else if (heard != null) {
            told.taken(number);
        }
    }

    // ---------------------------------------------------------------- the end

    /**
     * Has the masterships of this node handed over to others, as far as there are others (E12). Completes
     * when none is left, when that time is over, or when meta has not answered for a while; never fails.
     */
    CompletableFuture<Void> leave() {
        Leaving leaving = new Leaving(meta, thread, clock, self, settings.leave());
        thread.run(() -> leaving.begin(maps.known()));
        return leaving.left();
    }

    /** Ends all of it; the tablets go on. */
    @Override
    public void close() {
        thread.close();
        maps.askAnother();
    }
}
