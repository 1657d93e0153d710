package io.ebla.client;

import java.util.List;

/**
 * What became of a bulk write.
 *
 * @param unknown lines of which it is not known whether they took effect
 * @param errors the first lines that failed, each with its number; the server names only so many, the
 *     counts are complete
 */
public record BulkReceipt(
        long written, long deleted, long failed, long unknown, List<LineError> errors) {

    public BulkReceipt {
        errors = errors == null ? List.of() : List.copyOf(errors);
    }

    /** @param line counted from 1 */
    public record LineError(long line, String code, String detail) {}
}
