package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;

/**
 * A record of the expiry index: when something falls due, and what. In byte order the index lists
 * what is due first first, so that every replica expires the same records (T3).
 *
 * @param expiresAt ms since the epoch
 * @param what which key space {@code key} belongs to
 * @param key the stored key of the row or of the idempotency record
 */
record ExpiryKey(long expiresAt, What what, Bytes key) {

    /** What a record speaks of; the code is stored. */
    enum What {
        ROW(1),
        IDEMPOTENCY(2);

        private final int code;

        What(int code) {
            this.code = code;
        }
    }

    static ExpiryKey ofRow(long expiresAt, Bytes key) {
        return new ExpiryKey(expiresAt, What.ROW, key);
    }

    static ExpiryKey ofIdempotency(long expiresAt, Bytes key) {
        return new ExpiryKey(expiresAt, What.IDEMPOTENCY, key);
    }

    Bytes encoded() {
        VarWriter writer = new VarWriter(9 + key.length());
        writer.putLong(expiresAt ^ Long.MIN_VALUE);
        writer.putByte(what.code);
        writer.putBytes(key);
        return Bytes.wrap(writer.toArray());
    }

    /** The lower bound of everything that falls due at or after {@code millis}. */
    static Bytes bound(long millis) {
        VarWriter writer = new VarWriter(8);
        writer.putLong(millis ^ Long.MIN_VALUE);
        return Bytes.wrap(writer.toArray());
    }

    /** The upper bound of everything due at {@code beforeMillis}; empty for no bound. */
    static Bytes dueBound(long beforeMillis) {
        return beforeMillis == Long.MAX_VALUE ? Bytes.EMPTY : bound(beforeMillis + 1);
    }

    static ExpiryKey decode(Bytes encoded) {
        VarReader reader =
                new VarReader(
                        encoded.array(), encoded.offset(), encoded.offset() + encoded.length());
        try {
            long expiresAt = reader.getLong() ^ Long.MIN_VALUE;
            int code = reader.getByte();
            for (What what : What.values()) {
                if (what.code == code) {
                    return new ExpiryKey(expiresAt, what, reader.getBytes(reader.remaining()));
                }
            }
            throw RowCodec.corrupted("an expiry record of kind " + code);
        } catch (IndexOutOfBoundsException tooShort) {
            throw RowCodec.corrupted("an expiry record of " + encoded.length() + " bytes");
        }
    }
}
