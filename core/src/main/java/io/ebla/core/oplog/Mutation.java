package io.ebla.core.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.util.Objects;

/**
 * One resolved change of a tablet's store (W1): applying it evaluates no condition, clock or random
 * value, so that every replica does the same.
 */
public sealed interface Mutation {

    /**
     * What a row mutation replaces, as the writer saw it: it keeps the row count, the size and the
     * expiry index exact without a read while applying.
     *
     * @param present whether the store holds a row there, an expired one included
     * @param sizeBytes {@link io.ebla.core.row.Row#sizeBytes()} of it, 0 when absent
     * @param expiresAt its expiry, 0 for none or absent
     */
    record Replaced(boolean present, long sizeBytes, long expiresAt) {

        public static final Replaced NOTHING = new Replaced(false, 0, 0);

        public Replaced {
            if (!present && (sizeBytes != 0 || expiresAt != 0)) {
                throw new IllegalArgumentException("an absent row has neither size nor expiry");
            }
        }
    }

    /**
     * Sets a row. Its {@code updatedAt} is the entry's timestamp, its version the entry's place.
     *
     * @param createdAt ms since the epoch; that of the replaced row when it was alive
     * @param expiresAt ms since the epoch, 0 for never
     */
    record Put(
            RowKey key,
            Bytes value,
            String contentType,
            long createdAt,
            long expiresAt,
            Replaced replaced)
            implements Mutation {

        public Put {
            Objects.requireNonNull(key);
            Objects.requireNonNull(value);
            Objects.requireNonNull(contentType);
            Objects.requireNonNull(replaced);
        }
    }

    /** Removes a row, if it is there. */
    record Delete(RowKey key, Replaced replaced) implements Mutation {

        public Delete {
            Objects.requireNonNull(key);
            Objects.requireNonNull(replaced);
        }
    }

    /**
     * Removes the first {@code maxRows} records of the expiry index that expired at or before
     * {@code before} (T3); rows and idempotency records alike.
     *
     * @param before ms since the epoch, inclusive
     */
    record Expire(long before, int maxRows) implements Mutation {

        public Expire {
            if (maxRows <= 0) {
                throw new IllegalArgumentException("maxRows " + maxRows);
            }
        }
    }

    /** Keeps an idempotency record (W4), in the same entry as the write it answers for. */
    record Remember(IdempotencyRecord memo) implements Mutation {

        public Remember {
            Objects.requireNonNull(memo);
        }
    }

    /**
     * Ends a tablet: what lies below a bound is one child's from here on, the rest the other's.
     *
     * @param at the bound, an escaped pk: rows of one pk are never separated
     * @param low the tablet below it
     * @param high the tablet from it on
     */
    record Split(Bytes at, TabletId low, TabletId high) implements Mutation {

        public Split {
            Objects.requireNonNull(low);
            Objects.requireNonNull(high);
            if (at.isEmpty() || low.equals(high)) {
                throw new IllegalArgumentException("split into " + low + " and " + high);
            }
        }
    }

    /**
     * Seals a tablet for a merge: nothing but the start of an epoch follows, until it is cancelled.
     *
     * @param into the tablet that is to take the place of both; it names the merge
     * @param left the one of the lower range
     * @param right the other one
     */
    record Seal(TabletId into, TabletId left, TabletId right) implements Mutation {

        public Seal {
            Objects.requireNonNull(into);
            if (left.equals(right)) {
                throw new IllegalArgumentException(left + " merged with itself");
            }
        }
    }

    /**
     * A split that was not logged before is not to be any more; nor is a merge, and the seal for it is off.
     *
     * @param low the lower child that it would have made, or the merged tablet: it names the split or merge
     */
    record CancelSplit(TabletId low) implements Mutation {

        public CancelSplit {
            Objects.requireNonNull(low);
        }
    }
}
