package io.ebla.tabletserver.membership;

import io.ebla.core.cluster.ClusterMap;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster map as this node knows it: one question for a newer one always stands open, and every map goes
 * to the tablets. One of another cluster, or older than what is known, is refused (L8).
 *
 * <p>Of the membership's thread, but for {@link #askAnother}.
 */
final class MapFollowing {

    private static final Logger log = LoggerFactory.getLogger(MapFollowing.class);

    private final HostedTablets tablets;
    private final MetaClient meta;
    private final ClusterFile cluster;
    private final MembershipThread thread;
    private final MembershipProperties settings;
    private final Runnable onMap;
    private ClusterMap known;

    /** A question for a newer map stands open, and its answer leads to the next one. */
    private boolean following;

    private Backoff backoff;

    /** The open question: whoever stops must not wait for its answer. */
    private volatile Future<?> question = CompletableFuture.completedFuture(null);

    /** @param onMap runs after a map was taken in */
    MapFollowing(
            HostedTablets tablets,
            MetaClient meta,
            ClusterFile cluster,
            MembershipThread thread,
            MembershipProperties settings,
            Runnable onMap) {
        this.tablets = tablets;
        this.meta = meta;
        this.cluster = cluster;
        this.thread = thread;
        this.settings = settings;
        this.onMap = onMap;
        backoff = settings.backoff();
    }

    /** Null before the first. */
    ClusterMap known() {
        return known;
    }

    boolean isFollowing() {
        return following;
    }

    /** Opens the question, unless it stands open. */
    void follow() {
        if (thread.isClosed() || following) {
            return;
        }
        CompletableFuture<Optional<ClusterMap>> asked = meta.newerMap(known, settings.mapWait());
        question = asked;
        following = true;
        if (thread.isClosed()) {
            asked.cancel(true);
        }
        asked.whenComplete((newer, failure) -> thread.run(() -> followed(newer, failure)));
    }

    private void followed(Optional<ClusterMap> newer, Throwable failure) {
        following = false;
        if (failure instanceof CancellationException) {
            follow(); // of another meta-server: the one that was asked may have stopped
            return;
        }
        if (failure != null) {
            thread.failed("follow", failure);
            later(backoff.next());
            return;
        }
        thread.reached();
        if (newer.isEmpty() || accept(newer.get())) {
            backoff = settings.backoff();
            follow();
        } else {
            later(backoff.longest());
        }
    }

    private void later(Duration pause) {
        thread.later(this::follow, pause);
    }

    /** Hands a map to the tablets; whether it may be obeyed. */
    boolean accept(ClusterMap map) {
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
        onMap.run();
        return true;
    }

    /** Gives the open question up, so that it is asked of whoever is asked first now. Any thread. */
    void askAnother() {
        question.cancel(true);
    }
}
