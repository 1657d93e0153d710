package io.ebla.core.oplog;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.nio.ByteBuffer;

/**
 * The binary form of one {@link Mutation}: a type byte, the length of the body, the body. Integers are
 * big-endian, byte strings follow a four-byte length.
 *
 * <pre>
 *   Put       key value contentType createdAt expiresAt replaced
 *   Delete    key replaced
 *   Expire    before maxRows
 *   Remember  pk principal key fingerprint answer expiresAt
 *   Split     at low high
 *   CancelSplit low
 *   Seal      into left right
 *   replaced  = 0 | 1 sizeBytes expiresAt
 * </pre>
 */
final class MutationCodec {

    private static final byte PUT = 1;
    private static final byte DELETE = 2;
    private static final byte EXPIRE = 3;
    private static final byte REMEMBER = 4;
    private static final byte SPLIT = 5;
    private static final byte CANCEL_SPLIT = 6;
    private static final byte SEAL = 7;

    /** Type and length. */
    private static final int HEADER = 1 + Integer.BYTES;

    private MutationCodec() {}

    static int size(Mutation mutation) {
        return HEADER + bodySize(mutation);
    }

    private static int bodySize(Mutation mutation) {
        if (mutation instanceof Mutation.Put put) {
            return bytesSize(put.key().encoded())
                    + bytesSize(put.value())
                    + Text.size(put.contentType())
                    + 2 * Long.BYTES
                    + replacedSize(put.replaced());
        }
        if (mutation instanceof Mutation.Delete delete) {
            return bytesSize(delete.key().encoded()) + replacedSize(delete.replaced());
        }
        if (mutation instanceof Mutation.Expire) {
            return Long.BYTES + Integer.BYTES;
        }
        if (mutation instanceof Mutation.Split split) {
            return bytesSize(split.at()) + 2 * Long.BYTES;
        }
        if (mutation instanceof Mutation.Seal) {
            return 3 * Long.BYTES;
        }
        if (mutation instanceof Mutation.CancelSplit) {
            return Long.BYTES;
        }
        IdempotencyRecord memo = ((Mutation.Remember) mutation).memo();
        return bytesSize(memo.id().pk())
                + Text.size(memo.id().principal())
                + Text.size(memo.id().key())
                + bytesSize(memo.fingerprint())
                + bytesSize(memo.answer())
                + Long.BYTES;
    }

    static void encode(Mutation mutation, ByteBuffer target) {
        int start = target.position();
        target.position(start + HEADER);
        byte type;
        if (mutation instanceof Mutation.Put put) {
            type = PUT;
            putBytes(put.key().encoded(), target);
            putBytes(put.value(), target);
            Text.put(put.contentType(), target);
            target.putLong(put.createdAt()).putLong(put.expiresAt());
            putReplaced(put.replaced(), target);
        } else if (mutation instanceof Mutation.Delete delete) {
            type = DELETE;
            putBytes(delete.key().encoded(), target);
            putReplaced(delete.replaced(), target);
        } else if (mutation instanceof Mutation.Expire expire) {
            type = EXPIRE;
            target.putLong(expire.before()).putInt(expire.maxRows());
        } else if (mutation instanceof Mutation.Split split) {
            type = SPLIT;
            putBytes(split.at(), target);
            target.putLong(split.low().value()).putLong(split.high().value());
        } else if (mutation instanceof Mutation.Seal seal) {
            type = SEAL;
            target.putLong(seal.into().value());
            target.putLong(seal.left().value()).putLong(seal.right().value());
        } else if (mutation instanceof Mutation.CancelSplit cancel) {
            type = CANCEL_SPLIT;
            target.putLong(cancel.low().value());
        } else {
            type = REMEMBER;
            putMemo(((Mutation.Remember) mutation).memo(), target);
        }
        target.put(start, type).putInt(start + 1, target.position() - start - HEADER);
    }

    /** Bytes of keys and values share the array of {@code source} when it has one. */
    static Mutation decode(ByteBuffer source) {
        byte type = source.get();
        int length = source.getInt();
        int end = source.position() + length;
        if (length < 0 || end > source.limit()) {
            throw new CorruptEntryException(
                    "mutation of " + length + " bytes ends beyond its entry");
        }
        Mutation mutation =
                switch (type) {
                    case PUT ->
                            new Mutation.Put(
                                    RowKey.decode(getBytes(source)),
                                    getBytes(source),
                                    Text.get(source),
                                    source.getLong(),
                                    source.getLong(),
                                    getReplaced(source));
                    case DELETE ->
                            new Mutation.Delete(
                                    RowKey.decode(getBytes(source)), getReplaced(source));
                    case EXPIRE -> new Mutation.Expire(source.getLong(), source.getInt());
                    case REMEMBER -> new Mutation.Remember(getMemo(source));
                    case SPLIT ->
                            new Mutation.Split(
                                    Bytes.wrap(getBytes(source).toArray()),
                                    new TabletId(source.getLong()),
                                    new TabletId(source.getLong()));
                    case SEAL ->
                            new Mutation.Seal(
                                    new TabletId(source.getLong()),
                                    new TabletId(source.getLong()),
                                    new TabletId(source.getLong()));
                    case CANCEL_SPLIT -> new Mutation.CancelSplit(new TabletId(source.getLong()));
                    default ->
                            throw new UnsupportedEntryException(
                                    "mutation type " + type + " is unknown to this version");
                };
        if (source.position() != end) {
            throw new CorruptEntryException("mutation of another length than its content");
        }
        return mutation;
    }

    private static int bytesSize(Bytes bytes) {
        return Integer.BYTES + bytes.length();
    }

    private static void putBytes(Bytes bytes, ByteBuffer target) {
        target.putInt(bytes.length());
        bytes.putTo(target);
    }

    private static Bytes getBytes(ByteBuffer source) {
        int length = source.getInt();
        if (length < 0 || length > source.remaining()) {
            throw new CorruptEntryException("byte string of " + length + " bytes");
        }
        if (source.hasArray()) {
            int at = source.position();
            source.position(at + length);
            return Bytes.wrap(source.array(), source.arrayOffset() + at, length);
        }
        byte[] copy = new byte[length];
        source.get(copy);
        return Bytes.wrap(copy);
    }

    private static int replacedSize(Mutation.Replaced replaced) {
        return replaced.present() ? 1 + 2 * Long.BYTES : 1;
    }

    private static void putReplaced(Mutation.Replaced replaced, ByteBuffer target) {
        if (!replaced.present()) {
            target.put((byte) 0);
            return;
        }
        target.put((byte) 1).putLong(replaced.sizeBytes()).putLong(replaced.expiresAt());
    }

    private static Mutation.Replaced getReplaced(ByteBuffer source) {
        return source.get() == 0
                ? Mutation.Replaced.NOTHING
                : new Mutation.Replaced(true, source.getLong(), source.getLong());
    }

    private static void putMemo(IdempotencyRecord memo, ByteBuffer target) {
        putBytes(memo.id().pk(), target);
        Text.put(memo.id().principal(), target);
        Text.put(memo.id().key(), target);
        putBytes(memo.fingerprint(), target);
        putBytes(memo.answer(), target);
        target.putLong(memo.expiresAt());
    }

    private static IdempotencyRecord getMemo(ByteBuffer source) {
        IdempotencyId id = new IdempotencyId(getBytes(source), Text.get(source), Text.get(source));
        return new IdempotencyRecord(id, getBytes(source), getBytes(source), source.getLong());
    }
}
