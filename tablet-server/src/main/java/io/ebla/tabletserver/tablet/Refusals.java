package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Whether a follower takes what its master sends. The log tells when it begins to refuse, or to refuse for
 * another reason, and when that is over; not each message that is refused. A refusal that passes by itself,
 * as that of a journal with too much to do, is told once it has lasted. Writer only.
 */
final class Refusals {

    private static final Logger LOG = System.getLogger(Refusals.class.getName());

    /** What has not passed by then is no moment's matter. */
    private static final long LASTING_NANOS = 2_000_000_000L;

    private final TabletId tablet;
    private String reason = "";
    private long sinceNanos;
    private boolean told;

    Refusals(TabletId tablet) {
        this.tablet = tablet;
    }

    /**
     * Nothing is taken now.
     *
     * @param kind stays the same while the reason does
     * @param detail of this message
     * @param passing whether that is expected to be over in a moment
     */
    void refused(NodeId master, String kind, String detail, boolean passing, long nowNanos) {
        if (!kind.equals(reason)) {
            reason = kind;
            sinceNanos = nowNanos;
            told = false;
        }
        if (!told && (!passing || nowNanos - sinceNanos >= LASTING_NANOS)) {
            told = true;
            LOG.log(
                    Level.WARNING,
                    "tablet {0}: nothing is taken from its master {1}: {2}",
                    tablet,
                    master,
                    detail);
        }
    }

    /** What was sent is taken. */
    void taken(NodeId master) {
        if (told) {
            LOG.log(Level.INFO, "tablet {0}: the log of {1} is taken again", tablet, master);
        }
        reason = "";
        told = false;
    }
}
