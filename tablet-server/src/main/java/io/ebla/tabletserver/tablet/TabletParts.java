package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;

/**
 * What a tablet's writer works with, shared with its read path and its facade.
 *
 * @param firstFenceNanos before then no fence is answered (E8)
 */
record TabletParts(
        TabletId tablet,
        NodeId self,
        Env env,
        TabletSettings settings,
        ReplicationSettings replication,
        TabletTime time,
        Mailbox mailbox,
        Overlay overlay,
        Idempotency idempotency,
        ReadWaits waits,
        Replies replies,
        Failures failures,
        EpochHistory history,
        LeaseTracker lease,
        Grant grant,
        long firstFenceNanos,
        TabletObserver observer,
        ReplicationCounters counters) {}
