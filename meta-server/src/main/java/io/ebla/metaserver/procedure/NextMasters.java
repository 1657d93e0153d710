package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.HandOver;
import java.util.List;
import java.util.function.Supplier;

/**
 * Hand-overs from masters that are in the way of a procedure, to each of those who may follow in turn: the
 * next one may be in the way as well. Confined to the leader's thread.
 */
final class NextMasters {

    private final Supplier<String> ids;
    private final Clock clock;
    private long chosen;

    NextMasters(Supplier<String> ids, Clock clock) {
        this.ids = ids;
        this.clock = clock;
    }

    /** @param others who may follow; one at least */
    ClusterCommand handOver(TabletDescriptor tablet, List<NodeId> others, String why) {
        HandOver handOver =
                new HandOver(
                        ids.get(),
                        tablet.id(),
                        tablet.epoch(),
                        tablet.master().node(),
                        others.get((int) (chosen++ % others.size())),
                        HandOver.Phase.ASKING,
                        clock.wallMillis(),
                        0,
                        why);
        return new ClusterCommand.BeginHandOvers(List.of(handOver), clock.wallMillis());
    }
}
