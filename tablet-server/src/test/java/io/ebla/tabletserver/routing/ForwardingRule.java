package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.tabletserver.routing.RemoteNode.Loss;
import io.ebla.tabletserver.tablet.WriteRequest;

/** The rule by which a forwarder repeats a write (W6), for a simulation that has no forwarder's wires. */
public final class ForwardingRule {

    private ForwardingRule() {}

    /** Whether a write may be tried again after this failure. */
    public static boolean mayRepeat(
            TabletDescriptor tablet, WriteRequest request, EblaException failure) {
        return WriteAttempts.mayRepeat(tablet, request, failure);
    }

    /** What a connection that broke after the write was sent says of it. */
    public static EblaException lost(NodeId node) {
        return Losses.ofWrite(node, Loss.LOST);
    }
}
