package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.oplog.IdempotencyRecord;

/**
 * Keys and records of what is kept beside the rows of a pk, in the order of the pks, so that a split
 * parts both alike (W4).
 *
 * <pre>
 *   key    = encoded key of the pk without a sk, kind (1), principal length, principal, key
 *   record = format (1)  expiresAt  fingerprint length, fingerprint  answer
 * </pre>
 *
 * Kind 1 is an idempotency record; other kinds are free for what will live there too (intents).
 */
final class IdempotencyCodec {

    private static final int FORMAT = 1;
    private static final int KIND_IDEMPOTENCY = 1;

    private IdempotencyCodec() {}

    static Bytes key(IdempotencyId id) {
        Bytes pk = RowKey.of(id.pk()).encoded();
        Bytes principal = Bytes.utf8(id.principal());
        Bytes key = Bytes.utf8(id.key());
        VarWriter writer = new VarWriter(pk.length() + principal.length() + key.length() + 11);
        writer.putBytes(pk);
        writer.putByte(KIND_IDEMPOTENCY);
        writer.putUnsigned(principal.length());
        writer.putBytes(principal);
        writer.putBytes(key);
        return Bytes.wrap(writer.toArray());
    }

    /** Undoes {@link #key}. */
    static IdempotencyId decodeKey(Bytes key) {
        try {
            int end = pkEnd(key);
            VarReader reader =
                    new VarReader(key.array(), key.offset() + end, key.offset() + key.length());
            if (reader.getByte() != KIND_IDEMPOTENCY) {
                throw new IllegalArgumentException("unknown kind");
            }
            String principal = reader.getUtf8((int) reader.getUnsigned());
            String name = reader.getUtf8(reader.remaining());
            return new IdempotencyId(RowKey.decode(key.slice(0, end)).pk(), principal, name);
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw RowCodec.corrupted("the key of a record beside rows: " + malformed.getMessage());
        }
    }

    /** The length of the encoded pk: it ends with the first 00 01, since a 00 within it is 00 FF. */
    private static int pkEnd(Bytes key) {
        int at = 0;
        while (key.at(at) != 0 || key.at(at + 1) != 1) {
            at += key.at(at) == 0 ? 2 : 1;
        }
        return at + 2;
    }

    static byte[] encode(IdempotencyRecord memo) {
        VarWriter writer = new VarWriter(31 + memo.fingerprint().length() + memo.answer().length());
        writer.putByte(FORMAT);
        writer.putSigned(memo.expiresAt());
        writer.putUnsigned(memo.fingerprint().length());
        writer.putBytes(memo.fingerprint());
        writer.putBytes(memo.answer());
        return writer.toArray();
    }

    static IdempotencyRecord decode(IdempotencyId id, byte[] stored) {
        try {
            VarReader reader = new VarReader(stored, 0, stored.length);
            long expiresAt = expiresAt(reader);
            Bytes fingerprint = reader.getBytes((int) reader.getUnsigned());
            return new IdempotencyRecord(
                    id, fingerprint, reader.getBytes(reader.remaining()), expiresAt);
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw RowCodec.corrupted("an idempotency record: " + malformed.getMessage());
        }
    }

    static long expiresAt(byte[] stored) {
        try {
            return expiresAt(new VarReader(stored, 0, stored.length));
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw RowCodec.corrupted("an idempotency record: " + malformed.getMessage());
        }
    }

    private static long expiresAt(VarReader reader) {
        int format = reader.getByte();
        if (format != FORMAT) {
            throw new IllegalArgumentException("unknown format " + format);
        }
        return reader.getSigned();
    }
}
