package io.ebla.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The lines of a stream as bytes, counted from 1, blank ones left out. One thread reads.
 *
 * <p>A line may be as long as 64 MiB; a longer one is an error, so that memory stays bounded whatever
 * the stream holds.
 */
public final class ByteLines {

    private static final int BUFFER = 64 * 1024;
    private static final int LINE_MAX = 64 * 1024 * 1024;

    private final InputStream source;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;
    private long number;

    public ByteLines(InputStream source) {
        this.source = source;
    }

    /** The number of the line last read. */
    public long number() {
        return number;
    }

    /** The next line that is not blank, without its line feed; null at the end. */
    public byte[] next() throws IOException {
        byte[] line;
        do {
            line = readLine();
            number++;
        } while (line != null && isBlank(line));
        return line;
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private byte[] readLine() throws IOException {
        ByteArrayOutputStream parts = null;
        while (at < end || fill()) {
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            int to = at;
            boolean whole = at < end;
            at += whole ? 1 : 0;
            if (whole && parts == null) {
                return Arrays.copyOfRange(buffer, from, to);
            }
            parts = parts == null ? new ByteArrayOutputStream(2 * BUFFER) : parts;
            parts.write(buffer, from, to - from);
            if (whole) {
                return parts.toByteArray();
            }
            if (parts.size() > LINE_MAX) {
                throw new IOException("line " + (number + 1) + " is over " + LINE_MAX + " bytes");
            }
        }
        return parts == null ? null : parts.toByteArray();
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, source.read(buffer));
        return end > 0;
    }
}
