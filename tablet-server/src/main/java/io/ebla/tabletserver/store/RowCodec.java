package io.ebla.tabletserver.store;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.Mutation;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * How a row stands on disk: a header in {@code rows}, followed there by a small value; a large value
 * stands in {@code values}, behind the version that wrote it, so that a reader of both sees whether
 * they belong together.
 *
 * <pre>
 *   header = format|flags (1)  epoch  index  position  createdAt  updatedAt  [expiresAt]
 *            valueBytes  contentType  [value]
 *   large  = epoch (8) index (8) position (4) value
 * </pre>
 *
 * Numbers of the header are variable-length, times zigzag. The content type is a code from a list
 * that only ever grows, or 0 and the text itself.
 */
final class RowCodec {

    /** Bytes before a large value. */
    static final int LARGE_PREFIX_BYTES = 20;

    private static final int FORMAT = 1;
    private static final int FORMAT_MASK = 0x0F;
    private static final int INLINE = 0x10;
    private static final int EXPIRES = 0x20;

    /** Codes are places in this list, from 1: add at the end, change nothing. */
    private static final List<String> COMMON_TYPES =
            List.of(
                    "application/octet-stream",
                    "application/json",
                    "text/plain",
                    "text/plain;charset=UTF-8",
                    "text/plain; charset=utf-8",
                    "application/json;charset=UTF-8",
                    "text/html",
                    "text/csv",
                    "application/xml",
                    "image/png",
                    "image/jpeg",
                    "application/x-protobuf",
                    "application/x-ndjson",
                    "application/cbor",
                    "text/markdown",
                    "application/pdf");

    private RowCodec() {}

    /** A header as it was read. */
    record Header(
            RowVersion version,
            long createdAt,
            long updatedAt,
            long expiresAt,
            int valueBytes,
            String contentType,
            boolean inline,
            int length) {

        private Header ofLength(int bytes) {
            return new Header(
                    version,
                    createdAt,
                    updatedAt,
                    expiresAt,
                    valueBytes,
                    contentType,
                    inline,
                    bytes);
        }

        Row toRow(RowKey key, Bytes value) {
            return new Row(
                    key, value, valueBytes, contentType, version, createdAt, updatedAt, expiresAt);
        }
    }

    /** The stored header, with the value behind it when it stays inline. */
    static byte[] encode(Mutation.Put put, RowVersion version, long updatedAt, boolean inline) {
        int code = COMMON_TYPES.indexOf(put.contentType()) + 1;
        byte[] spelled =
                code == 0 ? put.contentType().getBytes(StandardCharsets.UTF_8) : new byte[0];
        int valueBytes = put.value().length();
        int most = 80 + spelled.length + (inline ? valueBytes : 0);
        VarWriter writer = new VarWriter(most);
        boolean expires = put.expiresAt() != 0;
        writer.putByte(FORMAT | (inline ? INLINE : 0) | (expires ? EXPIRES : 0));
        writer.putUnsigned(version.epoch());
        writer.putUnsigned(version.index());
        writer.putUnsigned(version.position());
        writer.putSigned(put.createdAt());
        writer.putSigned(updatedAt);
        if (expires) {
            writer.putSigned(put.expiresAt());
        }
        writer.putUnsigned(valueBytes);
        writer.putUnsigned(code);
        if (code == 0) {
            writer.putUnsigned(spelled.length);
            writer.putBytes(Bytes.wrap(spelled));
        }
        if (inline) {
            writer.putBytes(put.value());
        }
        return writer.toArray();
    }

    /** A row with its value behind the header, however large. */
    static byte[] encode(Row row) {
        Mutation.Put put =
                new Mutation.Put(
                        row.key(),
                        row.value(),
                        row.contentType(),
                        row.createdAt(),
                        row.expiresAt(),
                        Mutation.Replaced.NOTHING);
        return encode(put, row.version(), row.updatedAt(), true);
    }

    /** The record of a row whose value stands elsewhere, with the value behind the header. */
    static byte[] inlined(byte[] stored, Header header, Bytes value) {
        VarWriter writer = new VarWriter(header.length() + value.length());
        writer.putByte(stored[0] | INLINE);
        writer.putBytes(Bytes.wrap(stored, 1, header.length() - 1));
        writer.putBytes(value);
        return writer.toArray();
    }

    /** The header alone of a record that has its value behind it: undoes {@link #inlined}. */
    static byte[] outlined(Bytes record, Header header) {
        byte[] stored =
                Arrays.copyOfRange(
                        record.array(), record.offset(), record.offset() + header.length());
        stored[0] &= ~INLINE;
        return stored;
    }

    /** Reads a header from the start of {@code stored}, of which {@code length} bytes count. */
    static Header decode(byte[] stored, int length) {
        try {
            return decodeHeader(new VarReader(stored, 0, length));
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw corrupted("a row header of " + length + " bytes: " + malformed.getMessage());
        }
    }

    /** Reads the header of a record that has its value behind it. */
    static Header decode(Bytes record) {
        int from = record.offset();
        try {
            VarReader reader = new VarReader(record.array(), from, from + record.length());
            Header header = decodeHeader(reader);
            int length = header.length() - from;
            if (!header.inline() || record.length() - length != header.valueBytes()) {
                throw new IllegalArgumentException("not the value that it says");
            }
            return header.ofLength(length);
        } catch (IndexOutOfBoundsException | IllegalArgumentException malformed) {
            throw corrupted("a row of " + record.length() + " bytes: " + malformed.getMessage());
        }
    }

    /** Reads a header from the first bytes of a record; null when it goes on beyond them. */
    static Header decodeStart(byte[] start) {
        try {
            return decodeHeader(new VarReader(start, 0, start.length));
        } catch (IndexOutOfBoundsException longer) {
            return null;
        } catch (IllegalArgumentException malformed) {
            throw corrupted("a row header: " + malformed.getMessage());
        }
    }

    private static Header decodeHeader(VarReader reader) {
        int first = reader.getByte();
        if ((first & FORMAT_MASK) != FORMAT) {
            throw new IllegalArgumentException("unknown row format " + (first & FORMAT_MASK));
        }
        RowVersion version =
                new RowVersion(
                        reader.getUnsigned(), reader.getUnsigned(), (int) reader.getUnsigned());
        long createdAt = reader.getSigned();
        long updatedAt = reader.getSigned();
        long expiresAt = (first & EXPIRES) != 0 ? reader.getSigned() : 0;
        int valueBytes = (int) reader.getUnsigned();
        String contentType = contentType(reader);
        boolean inline = (first & INLINE) != 0;
        return new Header(
                version,
                createdAt,
                updatedAt,
                expiresAt,
                valueBytes,
                contentType,
                inline,
                reader.position());
    }

    private static String contentType(VarReader reader) {
        long code = reader.getUnsigned();
        if (code == 0) {
            return reader.getUtf8((int) reader.getUnsigned());
        }
        if (code > COMMON_TYPES.size()) {
            throw new IllegalArgumentException("unknown content type code " + code);
        }
        return COMMON_TYPES.get((int) code - 1);
    }

    /** The inline value of a record whose header was read; shares the array. */
    static Bytes inlineValue(byte[] stored, int length, Header header) {
        if (length - header.length() != header.valueBytes()) {
            throw corrupted("a row of " + length + " bytes whose value has " + header.valueBytes());
        }
        return Bytes.wrap(stored, header.length(), header.valueBytes());
    }

    static byte[] encodeLarge(Bytes value, RowVersion version) {
        VarWriter writer = new VarWriter(LARGE_PREFIX_BYTES + value.length());
        writer.putLong(version.epoch());
        writer.putLong(version.index());
        writer.putInt(version.position());
        writer.putBytes(value);
        return writer.toArray();
    }

    /** The large value, or null when another version than the header's wrote it. */
    static Bytes largeValue(byte[] stored, Header header) {
        if (stored == null || stored.length != LARGE_PREFIX_BYTES + header.valueBytes()) {
            return null;
        }
        VarReader reader = new VarReader(stored, 0, LARGE_PREFIX_BYTES);
        RowVersion version = header.version();
        boolean same =
                reader.getLong() == version.epoch()
                        && reader.getLong() == version.index()
                        && reader.getInt() == version.position();
        return same ? Bytes.wrap(stored, LARGE_PREFIX_BYTES, header.valueBytes()) : null;
    }

    static EblaException corrupted(String what) {
        return new EblaException(ErrorCode.CORRUPTED, "the store holds " + what);
    }
}
