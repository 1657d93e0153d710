package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;

/**
 * Walks the records of a pinned store, spaces in their order, keys in theirs. A row's record is its header
 * with the value behind it, however large.
 */
interface SnapshotRecords extends AutoCloseable {

    /** The key spaces in the order of the stream; codes are stored and sent. */
    enum Space {
        ROWS(1),
        EXPIRY(2),
        IDEMPOTENCY(3),
        SYSTEM(4);

        private static final Space[] ALL = values();

        private final int code;

        Space(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        /** The next one, or null. */
        Space next() {
            return ordinal() + 1 < ALL.length ? ALL[ordinal() + 1] : null;
        }

        static Space of(int code) {
            for (Space space : ALL) {
                if (space.code == code) {
                    return space;
                }
            }
            throw new IllegalArgumentException("unknown key space " + code);
        }
    }

    /** Goes to a record, or to the first one behind it. */
    void seek(Space space, Bytes key);

    /** Whether there is a record where it stands. */
    boolean isValid();

    /** Goes to the next record. */
    void advance();

    Space space();

    Bytes key();

    Bytes value();

    @Override
    void close();
}
