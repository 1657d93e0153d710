package io.ebla.core.oplog;

/** The bytes are not, or no longer, those of an entry: cut short, damaged, or something else. */
public final class CorruptEntryException extends RuntimeException {

    public CorruptEntryException(String message) {
        super(message);
    }

    public CorruptEntryException(String message, Throwable cause) {
        super(message, cause);
    }
}
