package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.time.Clock;
import io.grpc.Channel;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import reactor.core.scheduler.Scheduler;

/** The other nodes as this one hands requests on to them. Any thread. */
final class RemoteNodes {

    private final Map<NodeId, RemoteNode> nodes = new ConcurrentHashMap<>();
    private final AtomicInteger turns = new AtomicInteger();
    private final Function<NodeId, Optional<Channel>> channels;
    private final RoutingSettings settings;
    private final Clock clock;
    private final Scheduler scheduler;
    private final RoutingObserver observer;

    /**
     * @param channels the way to a node, empty while it has none
     * @param scheduler for what is only to be noticed after a while
     */
    RemoteNodes(
            Function<NodeId, Optional<Channel>> channels,
            RoutingSettings settings,
            Clock clock,
            Scheduler scheduler,
            RoutingObserver observer) {
        this.channels = channels;
        this.settings = settings;
        this.clock = clock;
        this.scheduler = scheduler;
        this.observer = observer;
    }

    RemoteNode node(NodeId id) {
        RemoteNode known = nodes.get(id);
        return known != null
                ? known
                : nodes.computeIfAbsent(
                        id,
                        name ->
                                new RemoteNode(
                                        name,
                                        () -> channels.apply(name),
                                        settings,
                                        clock,
                                        scheduler,
                                        observer));
    }

    /** Those that anything was handed on to. */
    Collection<RemoteNode> known() {
        return nodes.values();
    }

    /** A number that is another one at each call: to spread calls by. */
    int turn() {
        return turns.getAndIncrement();
    }
}
