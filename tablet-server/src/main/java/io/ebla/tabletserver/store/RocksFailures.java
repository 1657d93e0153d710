package io.ebla.tabletserver.store;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Says what a failure of RocksDB means to whoever asked. */
final class RocksFailures {

    private RocksFailures() {}

    /**
     * {@code disk_full} passes by itself when there is room again, {@code corrupted} and {@code
     * disk_failed} do not; anything else is a broken invariant and no {@link EblaException}.
     */
    static RuntimeException of(String doing, RocksDBException failure) {
        Status status = failure.getStatus();
        String detail = doing + " failed: " + failure.getMessage();
        if (status == null) {
            return new IllegalStateException(detail, failure);
        }
        if (status.getSubCode() == Status.SubCode.NoSpace) {
            return new EblaException(ErrorCode.DISK_FULL, detail);
        }
        return switch (status.getCode()) {
            case Corruption -> new EblaException(ErrorCode.CORRUPTED, detail);
            case IOError -> new EblaException(ErrorCode.DISK_FAILED, detail);
            default -> new IllegalStateException(detail, failure);
        };
    }
}
