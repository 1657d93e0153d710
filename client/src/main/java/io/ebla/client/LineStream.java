package io.ebla.client;

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

    private static final byte[] ERROR = "{\"error\":".getBytes(StandardCharsets.UTF_8);

    private final InputStream source;
    private final ByteLines lines;

    LineStream(InputStream source) {
        this.source = source;
        this.lines = new ByteLines(source);
    }

    /**
     * The next line without its break, or null at the end.
     *
     * @throws EblaClientException if the server ended the stream with an error or the connection broke
     */
    public byte[] next() {
        try {
            byte[] line = lines.next();
            if (line != null && startsWithError(line)) {
                throw errorLine(line);
            }
            return line;
        } catch (IOException cut) {
            throw EblaClientException.lost(
                    EblaClientException.CONNECTION_LOST,
                    false,
                    "the stream was cut short (" + cut.getMessage() + ")",
                    cut);
        }
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

    /** Gives the connection up if the end was not reached. */
    @Override
    public void close() {
        try {
            source.close();
        } catch (IOException alreadyCut) {
            throw EblaClientException.lost(
                    EblaClientException.CONNECTION_LOST,
                    false,
                    "closing: " + alreadyCut,
                    alreadyCut);
        }
    }
}
