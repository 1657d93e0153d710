package io.ebla.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/** Output in large pieces, over a stream that stays open. */
final class Streams {

    private static final int BUFFER = 64 * 1024;

    private Streams() {}

    /** Closing it flushes and leaves {@code target} open. */
    static PrintStream buffered(PrintStream target) {
        return new PrintStream(new java.io.BufferedOutputStream(new Open(target), BUFFER), false);
    }

    /** A stream that is not closed with what wraps it. */
    private static final class Open extends FilterOutputStream {

        Open(OutputStream target) {
            super(target);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
