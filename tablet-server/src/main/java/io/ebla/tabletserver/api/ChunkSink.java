package io.ebla.tabletserver.api;

import io.ebla.core.key.Bytes;
import io.ebla.core.row.Row;

/** Rows of a stream, a line each: one chunk at a time is taken out. */
final class ChunkSink implements RowSink {

    private static final int SLACK_BYTES = 4096;

    private final int chunkBytes;
    private final boolean values;
    private long rowsLeft;
    private JsonText json;

    ChunkSink(int chunkBytes, boolean values, long rowsMax) {
        this.values = values;
        this.chunkBytes = chunkBytes;
        this.rowsLeft = rowsMax;
    }

    @Override
    public Taken take(Row row) {
        if (json == null) {
            json = new JsonText(chunkBytes + SLACK_BYTES);
        }
        RowJson.write(json, row, values, true);
        json.lineBreak();
        if (--rowsLeft == 0) {
            return Taken.AND_LAST;
        }
        return json.length() >= chunkBytes ? Taken.AND_FULL : Taken.AND_MORE;
    }

    /** Rows that were found do not wait for rows that are hard to find. */
    @Override
    public boolean wantsToEnd() {
        return json != null;
    }

    /** What was gathered since the last time, empty when nothing was. */
    Bytes chunk() {
        if (json == null) {
            return Bytes.EMPTY;
        }
        Bytes chunk = json.bytes();
        json = null;
        return chunk;
    }
}
