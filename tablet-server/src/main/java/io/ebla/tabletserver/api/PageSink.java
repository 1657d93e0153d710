package io.ebla.tabletserver.api;

import io.ebla.core.row.Row;

/**
 * The rows of one page: as many as were asked for, but no more than fit, and no longer than may be
 * waited. A row beyond the last one is looked at, to know whether there is one.
 */
final class PageSink implements RowSink {

    private final JsonText json;
    private final RangeReads reads;
    private final boolean values;
    private final long rowsMax;
    private final int bytesMax;
    private final long endNanos;
    private long rows;
    private boolean more;

    /** @param endNanos monotonic time at which the page ends short */
    PageSink(RangeReads reads, boolean values, long rowsMax, int bytesMax, long endNanos) {
        this.json = new JsonText(4096).beginObject();
        this.reads = reads;
        this.values = values;
        this.rowsMax = rowsMax;
        this.bytesMax = bytesMax;
        this.endNanos = endNanos;
        json.name("rows").beginArray();
    }

    @Override
    public Taken take(Row row) {
        if (rows == rowsMax) {
            more = true;
            return Taken.NOT;
        }
        RowJson.write(json, row, values, false);
        rows++;
        return json.length() >= bytesMax ? Taken.AND_FULL : Taken.AND_MORE;
    }

    @Override
    public boolean wantsToEnd() {
        return more || reads.nowNanos() - endNanos >= 0;
    }

    /** @param next the cursor, or null at the end */
    Answer answer(String next) {
        json.endArray();
        if (next != null) {
            json.field("next", next);
        }
        return Answer.json(200, json.endObject());
    }
}
