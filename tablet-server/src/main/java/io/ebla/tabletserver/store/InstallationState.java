package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.key.Bytes;
import io.ebla.tabletserver.store.Installation.Progress;
import io.ebla.tabletserver.store.SnapshotRecords.Space;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.nio.ByteBuffer;

/**
 * What an installation knows of the stream it takes: whose it is, where it stands, and what has come. It
 * judges each chunk before anything of it is kept, and is kept itself with what came.
 */
final class InstallationState {

    private static final int FORMAT = 1;

    private final TabletId tablet;
    private String viewId = "";
    private long nextChunk;
    private Applied view = Applied.NOTHING;
    private boolean last;
    private long rows;
    private long bytes;
    private Space space = Space.ROWS;
    private Bytes key = Bytes.EMPTY;

    InstallationState(TabletId tablet) {
        this.tablet = tablet;
    }

    Progress progress() {
        return viewId.isEmpty() ? Progress.NONE : new Progress(viewId, nextChunk);
    }

    Applied view() {
        return view;
    }

    boolean isWhole() {
        return last;
    }

    void begin(String id) {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("a view without an id");
        }
        viewId = id;
    }

    boolean isOf(String id) {
        return viewId.equals(id);
    }

    /** Judges a chunk and its records, and counts it as taken; keeps nothing when it throws. */
    void take(ByteBuffer chunk) {
        SnapshotChunk.Header header = SnapshotChunk.header(chunk);
        boolean ofView = nextChunk == 0 || header.view().equals(view);
        if (viewId.isEmpty() || last || header.number() != nextChunk || !ofView) {
            throw SnapshotChunk.damaged(
                    "number " + header.number() + " of another view, or not number " + nextChunk);
        }
        if (!header.tablet().equals(tablet)) {
            throw SnapshotChunk.damaged("of tablet " + header.tablet() + ", not " + tablet);
        }
        Order order = new Order();
        SnapshotChunk.read(chunk, order);
        view = header.view();
        nextChunk++;
        last = header.last();
        rows += order.rows;
        bytes += order.bytes;
        space = order.space;
        key = Bytes.wrap(order.key.toArray());
    }

    /** Holds the records to their order, and counts the rows. */
    private final class Order implements SnapshotChunk.Visitor {

        private Space space = InstallationState.this.space;
        private Bytes key = InstallationState.this.key;
        private long rows;
        private long bytes;

        @Override
        public void record(Space of, Bytes at, Bytes value) {
            int order = of.compareTo(space);
            if (order < 0 || order == 0 && !key.isEmpty() && at.compareTo(key) <= 0) {
                throw SnapshotChunk.damaged("records out of order");
            }
            space = of;
            key = at;
            if (of == Space.ROWS) {
                rows++;
                bytes += at.length() + RowCodec.decode(value).valueBytes();
            }
        }
    }

    /** @throws EblaException corrupted, when other rows came than the view said */
    void checkWhole() {
        if (!last) {
            throw new IllegalStateException("chunk " + nextChunk + " has not come");
        }
        if (rows != view.rows() || bytes != view.bytes()) {
            throw RowCodec.corrupted(
                    rows + " rows of " + bytes + " bytes installed from a view of " + view);
        }
    }

    byte[] encode() {
        Bytes id = Bytes.utf8(viewId);
        VarWriter writer = new VarWriter(82 + id.length() + key.length());
        writer.putByte(FORMAT);
        writer.putByte(last ? 1 : 0);
        writer.putLong(nextChunk);
        writer.putLong(view.epoch());
        writer.putLong(view.index());
        writer.putLong(view.timestampMillis());
        writer.putLong(view.rows());
        writer.putLong(view.bytes());
        writer.putLong(rows);
        writer.putLong(bytes);
        writer.putByte(space.code());
        writer.putUnsigned(id.length());
        writer.putBytes(id);
        writer.putBytes(key);
        return writer.toArray();
    }

    static InstallationState decode(TabletId tablet, byte[] stored) {
        InstallationState state = new InstallationState(tablet);
        VarReader reader = new VarReader(stored, 0, stored.length);
        if (reader.getByte() != FORMAT) {
            throw RowCodec.corrupted("the progress of an installation of another format");
        }
        state.last = reader.getByte() == 1;
        state.nextChunk = reader.getLong();
        state.view =
                new Applied(
                        reader.getLong(),
                        reader.getLong(),
                        reader.getLong(),
                        reader.getLong(),
                        reader.getLong());
        state.rows = reader.getLong();
        state.bytes = reader.getLong();
        state.space = Space.of(reader.getByte());
        state.viewId = reader.getUtf8((int) reader.getUnsigned());
        state.key = reader.getBytes(reader.remaining());
        return state;
    }
}
