package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import java.util.Objects;

/**
 * A planned change of master (E12), as the metadata remembers it.
 *
 * <pre>
 *   ASKING    the master is asked to stop writes, bring the target to its head and give up the lease
 *   ELECTING  it did, or may have done: the target is to be elected in a new epoch
 *   DONE      the target was elected
 *   ABORTED   the master goes on as before, or another than the target was elected
 * </pre>
 *
 * <p>The phases follow the elections of the tablet in the very commands that begin and end those, so that
 * a hand-over costs no writes of its own while the master is silent. Whoever leads the metadata goes on
 * with it: asking twice does no harm, for the master answers only for the epoch that is named.
 *
 * @param id random, chosen by the proposer
 * @param tablet the tablet
 * @param epoch the mastership that is to end
 * @param from its node
 * @param to the node that is to take it over
 * @param startedAtMillis when it was asked for, ms since the epoch
 * @param endedAtMillis when it was done or aborted, 0 before
 * @param detail what there is to say of it
 */
public record HandOver(
        String id,
        TabletId tablet,
        long epoch,
        NodeId from,
        NodeId to,
        Phase phase,
        long startedAtMillis,
        long endedAtMillis,
        String detail) {

    /** See {@link HandOver}. */
    public enum Phase {
        ASKING,
        ELECTING,
        DONE,
        ABORTED;

        public boolean ended() {
            return this == DONE || this == ABORTED;
        }

        /** Phases only go forward, and an ended one stays. */
        boolean precedes(Phase next) {
            return !ended() && next.compareTo(this) > 0;
        }
    }

    public HandOver {
        Objects.requireNonNull(id);
        Objects.requireNonNull(tablet);
        Objects.requireNonNull(from);
        Objects.requireNonNull(to);
        Objects.requireNonNull(phase);
        Objects.requireNonNull(detail);
        if (from.equals(to)) {
            throw new IllegalArgumentException("hand-over of " + tablet + " to its own master");
        }
    }

    HandOver at(Phase next, String told, long atMillis) {
        long ended = next.ended() ? atMillis : 0;
        return new HandOver(id, tablet, epoch, from, to, next, startedAtMillis, ended, told);
    }
}
