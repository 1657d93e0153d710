package io.ebla.tabletserver.routing;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.ReadResult;
import io.ebla.tabletserver.tablet.RowOperation;
import io.ebla.tabletserver.tablet.WriteAnswer;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import io.ebla.tabletserver.tablet.WriteResult.OperationResult;
import io.ebla.tabletserver.wire.RowsFailure;
import io.ebla.tabletserver.wire.RowsGet;
import io.ebla.tabletserver.wire.RowsGot;
import io.ebla.tabletserver.wire.RowsOperation;
import io.ebla.tabletserver.wire.RowsOperationResult;
import io.ebla.tabletserver.wire.RowsPosition;
import io.ebla.tabletserver.wire.RowsReadLevel;
import io.ebla.tabletserver.wire.RowsReadResult;
import io.ebla.tabletserver.wire.RowsRow;
import io.ebla.tabletserver.wire.RowsScan;
import io.ebla.tabletserver.wire.RowsVersion;
import io.ebla.tabletserver.wire.RowsWrite;
import io.ebla.tabletserver.wire.RowsWriteResult;
import io.ebla.tabletserver.wire.RowsWritten;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Requests, results and failures as {@code rows.proto} has them, and back. Bytes are shared with the messages
 * on the way out and copied on the way in.
 */
final class RowsCodec {

    private RowsCodec() {}

    // ---------------------------------------------------------------- writes

    static RowsWrite write(TabletId tablet, WriteRequest request, long remainingMillis) {
        RowsWrite.Builder wire =
                RowsWrite.newBuilder()
                        .setTablet(tablet.value())
                        .setCopies(request.copies())
                        .setRevertOnTimeout(request.revertOnTimeout())
                        .setRemainingMillis(remainingMillis)
                        .setPrincipal(request.principal());
        if (request.idempotency() != null) {
            wire.setIdempotencyKey(request.idempotency().key())
                    .setFingerprint(wire(request.fingerprint()));
        }
        for (RowOperation operation : request.operations()) {
            wire.addOperations(wire(operation));
        }
        return wire.build();
    }

    private static RowsOperation wire(RowOperation operation) {
        RowsOperation.Builder wire =
                RowsOperation.newBuilder()
                        .setKey(wire(operation.key().encoded()))
                        .setCondition(ConditionCodec.wire(operation.condition()));
        if (operation instanceof RowOperation.Put put) {
            return wire.setKind(RowsOperation.Kind.PUT)
                    .setValue(wire(put.value()))
                    .setContentType(put.contentType())
                    .setTtlMillis(put.ttlMillis())
                    .build();
        }
        return wire.setKind(
                        operation instanceof RowOperation.Delete
                                ? RowsOperation.Kind.DELETE
                                : RowsOperation.Kind.CHECK)
                .build();
    }

    /**
     * @param nowNanos the monotonic time from which the rest of the request's time counts
     * @throws EblaException for a condition that cannot be compiled
     * @throws IllegalArgumentException for what is no write
     */
    static WriteRequest request(RowsWrite wire, long nowNanos) {
        List<RowOperation> operations = new ArrayList<>(wire.getOperationsCount());
        for (RowsOperation operation : wire.getOperationsList()) {
            operations.add(operation(operation));
        }
        boolean keyed = !wire.getIdempotencyKey().isEmpty();
        return new WriteRequest(
                operations,
                wire.getCopies(),
                wire.getRevertOnTimeout(),
                nowNanos + wire.getRemainingMillis() * 1_000_000,
                wire.getPrincipal(),
                keyed
                        ? new IdempotencyId(
                                operations.get(0).key().pk(),
                                wire.getPrincipal(),
                                wire.getIdempotencyKey())
                        : null,
                keyed ? bytes(wire.getFingerprint()) : null);
    }

    private static RowOperation operation(RowsOperation wire) {
        RowKey key = RowKey.decode(bytes(wire.getKey()));
        var condition = ConditionCodec.condition(wire.getCondition());
        return switch (wire.getKind()) {
            case PUT ->
                    new RowOperation.Put(
                            key,
                            bytes(wire.getValue()),
                            wire.getContentType(),
                            wire.getTtlMillis(),
                            condition);
            case DELETE -> new RowOperation.Delete(key, condition);
            case CHECK -> new RowOperation.Check(key, condition);
            default -> throw new IllegalArgumentException("an operation of no known kind");
        };
    }

    static RowsWritten written(WriteResult result, EblaException failure) {
        return failure == null
                ? RowsWritten.newBuilder().setResult(wire(result)).build()
                : RowsWritten.newBuilder().setFailure(wire(failure)).build();
    }

    private static RowsWriteResult wire(WriteResult result) {
        RowsWriteResult.Builder wire =
                RowsWriteResult.newBuilder()
                        .setOutcome(result.outcome().text())
                        .setCopies(result.copies())
                        .setPosition(wire(result.position()))
                        .setReplayed(result.replayed());
        result.replicas().forEach(replica -> wire.addReplicas(replica.value()));
        for (OperationResult operation : result.operations()) {
            RowsOperationResult.Builder one =
                    RowsOperationResult.newBuilder()
                            .setExisted(operation.existed())
                            .setCreatedAt(operation.createdAt())
                            .setUpdatedAt(operation.updatedAt())
                            .setExpiresAt(operation.expiresAt());
            if (operation.version() != null) {
                one.setVersion(wire(operation.version()));
            }
            wire.addOperations(one);
        }
        return wire.build();
    }

    static WriteAnswer answer(RowsWritten wire) {
        return switch (wire.getAnswerCase()) {
            case RESULT -> new WriteAnswer(result(wire.getResult()), null);
            case FAILURE -> new WriteAnswer(null, failure(wire.getFailure()));
            default -> throw new IllegalArgumentException("an empty answer to a write");
        };
    }

    private static WriteResult result(RowsWriteResult wire) {
        List<OperationResult> operations = new ArrayList<>(wire.getOperationsCount());
        for (RowsOperationResult operation : wire.getOperationsList()) {
            operations.add(
                    new OperationResult(
                            operation.getExisted(),
                            operation.hasVersion() ? version(operation.getVersion()) : null,
                            operation.getCreatedAt(),
                            operation.getUpdatedAt(),
                            operation.getExpiresAt()));
        }
        return new WriteResult(
                outcome(wire.getOutcome()),
                wire.getCopies(),
                wire.getReplicasList().stream().map(NodeId::new).toList(),
                position(wire.getPosition()),
                wire.getReplayed(),
                operations);
    }

    // ---------------------------------------------------------------- reads

    static RowsGet get(
            TabletId tablet, RowKey key, ReadLevel level, Position atLeast, long remainingMillis) {
        RowsGet.Builder wire =
                RowsGet.newBuilder()
                        .setTablet(tablet.value())
                        .setKey(wire(key.encoded()))
                        .setLevel(wire(level))
                        .setRemainingMillis(remainingMillis);
        if (atLeast != null) {
            wire.setAtLeast(wire(atLeast));
        }
        return wire.build();
    }

    static RowsScan scan(
            TabletId tablet,
            KeyRange range,
            boolean descending,
            boolean withValues,
            ReadLevel level,
            Position atLeast,
            long remainingMillis) {
        RowsScan.Builder wire =
                RowsScan.newBuilder()
                        .setTablet(tablet.value())
                        .setFrom(wire(range.from()))
                        .setTo(wire(range.to()))
                        .setDescending(descending)
                        .setWithValues(withValues)
                        .setLevel(wire(level))
                        .setRemainingMillis(remainingMillis);
        if (atLeast != null) {
            wire.setAtLeast(wire(atLeast));
        }
        return wire.build();
    }

    /** The answer to a read; one of the two is null. */
    record Got(ReadResult result, EblaException failure) {}

    static Got got(RowsGot wire) {
        return switch (wire.getAnswerCase()) {
            case RESULT -> new Got(result(wire.getResult()), null);
            case FAILURE -> new Got(null, failure(wire.getFailure()));
            default -> throw new IllegalArgumentException("an empty answer to a read");
        };
    }

    static RowsReadResult wire(ReadResult result) {
        RowsReadResult.Builder wire =
                RowsReadResult.newBuilder().setPosition(wire(result.position()));
        result.row().ifPresent(row -> wire.setRow(wire(row)));
        return wire.build();
    }

    private static ReadResult result(RowsReadResult wire) {
        return new ReadResult(
                wire.hasRow() ? Optional.of(row(wire.getRow())) : Optional.empty(),
                position(wire.getPosition()));
    }

    static RowsRow wire(Row row) {
        RowsRow.Builder wire =
                RowsRow.newBuilder()
                        .setKey(wire(row.key().encoded()))
                        .setValueBytes(row.valueBytes())
                        .setContentType(row.contentType())
                        .setVersion(wire(row.version()))
                        .setCreatedAt(row.createdAt())
                        .setUpdatedAt(row.updatedAt())
                        .setExpiresAt(row.expiresAt());
        if (row.value() != null) {
            wire.setValue(wire(row.value()));
        }
        return wire.build();
    }

    static Row row(RowsRow wire) {
        return new Row(
                RowKey.decode(bytes(wire.getKey())),
                wire.hasValue() ? bytes(wire.getValue()) : null,
                wire.getValueBytes(),
                wire.getContentType(),
                version(wire.getVersion()),
                wire.getCreatedAt(),
                wire.getUpdatedAt(),
                wire.getExpiresAt());
    }

    private static RowsReadLevel wire(ReadLevel level) {
        return switch (level) {
            case STRONG -> RowsReadLevel.STRONG;
            case SESSION -> RowsReadLevel.SESSION;
            case LOCAL -> RowsReadLevel.LOCAL;
        };
    }

    static ReadLevel level(RowsReadLevel wire) {
        return switch (wire) {
            case SESSION -> ReadLevel.SESSION;
            case LOCAL -> ReadLevel.LOCAL;
            default -> ReadLevel.STRONG;
        };
    }

    // ---------------------------------------------------------------- parts

    static RowsFailure wire(EblaException failure) {
        RowsFailure.Builder wire =
                RowsFailure.newBuilder()
                        .setCode(failure.code().text())
                        .setDetail(String.valueOf(failure.getMessage()));
        failure.outcome().ifPresent(outcome -> wire.setOutcome(outcome.text()));
        failure.retryAfterMillis().ifPresent(wire::setRetryAfterMillis);
        failure.failedOperation().ifPresent(wire::setFailedOperation);
        if (failure.status() != failure.code().status()) {
            wire.setStatus(failure.status());
        }
        return wire.build();
    }

    /** A code that this version does not know is an internal error to it. */
    static EblaException failure(RowsFailure wire) {
        EblaException failure = new EblaException(code(wire.getCode()), wire.getDetail());
        if (!wire.getOutcome().isEmpty()) {
            failure = failure.withOutcome(outcome(wire.getOutcome()));
        }
        if (wire.getRetryAfterMillis() > 0) {
            failure = failure.withRetryAfterMillis(wire.getRetryAfterMillis());
        }
        if (wire.hasFailedOperation()) {
            failure = failure.withFailedOperation(wire.getFailedOperation());
        }
        return wire.getStatus() == 0 ? failure : failure.withStatus(wire.getStatus());
    }

    private static ErrorCode code(String text) {
        try {
            return ErrorCode.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException newer) {
            return ErrorCode.INTERNAL;
        }
    }

    /** What is not understood is not known. */
    private static Outcome outcome(String text) {
        try {
            return Outcome.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException newer) {
            return Outcome.UNKNOWN;
        }
    }

    static RowsPosition wire(Position position) {
        return RowsPosition.newBuilder()
                .setTablet(position.tablet().value())
                .setEpoch(position.epoch())
                .setIndex(position.index())
                .build();
    }

    static Position position(RowsPosition wire) {
        return new Position(new TabletId(wire.getTablet()), wire.getEpoch(), wire.getIndex());
    }

    private static RowsVersion wire(RowVersion version) {
        return RowsVersion.newBuilder()
                .setEpoch(version.epoch())
                .setIndex(version.index())
                .setPosition(version.position())
                .build();
    }

    private static RowVersion version(RowsVersion wire) {
        return new RowVersion(wire.getEpoch(), wire.getIndex(), wire.getPosition());
    }

    private static ByteString wire(Bytes bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes.array(), bytes.offset(), bytes.length());
    }

    static Bytes bytes(ByteString wire) {
        return Bytes.wrap(wire.toByteArray());
    }
}
