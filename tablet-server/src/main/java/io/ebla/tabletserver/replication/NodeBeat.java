package io.ebla.tabletserver.replication;

import io.ebla.core.cluster.TabletId;
import java.util.List;

/**
 * One node's masterships as another node's followers are asked to lease them, for all tablets of the two
 * nodes at once (E9); a few of these a second keep every lease.
 *
 * @param sentNanos the sender's monotonic time at sending, given back in the reply: the lease counts from it
 * @param wallMillis the sender's wall clock (T2)
 * @param masterships what it masters and the receiver follows
 */
public record NodeBeat(long sentNanos, long wallMillis, List<Held> masterships) {

    public NodeBeat {
        masterships = List.copyOf(masterships);
    }

    /** @param timeMillis the tablet's time at the master (T1) */
    public record Held(TabletId tablet, long epoch, long timeMillis) {}

    /**
     * The answer: every mastership that is not refused is leased from its receipt on.
     *
     * @param sentNanos of the beat it answers
     * @param wallMillis the answering node's wall clock (T2)
     * @param leaseMillis how long a lease is at the answering node: the sender counts on no more (E9)
     * @param refused what is not leased, with the highest epoch promised; 0 where nothing is held
     */
    public record Reply(long sentNanos, long wallMillis, long leaseMillis, List<Refused> refused) {

        public Reply {
            refused = List.copyOf(refused);
        }
    }

    public record Refused(TabletId tablet, long epoch, long promisedEpoch) {}
}
