package io.ebla.core.contract;

import java.util.Locale;

/**
 * The stable error codes of the public contract, each with its HTTP status, a title, and whether the
 * request was certainly not applied and may succeed when simply repeated later.
 */
public enum ErrorCode {
    INVALID_ARGUMENT(400, "Invalid argument", false),
    UNKNOWN_OPTION(400, "Unknown option", false),
    CURSOR_MISMATCH(400, "Cursor of another query", false),
    UNAUTHORIZED(401, "Not authenticated", false),
    FORBIDDEN(403, "Not allowed", false),
    TABLE_NOT_FOUND(404, "No such table", false),
    ROW_NOT_FOUND(404, "No such row", false),
    TABLET_NOT_FOUND(404, "No such tablet", false),
    NODE_NOT_FOUND(404, "No such node", false),
    OPERATION_NOT_FOUND(404, "No such operation", false),
    NOT_FOUND(404, "No such resource", false),
    METHOD_NOT_ALLOWED(405, "Method not allowed", false),
    NOT_ACCEPTABLE(406, "Not acceptable", false),
    TABLE_EXISTS(409, "The table exists with other options", false),
    POSITION_LOST(409, "Position lost", false),
    OPERATION_IN_PROGRESS(409, "Another operation is in progress", true),
    CONDITION_FAILED(412, "Condition failed", false),
    TOO_LARGE(413, "Too large", false),
    URI_TOO_LONG(414, "Request line too long", false),
    UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type", false),
    BATCH_SPANS_ROWS(422, "The batch spans several partition keys", false),
    IDEMPOTENCY_KEY_REUSED(422, "Idempotency key reused", false),
    NOT_ENOUGH_NODES(422, "Not enough nodes", false),
    CANNOT_SPLIT(422, "Cannot split", false),
    NO_RIGHT_NEIGHBOUR(422, "No right neighbour", false),
    UNSUPPORTED_FOR_TABLE(422, "Unsupported for this table", false),
    OVERLOADED(429, "Overloaded", true),
    HEADERS_TOO_LARGE(431, "Headers too large", false),
    INTERNAL(500, "Internal error", false),
    NO_MASTER(503, "Nobody serves this range now", true),
    NO_QUORUM(503, "No quorum", true),
    META_UNAVAILABLE(503, "The metadata service is unavailable", true),
    DISK_FULL(503, "Disk full", true),
    DISK_FAILED(503, "Disk failed", true),
    CORRUPTED(503, "Data corrupted", false),
    DEADLINE_EXCEEDED(503, "Deadline exceeded", true),
    ACK_TIMEOUT(504, "The wait ran out", false);

    private final int status;
    private final String title;
    private final boolean retryable;

    ErrorCode(int status, String title, boolean retryable) {
        this.status = status;
        this.title = title;
        this.retryable = retryable;
    }

    /** The code as it appears in problems: {@code row_not_found}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    /** Whether it says by itself that nothing was applied and a repetition may succeed. */
    public boolean retryable() {
        return retryable;
    }
}
