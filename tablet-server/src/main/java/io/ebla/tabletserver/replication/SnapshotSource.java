package io.ebla.tabletserver.replication;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Where a replica that is too far behind for the log gets the state of its tablet from: the rows of another
 * node's store, as numbered chunks of one view pinned at a position (L5).
 *
 * <p>The source keeps a view for a bounded time, so that a receiver that was interrupted, or restarted, goes
 * on where it stopped. A view that is gone is replaced by a new one, from its first chunk: the receiver sees
 * it by the view's id, and begins again. Chunks come at the pace the receiver asks for, and at most at the
 * rate the source allows.
 */
public interface SnapshotSource {

    /**
     * Begins a fetch and returns at once; what comes of it is told to the sink. Nothing is sent before the
     * sink's first {@link Fetch#request}.
     *
     * @param from a node that holds the tablet, its master as a rule
     * @param replica the one that is to be rebuilt, for the source's log and its checks
     * @param resume where an earlier fetch stopped, or {@link Resume#START}
     */
    Fetch fetch(NodeId from, TabletId tablet, ReplicaId replica, Resume resume, Sink sink);

    /**
     * Where to go on.
     *
     * @param viewId of the view whose chunks are there, "" for none
     * @param nextChunk the first chunk that is not there, counted from 0
     */
    record Resume(String viewId, long nextChunk) {

        /** From the first chunk of whatever view the source has. */
        public static final Resume START = new Resume("", 0);

        public Resume {
            Objects.requireNonNull(viewId);
            if (nextChunk < 0 || viewId.isEmpty() && nextChunk != 0) {
                throw new IllegalArgumentException(
                        "chunk " + nextChunk + " of view '" + viewId + "'");
            }
        }
    }

    /**
     * What the chunks are of.
     *
     * @param id random; another one than was asked for means another view, from its chunk 0
     * @param epoch of the last entry the view holds, 0 for none
     * @param index of the last entry the view holds, 0 for none
     */
    record View(String id, long epoch, long index) {

        public View {
            if (id.isEmpty() || epoch < 0 || index < 0) {
                throw new IllegalArgumentException(
                        "view '" + id + "' of (" + epoch + "," + index + ")");
            }
        }
    }

    /** Why a fetch ended early. */
    enum Failure {
        /** Not reached, or the connection broke, or nothing came for too long: try again, and resume. */
        INTERRUPTED,
        /** The node holds no such tablet, or none that may be copied: ask another. */
        ABSENT,
        /** The node sends as many snapshots as it may: try again later. */
        BUSY,
        /** The node refused this one: a wrong cluster, secret or identity. */
        REFUSED
    }

    /** A fetch under way; any thread. */
    interface Fetch {

        /** Takes that many chunks more. */
        void request(int chunks);

        /** Gives up; the sink may still hear what was under way. */
        void cancel();
    }

    /** The receiver: called by one network thread at a time, in order, and must not wait. */
    interface Sink {

        /** Comes first, and once. */
        void opened(View view);

        /**
         * @param number rises by one, from the one asked for, or from 0 in another view
         * @param bytes as the source's store made them, with their own checksums; the sink's to keep
         */
        void chunk(long number, ByteBuffer bytes);

        /** All chunks have come; nothing follows. */
        void finished();

        /** Ended early; nothing follows. */
        void failed(Failure failure, String detail);
    }
}
