package io.ebla.tabletserver.replication;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A source in memory with one view, which answers within the call: {@link #view} replaces it, {@link
 * #interruptAfter} breaks a fetch. One thread.
 */
public final class FakeSnapshotSource implements SnapshotSource {

    private View view = new View("view-1", 1, 1);
    private List<byte[]> chunks = List.of();
    private long chunksUntilBreak = Long.MAX_VALUE;
    private Failure refusal;
    private volatile int broken;

    /** What fetches get from now on; those under way keep the old one. */
    public void view(View newView, List<byte[]> newChunks) {
        view = newView;
        chunks = List.copyOf(newChunks);
    }

    /** Breaks the next fetches after that many chunks, once each. */
    public void interruptAfter(long chunks) {
        chunksUntilBreak = chunks;
    }

    /** How many fetches broke, as any thread may ask. */
    public int broken() {
        return broken;
    }

    /** Fails the next fetches at once; null for no longer. */
    public void refuse(Failure failure) {
        refusal = failure;
    }

    @Override
    public Fetch fetch(NodeId from, TabletId tablet, ReplicaId replica, Resume resume, Sink sink) {
        boolean goesOn = resume.viewId().equals(view.id());
        return new Running(
                view, chunks, goesOn ? resume.nextChunk() : 0, chunksUntilBreak, refusal, sink);
    }

    private final class Running implements Fetch {

        private final View view;
        private final List<byte[]> chunks;
        private final Failure refusal;
        private final Sink sink;
        private long next;
        private long left;
        private long requested;
        private boolean opened;
        private boolean ended;
        private boolean sending;

        Running(View view, List<byte[]> chunks, long next, long left, Failure refusal, Sink sink) {
            this.view = view;
            this.chunks = chunks;
            this.next = next;
            this.left = left;
            this.refusal = refusal;
            this.sink = sink;
        }

        @Override
        public void request(int more) {
            requested += more;
            if (sending) {
                return;
            }
            sending = true;
            send();
            sending = false;
        }

        private void send() {
            if (!opened && !ended) {
                opened = true;
                if (refusal != null) {
                    end(refusal, "refused");
                    return;
                }
                sink.opened(view);
            }
            while (!ended && requested > 0 && next < chunks.size()) {
                if (left-- == 0) {
                    broken++;
                    end(Failure.INTERRUPTED, "broken as told");
                    return;
                }
                requested--;
                sink.chunk(next, ByteBuffer.wrap(chunks.get((int) next++).clone()));
            }
            if (!ended && next >= chunks.size()) {
                ended = true;
                sink.finished();
            }
        }

        private void end(Failure failure, String detail) {
            ended = true;
            sink.failed(failure, detail);
        }

        @Override
        public void cancel() {
            ended = true;
        }
    }
}
