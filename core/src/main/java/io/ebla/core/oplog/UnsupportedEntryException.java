package io.ebla.core.oplog;

/** The entry is whole, but written by a version that knows more than this one. */
public final class UnsupportedEntryException extends RuntimeException {

    public UnsupportedEntryException(String message) {
        super(message);
    }
}
