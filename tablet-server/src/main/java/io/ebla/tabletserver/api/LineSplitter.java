package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import java.util.Arrays;

/**
 * Cuts a stream of bytes into lines, however it comes in pieces. A line that is too long is not kept:
 * it is told of when it is found, and the next line is read as if nothing had happened.
 *
 * <p>Line breaks are LF; a CR before one is space. The last line needs none.
 */
final class LineSplitter {

    private static final int FIRST_BYTES = 4096;

    interface Listener {

        /** @param number from 1, every line counted */
        void line(long number, Bytes line);

        void tooLong(long number);
    }

    private final int lineBytesMax;
    private final Listener listener;
    private byte[] begun = new byte[FIRST_BYTES];
    private int begunBytes;
    private boolean skipping;
    private long lines;

    LineSplitter(int lineBytesMax, Listener listener) {
        this.lineBytesMax = lineBytesMax;
        this.listener = listener;
    }

    /** Takes in a piece; lines that are whole in it are slices of it. */
    void feed(byte[] piece) {
        int from = 0;
        for (int i = 0; i < piece.length; i++) {
            if (piece[i] == '\n') {
                endLine(piece, from, i);
                from = i + 1;
            }
        }
        keep(piece, from, piece.length);
    }

    /** Ends the last line, if there is one without a line break. */
    void end() {
        if (begunBytes > 0 || skipping) {
            endLine(new byte[0], 0, 0);
        }
    }

    private void endLine(byte[] piece, int from, int to) {
        if (skipping) {
            skipping = false;
            return;
        }
        if (begunBytes == 0) {
            lines++;
            if (to - from > lineBytesMax) {
                listener.tooLong(lines);
            } else {
                listener.line(lines, Bytes.wrap(piece, from, to - from));
            }
            return;
        }
        keep(piece, from, to);
        if (skipping) {
            skipping = false;
            return;
        }
        lines++;
        Bytes line = Bytes.wrap(Arrays.copyOf(begun, begunBytes));
        begunBytes = 0;
        if (begun.length > 16 * FIRST_BYTES) {
            begun = new byte[FIRST_BYTES];
        }
        listener.line(lines, line);
    }

    /** Keeps the beginning of a line; once it is too long, only that it is there. */
    private void keep(byte[] piece, int from, int to) {
        int more = to - from;
        if (skipping || more == 0) {
            return;
        }
        if (more > lineBytesMax - begunBytes) {
            begun = new byte[FIRST_BYTES];
            begunBytes = 0;
            skipping = true;
            lines++;
            listener.tooLong(lines);
            return;
        }
        if (begunBytes + more > begun.length) {
            int grown = Math.max(begunBytes + more, Math.min(2 * begun.length, lineBytesMax));
            begun = Arrays.copyOf(begun, grown);
        }
        System.arraycopy(piece, from, begun, begunBytes, more);
        begunBytes += more;
    }
}
