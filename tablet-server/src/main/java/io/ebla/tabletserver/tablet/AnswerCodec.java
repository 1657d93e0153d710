package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.row.RowVersion;
import io.ebla.tabletserver.tablet.WriteResult.OperationResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer of an idempotent write as its record keeps it (W4).
 *
 * <pre>
 *   format 1 | copies 4 | epoch 8 | index 8 | operations 4 | operations times:
 *     flags 1 (1 existed, 2 has a version) | position 4 | createdAt 8 | updatedAt 8 | expiresAt 8
 * </pre>
 *
 * Of a write that was taken back (W5) it is one byte, 2. A version is (epoch, index, position): the first two
 * are the entry's own.
 */
final class AnswerCodec {

    private static final byte FORMAT = 1;
    private static final byte REVERTED = 2;
    private static final int HEAD_BYTES = 25;
    private static final int OPERATION_BYTES = 29;
    private static final int EXISTED = 1;
    private static final int VERSIONED = 2;

    private AnswerCodec() {}

    static Bytes encode(int copies, long epoch, long index, List<OperationResult> operations) {
        ByteBuffer target = ByteBuffer.allocate(HEAD_BYTES + OPERATION_BYTES * operations.size());
        target.put(FORMAT).putInt(copies).putLong(epoch).putLong(index);
        target.putInt(operations.size());
        for (OperationResult operation : operations) {
            RowVersion version = operation.version();
            int flags = (operation.existed() ? EXISTED : 0) | (version == null ? 0 : VERSIONED);
            target.put((byte) flags).putInt(version == null ? 0 : version.position());
            target.putLong(operation.createdAt());
            target.putLong(operation.updatedAt());
            target.putLong(operation.expiresAt());
        }
        return Bytes.wrap(target.array());
    }

    /** What is remembered of a write that was taken back. */
    static Bytes encodeReverted() {
        return Bytes.wrap(new byte[] {REVERTED});
    }

    static boolean isReverted(Bytes answer) {
        return answer.length() == 1 && answer.array()[answer.offset()] == REVERTED;
    }

    /** The answer again, marked as replayed. */
    static WriteResult decode(Bytes answer, TabletId tablet, List<NodeId> replicas) {
        ByteBuffer source = ByteBuffer.wrap(answer.array(), answer.offset(), answer.length());
        byte format = source.get();
        if (format != FORMAT) {
            throw new IllegalStateException("idempotent answer of unknown format " + format);
        }
        int copies = source.getInt();
        long epoch = source.getLong();
        long index = source.getLong();
        int count = source.getInt();
        List<OperationResult> operations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int flags = source.get();
            int position = source.getInt();
            RowVersion version =
                    (flags & VERSIONED) == 0 ? null : new RowVersion(epoch, index, position);
            operations.add(
                    new OperationResult(
                            (flags & EXISTED) != 0,
                            version,
                            source.getLong(),
                            source.getLong(),
                            source.getLong()));
        }
        return new WriteResult(
                Outcome.COMMITTED,
                copies,
                replicas,
                new Position(tablet, epoch, index),
                true,
                operations);
    }
}
