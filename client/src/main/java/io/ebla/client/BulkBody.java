package io.ebla.client;

import java.io.InputStream;
import java.util.Iterator;

/** The bytes of a bulk write, made line by line as they are sent. */
final class BulkBody extends InputStream {

    private final Iterator<? extends BulkLine> lines;
    private byte[] current = new byte[0];
    private int at;

    BulkBody(Iterator<? extends BulkLine> lines) {
        this.lines = lines;
    }

    private boolean more() {
        while (at == current.length) {
            if (!lines.hasNext()) {
                return false;
            }
            current = Json.bulkLine(lines.next());
            at = 0;
        }
        return true;
    }

    @Override
    public int read() {
        return more() ? current[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        int done = 0;
        while (done < length && more()) {
            int part = Math.min(length - done, current.length - at);
            System.arraycopy(current, at, target, offset + done, part);
            at += part;
            done += part;
        }
        return done == 0 && length > 0 ? -1 : done;
    }
}
