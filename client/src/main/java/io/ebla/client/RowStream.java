package io.ebla.client;

/** The rows of a streamed range. One thread reads; closing early ends the stream. */
public final class RowStream implements AutoCloseable {

    private final LineStream lines;

    RowStream(LineStream lines) {
        this.lines = lines;
    }

    /**
     * The next row, or null at the end.
     *
     * @throws EblaClientException if the stream did not reach its end
     */
    public StoredRow next() {
        byte[] line = lines.next();
        return line == null ? null : Rows.one(line);
    }

    @Override
    public void close() {
        lines.close();
    }
}
