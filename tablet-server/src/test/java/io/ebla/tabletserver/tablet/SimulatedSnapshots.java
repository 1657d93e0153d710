package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.replication.SnapshotViews.PinnedView;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Snapshots between the nodes of a {@link LocalGroup}, of one run of one node: a question and an answer a
 * chunk, over the network as it is. A question without an answer ends the fetch; a view lives as long as the
 * run that pinned it, or until chance takes it.
 */
final class SimulatedSnapshots implements SnapshotSource {

    private static final long PATIENCE_NANOS = 60 * Timeline.MILLI;

    /** What is asked of a source. */
    private record Question(TabletId tablet, String view, long chunk) {}

    /** What it answers: no view when it has none to give, no bytes behind the last chunk. */
    private record Answer(View view, long chunk, ByteBuffer bytes) {}

    private final GroupNode node;
    private final Timeline time;
    private final Map<String, PinnedView> views = new HashMap<>();
    private int pinned;

    SimulatedSnapshots(GroupNode node, Timeline time) {
        this.node = node;
        this.time = time;
    }

    @Override
    public Fetch fetch(NodeId from, TabletId tablet, ReplicaId replica, Resume resume, Sink sink) {
        return new Fetching(from, tablet, resume, sink);
    }

    // ---------------------------------------------------------------- the source

    private Answer answer(Question question) {
        if (time.random().nextInt(100) == 0) {
            views.clear();
        }
        String id = question.view();
        long chunk = question.chunk();
        if (!views.containsKey(id)) {
            PinnedView pinnedView = pin(question.tablet());
            if (pinnedView == null) {
                return new Answer(null, 0, null);
            }
            id = node.incarnation() + "-" + pinned++;
            chunk = 0;
            views.put(id, node.group().tampering().view(node, pinnedView));
        }
        PinnedView view = views.get(id);
        return new Answer(new View(id, view.epoch(), view.index()), chunk, view.chunk(chunk));
    }

    /** As a host does it. */
    private PinnedView pin(TabletId id) {
        Tablet tablet = node.tablet(id);
        return tablet != null && tablet.mayBeCopied()
                ? new PinnedSnapshot(tablet.store().snapshot())
                : null;
    }

    // ---------------------------------------------------------------- the receiver

    private final class Fetching implements Fetch {
        private final NodeId from;
        private final TabletId tablet;
        private final Sink sink;
        private final int run = node.run();
        private String view;
        private long next;
        private int wanted;
        private long asked;
        private boolean waiting;
        private boolean opened;
        private boolean over;

        private Fetching(NodeId from, TabletId tablet, Resume resume, Sink sink) {
            this.from = from;
            this.tablet = tablet;
            this.view = resume.viewId();
            this.next = resume.nextChunk();
            this.sink = sink;
        }

        @Override
        public void request(int chunks) {
            wanted += chunks;
            ask();
        }

        private void ask() {
            if (over || waiting || wanted == 0) {
                return;
            }
            waiting = true;
            long number = ++asked;
            Question question = new Question(tablet, view, next);
            node.group()
                    .network()
                    .deliver(
                            node,
                            from,
                            source -> {
                                Answer answer = source.snapshots().answer(question);
                                node.group()
                                        .network()
                                        .deliver(source, node.id, any -> take(number, answer));
                            });
            time.after(
                    PATIENCE_NANOS,
                    () -> {
                        if (lives() && waiting && asked == number) {
                            over = true;
                            sink.failed(Failure.INTERRUPTED, "no answer");
                        }
                    });
        }

        private boolean lives() {
            return !over && node.isUp() && node.run() == run;
        }

        private void take(long number, Answer answer) {
            if (!lives() || !waiting || number != asked) {
                return;
            }
            waiting = false;
            if (answer.view() == null) {
                over = true;
                sink.failed(Failure.ABSENT, "no such tablet");
                return;
            }
            if (!opened || !view.equals(answer.view().id())) {
                if (opened) {
                    over = true;
                    sink.failed(Failure.INTERRUPTED, "the view is gone");
                    return;
                }
                opened = true;
                view = answer.view().id();
                next = answer.chunk();
                sink.opened(answer.view());
            }
            if (answer.bytes() == null) {
                over = true;
                sink.finished();
                return;
            }
            wanted--;
            next = answer.chunk() + 1;
            sink.chunk(answer.chunk(), answer.bytes());
            ask();
        }

        @Override
        public void cancel() {
            over = true;
        }
    }
}
