package io.ebla.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The lines of one bulk write, with the number that each has in the source. Filled by one thread and
 * then handed to another.
 */
final class BulkChunk {

    static final int LINES_MAX = 5_000;
    static final int BYTES_MAX = 1 << 20;

    /** The lines; its array is read in place. */
    private static final class Body extends ByteArrayOutputStream {
        InputStream open() {
            return new ByteArrayInputStream(buf, 0, count);
        }
    }

    private final Body body = new Body();
    private long[] numbers = new long[256];
    private int lines;

    void add(byte[] line, long number) {
        if (lines == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * lines);
        }
        numbers[lines++] = number;
        body.write(line, 0, line.length);
        body.write('\n');
    }

    boolean isFull() {
        return lines >= LINES_MAX || body.size() >= BYTES_MAX;
    }

    int lines() {
        return lines;
    }

    long bytes() {
        return body.size();
    }

    InputStream open() {
        return body.open();
    }

    /** Where the line that the server calls {@code line}, counted from 1, stands in the source. */
    long sourceLine(long line) {
        return line < 1 || line > lines ? -1 : numbers[(int) line - 1];
    }
}
