package io.ebla.tabletserver.tablet;

import static io.ebla.tabletserver.tablet.TabletState.BROKEN;
import static io.ebla.tabletserver.tablet.TabletState.CLOSED;
import static io.ebla.tabletserver.tablet.TabletState.CORRUPTED;
import static io.ebla.tabletserver.tablet.TabletState.DISK_FAILED;
import static io.ebla.tabletserver.tablet.TabletState.DRAINING;
import static io.ebla.tabletserver.tablet.TabletState.FOLLOWER;
import static io.ebla.tabletserver.tablet.TabletState.HANDING_OVER;
import static io.ebla.tabletserver.tablet.TabletState.LEARNER;
import static io.ebla.tabletserver.tablet.TabletState.OPEN;
import static io.ebla.tabletserver.tablet.TabletState.REBUILDING;
import static io.ebla.tabletserver.tablet.TabletState.SERVING;
import static io.ebla.tabletserver.tablet.TabletState.TAKING_OVER;

import io.ebla.core.cluster.TabletId;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * The state of a replica, and the only way from one to the next. The writer changes it, anyone reads it.
 *
 * <p>A <em>term</em> is a stretch of time in which this replica was master without a break, over a
 * replica change of its own too. A strong read is true only if one term covers it whole.
 */
final class Role {

    private static final Logger LOG = System.getLogger(Role.class.getName());

    /** From each state, those it may become besides the ends, which are open to all that have not ended. */
    private static final Map<TabletState, Set<TabletState>> STEPS =
            new EnumMap<>(TabletState.class);

    static {
        STEPS.put(OPEN, Set.of(LEARNER, FOLLOWER, DRAINING, REBUILDING));
        STEPS.put(LEARNER, Set.of(OPEN, FOLLOWER, TAKING_OVER, DRAINING, REBUILDING));
        STEPS.put(FOLLOWER, Set.of(OPEN, LEARNER, TAKING_OVER, DRAINING, REBUILDING));
        STEPS.put(TAKING_OVER, Set.of(OPEN, LEARNER, FOLLOWER, SERVING));
        STEPS.put(SERVING, Set.of(OPEN, LEARNER, FOLLOWER, HANDING_OVER, DRAINING));
        STEPS.put(HANDING_OVER, Set.of(OPEN, LEARNER, FOLLOWER, SERVING, DRAINING));
        STEPS.put(DRAINING, Set.of(OPEN, LEARNER, FOLLOWER));
        STEPS.put(REBUILDING, Set.of(OPEN, LEARNER, FOLLOWER));
        STEPS.put(CORRUPTED, Set.of(REBUILDING));
    }

    private final TabletId tablet;
    private final Grant grant;
    private volatile TabletState state = OPEN;
    private volatile long term;
    private TabletState atRest = OPEN;

    /** @param grant is told when this replica may grant leases, as only a healthy member that follows may */
    Role(TabletId tablet, Grant grant) {
        this.tablet = tablet;
        this.grant = grant;
    }

    TabletState state() {
        return state;
    }

    /** Counts the terms begun here; 0 before the first. */
    long term() {
        return term;
    }

    /** @throws IllegalStateException if there is no such step: a broken invariant */
    void become(TabletState next) {
        TabletState from = state;
        if (from == next) {
            return;
        }
        boolean end = next == DISK_FAILED || next == CORRUPTED || next == BROKEN || next == CLOSED;
        boolean toEnd = end && (!from.ended() || next == CLOSED || next == BROKEN);
        if (!toEnd && !STEPS.getOrDefault(from, Set.of()).contains(next)) {
            throw new IllegalStateException("tablet " + tablet + ": from " + from + " to " + next);
        }
        if (next == TAKING_OVER) {
            term++;
        }
        state = next;
        grant.able(next == FOLLOWER);
        LOG.log(Level.DEBUG, "tablet {0}: {1} -> {2}", tablet, from, next);
    }

    /** What it is when it is not master; taken up at once if it rests. */
    void rests(boolean opened, boolean learner) {
        atRest = !opened ? OPEN : learner ? LEARNER : FOLLOWER;
        if (state == OPEN || state.follows()) {
            become(atRest);
        }
    }

    /** Ends a mastership, a rebuild or a drain. */
    void rest() {
        become(atRest);
    }
}
