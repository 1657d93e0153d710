package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.Tablet;
import java.util.HashSet;
import java.util.Set;

/**
 * Where one request may be answered, as the newest map and this node's own replicas have it: what is here
 * first, then the master's node; for other than strong reads any replica before that. A place that failed is
 * passed over until something changes, or its failure is {@linkplain #forget forgotten}.
 *
 * <p>Of one request, used by one thread at a time.
 */
final class Places {

    private static final long RETRY_AFTER_MILLIS = 100;

    private final Routing routing;
    private final TabletDescriptor asked;
    private final ReadLevel level;
    private final Set<NodeId> failed = new HashSet<>(4);
    private Mastership failedMaster;
    private NodeId current;
    private Mastership currentMaster;

    Places(Routing routing, TabletDescriptor asked, ReadLevel level) {
        this.routing = routing;
        this.asked = asked;
        this.level = level;
    }

    /** The next one to try; null when there is none that has not failed. */
    RowTablet next() {
        TabletDescriptor now = routing.descriptor(asked.id());
        if (now == null) {
            return null;
        }
        currentMaster = now.master();
        if (failedMaster != null && !failedMaster.equals(currentMaster)) {
            forget();
        }
        Tablet here = routing.directory().here(asked.id(), level);
        if (here != null && !failed.contains(routing.self())) {
            current = routing.self();
            return here;
        }
        current = elsewhere(now);
        return current == null ? null : new RemoteTablet(routing.nodes().node(current), now);
    }

    /** The other node to try next, wherever else a place may be; null when there is none. */
    NodeId nextElsewhere() {
        TabletDescriptor now = routing.descriptor(asked.id());
        return now == null ? null : elsewhere(now);
    }

    private NodeId elsewhere(TabletDescriptor now) {
        if (level != ReadLevel.STRONG) {
            NodeId follower = follower(now);
            if (follower != null) {
                return follower;
            }
        }
        NodeId master = now.master() == null ? null : now.master().node();
        return master == null || master.equals(routing.self()) || failed.contains(master)
                ? null
                : master;
    }

    /** Any other node with a replica of use, the calls of this node spread over them. */
    private NodeId follower(TabletDescriptor now) {
        int replicas = now.replicas().size();
        int start = routing.nodes().turn();
        for (int i = 0; i < replicas; i++) {
            ReplicaDescriptor replica = now.replicas().get(Math.floorMod(start + i, replicas));
            boolean useful = replica.opened() && !replica.lost() && !replica.learner();
            if (useful
                    && !replica.node().equals(routing.self())
                    && !failed.contains(replica.node())
                    && routing.nodes().node(replica.node()).admits()) {
                return replica.node();
            }
        }
        return null;
    }

    /** The place that was tried could not answer. */
    void failed() {
        failed.add(current);
        if (currentMaster != null && current.equals(currentMaster.node())) {
            failedMaster = currentMaster;
        }
    }

    /** What is here could not answer. */
    void failedHere() {
        TabletDescriptor now = routing.descriptor(asked.id());
        current = routing.self();
        currentMaster = now == null ? null : now.master();
        failed();
    }

    /** Every place may be tried again. */
    void forget() {
        failed.clear();
        failedMaster = null;
    }

    /** Whether there is a place by now that has not failed. */
    boolean changed() {
        return next() != null || gone();
    }

    /** Whether the tablet is no more: its table was dropped, or it was divided. */
    boolean gone() {
        return routing.descriptor(asked.id()) == null;
    }

    /** Why there is no place to try. */
    EblaException nobody() {
        EblaException refusal = routing.directory().refusal(asked.id());
        if (refusal != null && asked.members().size() <= 1) {
            return refusal;
        }
        return new EblaException(
                        ErrorCode.NO_MASTER,
                        gone()
                                ? "tablet " + asked.id() + " is no more"
                                : "tablet " + asked.id() + " has no master that can be reached")
                .withRetryAfterMillis(RETRY_AFTER_MILLIS);
    }
}
