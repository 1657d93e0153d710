package io.ebla.tabletserver.tablet;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.store.Installation;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** How a rebuild asks for what it writes; whole ones are lived by {@link LocalReplicasTest}. */
class RebuildTest {

    private static final SnapshotSource.View VIEW = new SnapshotSource.View("view", 1, 7);

    /** What a worker has to do. */
    private final Deque<Runnable> work = new ArrayDeque<>();

    private final Counted installation = new Counted();
    private long asked;
    private boolean failed;

    private final Rebuild rebuild =
            new Rebuild(
                    new TabletId(1),
                    new ReplicaId("replica"),
                    new NodeId("other"),
                    0,
                    work::add,
                    new Rebuild.Ending() {
                        @Override
                        public void complete(Installation whole, Installation.Position position) {
                            throw new AssertionError("no last chunk came");
                        }

                        @Override
                        public void failed() {
                            failed = true;
                        }
                    });

    @Test
    void itAsksForAFewChunksAheadAndForAnotherOnlyWhenOneIsWritten() {
        begin();
        long ahead = asked;
        assertThat(ahead).isBetween(2L, 8L);

        LongStream.range(0, ahead).forEach(this::comes);
        assertThat(asked).as("asked for while nothing was written").isEqualTo(ahead);

        work();
        assertThat(installation.next).isEqualTo(ahead);
        assertThat(asked).isEqualTo(2 * ahead);
    }

    @Test
    void whatCameBeforeItWasInterruptedIsKept() {
        begin();
        comes(0);
        comes(1);
        rebuild.failed(SnapshotSource.Failure.INTERRUPTED, "as told");
        work();
        assertThat(installation.next).isEqualTo(2);
        assertThat(failed).isTrue();
    }

    @Test
    void nothingThatWasAskedForAheadIsWrittenOnceItWasStopped() {
        begin();
        comes(0);
        work();
        rebuild.stop(() -> {});
        comes(1);
        comes(2);
        work();
        assertThat(installation.next).isEqualTo(1);
        assertThat(failed).isTrue();
    }

    private void begin() {
        rebuild.begin(
                (from, tablet, replica, resume, sink) ->
                        new SnapshotSource.Fetch() {
                            @Override
                            public void request(int chunks) {
                                asked += chunks;
                            }

                            @Override
                            public void cancel() {}
                        },
                () -> installation);
        work();
        rebuild.opened(VIEW);
        work();
    }

    private void comes(long number) {
        rebuild.chunk(number, ByteBuffer.allocate(10));
    }

    private void work() {
        while (!work.isEmpty()) {
            work.poll().run();
        }
    }

    /** Knows how many chunks it took. */
    private static final class Counted implements Installation {

        private String view = "";
        private long next;

        @Override
        public Progress progress() {
            return new Progress(view, next);
        }

        @Override
        public void begin(String viewId) {
            view = viewId;
        }

        @Override
        public void write(ByteBuffer chunk) {
            next++;
        }

        @Override
        public boolean isWhole() {
            return false;
        }

        @Override
        public Position complete() {
            throw new AssertionError("not whole");
        }

        @Override
        public void finish() {
            throw new AssertionError("not whole");
        }

        @Override
        public void abort() {
            throw new AssertionError("nobody wants that");
        }

        @Override
        public void close() {}
    }
}
