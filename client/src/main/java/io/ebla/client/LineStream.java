package io.ebla.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The lines of a streamed range as the server sends them, one row each. Whoever reads slowly slows
 * the server down. One thread reads; closing early ends the stream.
 *
 * <p>A stream that does not reach its end never looks as if it had: an error line and a lost
 * connection are both thrown.
 */
public final class LineStream implements AutoCloseable {

    private static final int BUFFER = 64 * 1024;
    private static final int LINE_MAX = 64 * 1024 * 1024;
    private static final byte[] ERROR = "{\"error\":".getBytes(StandardCharsets.UTF_8);

    private final InputStream source;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;

    LineStream(InputStream source) {
        this.source = source;
    }

    /**
     * The next line without its break, or null at the end.
     *
     * @throws EblaClientException if the server ended the stream with an error or the connection broke
     */
    public byte[] next() {
        byte[] line;
        do {
            line = readLine();
        } while (line != null && line.length == 0);
        if (line != null && startsWithError(line)) {
            throw errorLine(line);
        }
        return line;
    }

    private static boolean startsWithError(byte[] line) {
        return line.length > ERROR.length
                && Arrays.equals(line, 0, ERROR.length, ERROR, 0, ERROR.length);
    }

    private static EblaClientException errorLine(byte[] line) {
        try {
            JsonNode problem = Json.MAPPER.readTree(line).path("error");
            return Transport.problem(problem.path("status").asInt(0), problem);
        } catch (JacksonException broken) {
            return Transport.unreadable("an error line", broken);
        }
    }

    private byte[] readLine() {
        ByteArrayOutputStream rest = null;
        while (true) {
            if (at == end && !fill()) {
                return rest == null ? null : rest.toByteArray();
            }
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            boolean whole = at < end;
            int length = at - from;
            if (whole) {
                at++;
                if (rest == null) {
                    return Arrays.copyOfRange(buffer, from, from + length);
                }
            } else if (rest == null) {
                rest = new ByteArrayOutputStream(2 * BUFFER);
            }
            rest.write(buffer, from, length);
            if (whole) {
                return rest.toByteArray();
            }
            if (rest.size() > LINE_MAX) {
                throw Transport.unreadable(
                        "a row",
                        new IllegalArgumentException("a line over " + LINE_MAX + " bytes"));
            }
        }
    }

    private boolean fill() {
        try {
            at = 0;
            end = Math.max(0, source.read(buffer));
            return end > 0;
        } catch (IOException cut) {
            throw EblaClientException.lost(
                    EblaClientException.CONNECTION_LOST,
                    false,
                    "the stream was cut short (" + cut.getMessage() + ")",
                    cut);
        }
    }

    @Override
    public void close() {
        try {
            source.close();
        } catch (IOException alreadyCut) {
            end = at; // nothing more will be read, and what was read stands
        }
    }
}
