package io.ebla.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/** Output in large pieces, over a stream that stays open. */
final class Streams {

    /** A long output is flushed after so many rows, which tells whether anyone still reads it. */
    static final int FLUSH_ROWS = 256;

    private static final int BUFFER = 64 * 1024;

    private Streams() {}

    /**
     * Closing it flushes and leaves {@code target} open. Writing and flushing throw {@link OutputEnded}
     * once {@code target}, which itself says nothing of it, takes no more.
     */
    static OutputStream buffered(PrintStream target) {
        return new BufferedOutputStream(new Open(target), BUFFER);
    }

    /** A stream that is not closed with what wraps it, and fails aloud. */
    private static final class Open extends OutputStream {

        private final PrintStream target;

        Open(PrintStream target) {
            this.target = target;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            target.write(bytes, offset, length);
            flush();
        }

        @Override
        public void flush() throws IOException {
            if (target.checkError()) { // which flushes
                throw new OutputEnded();
            }
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
