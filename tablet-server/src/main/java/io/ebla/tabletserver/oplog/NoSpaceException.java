package io.ebla.tabletserver.oplog;

import java.io.IOException;

/** The disk has no room for a file that was to be preallocated; nothing of it is left. */
public final class NoSpaceException extends IOException {

    private static final long serialVersionUID = 1;

    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }
}
