package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.HandOver;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The nodes to which hand-overs have failed within the hour, whoever began them and whatever it was that
 * failed: no replica is to go there for load, for its mastership would not follow. A node is barred for a
 * pause that doubles with each failure, until a hand-over to it is done. It is told from the hand-overs that
 * the metadata remembers, so that the next leader knows as well.
 *
 * <p>The pauses are longer than those of the tablet that was to be handed over ({@link Attempts}): it is
 * tried again before another replica comes. Confined to the leader's thread.
 */
final class FailedHandOvers {

    /** What is longer ago tells nothing of now. */
    private static final long REMEMBERED_MILLIS = TimeUnit.HOURS.toMillis(1);

    /** The first pause. */
    private static final long PAUSE_MILLIS = TimeUnit.SECONDS.toMillis(20);

    /** So often it is doubled at most: to about ten minutes. */
    private static final int DOUBLED_MAX = 5;

    private final Clock clock;
    private final Backoff backoff;

    FailedHandOvers(Clock clock) {
        this.clock = clock;
        backoff = new Backoff(clock, PAUSE_MILLIS, DOUBLED_MAX);
    }

    /** Of tablets that are no more nothing is told: it was not the node that they failed for. */
    Set<NodeId> nodes(ClusterState state) {
        long since = clock.wallMillis() - REMEMBERED_MILLIS;
        Map<NodeId, Long> doneAtMillis = new HashMap<>();
        for (HandOver each : state.handOvers().values()) {
            if (each.phase() == HandOver.Phase.DONE) {
                doneAtMillis.merge(each.to(), each.endedAtMillis(), Math::max);
            }
        }
        List<HandOver> failed =
                state.handOvers().values().stream()
                        .filter(each -> each.phase() == HandOver.Phase.ABORTED)
                        .filter(each -> state.tablets().containsKey(each.tablet()))
                        .filter(
                                each ->
                                        each.endedAtMillis()
                                                > doneAtMillis.getOrDefault(each.to(), since))
                        .toList();
        Set<NodeId> nodes = new HashSet<>();
        failed.forEach(each -> nodes.add(each.to()));
        nodes.removeIf(
                node ->
                        !backoff.rests(
                                failed.stream()
                                        .filter(each -> each.to().equals(node))
                                        .mapToLong(HandOver::endedAtMillis)));
        return nodes;
    }
}
