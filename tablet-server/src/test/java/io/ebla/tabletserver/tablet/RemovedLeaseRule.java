package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.replication.NodeBeat;
import java.util.List;

/** Rules of leases, reads and clocks, taken away; see {@link RemovedRule}. */
enum RemovedLeaseRule implements RemovedRule {

    /** A lease that was refused counts as granted. */
    E9_REFUSED_IS_NOT_GRANTED() {
        @Override
        public NodeBeat.Reply reply(GroupNode from, NodeBeat.Reply reply) {
            return new NodeBeat.Reply(reply.sentNanos(), reply.wallMillis(), List.of());
        }
    };

    private final int livesMax;

    RemovedLeaseRule() {
        this(0);
    }

    RemovedLeaseRule(int livesMax) {
        this.livesMax = livesMax;
    }

    @Override
    public int livesMax() {
        return livesMax;
    }
}
