package io.ebla.tabletserver.network;

import static io.ebla.tabletserver.network.Messages.TABLET;
import static io.ebla.tabletserver.network.Messages.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.replication.SnapshotSource;
import io.ebla.tabletserver.replication.SnapshotSource.Failure;
import io.ebla.tabletserver.replication.SnapshotSource.Fetch;
import io.ebla.tabletserver.replication.SnapshotSource.Resume;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SnapshotStreamTest {

    private static final ReplicaId REPLICA = new ReplicaId("rebuilt");
    private static final int CHUNK = 64 << 10;

    private TestNode source = TestNode.serving("t1");
    private TestNode receiver = TestNode.serving("t2");
    private final Taken taken = new Taken();

    @BeforeEach
    void introduce() {
        TestNode.introduce(source, receiver);
        source.views.chunks.put(TABLET, chunks(40));
    }

    /** In the place of nodes that wait for as long as a busy machine may take. */
    private void givingUpAfter(long keepMillis, long stallMillis) {
        close();
        SnapshotSettings settings = new SnapshotSettings(1L << 30, 2, 3, keepMillis, stallMillis);
        source = TestNode.serving("t1", settings);
        receiver = TestNode.serving("t2", settings);
        introduce();
    }

    @AfterEach
    void close() {
        receiver.close();
        source.close();
    }

    private static List<byte[]> chunks(int count) {
        List<byte[]> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] chunk = new byte[CHUNK];
            Arrays.fill(chunk, (byte) i);
            chunks.add(chunk);
        }
        return chunks;
    }

    private Fetch fetch(Resume resume, SnapshotSource.Sink sink) {
        return receiver.network.snapshotSource().fetch(source.id(), TABLET, REPLICA, resume, sink);
    }

    @Test
    void allChunksOfOneViewArriveInTheirOrder() {
        fetch(Resume.START, taken).request(1_000);
        until("finished", taken::ended);

        assertThat(taken.failure).isNull();
        assertThat(taken.view.epoch()).isEqualTo(3);
        assertThat(taken.chunks).hasSize(40);
        assertThat(taken.numbers).isSorted().startsWith(0L);
        for (int i = 0; i < 40; i++) {
            assertThat(taken.chunks.get(i)).isEqualTo(chunks(40).get(i));
        }
        until("the view is let go", () -> source.views.open.get() == 0);
    }

    @Test
    void noMoreComesThanIsAskedForAndLittleMoreIsRead() {
        Fetch fetch = fetch(Resume.START, taken);
        fetch.request(3);
        until("three came", () -> taken.chunks.size() == 3);
        fetch.request(2);
        until("five came", () -> taken.chunks.size() == 5);

        assertThat(source.views.read.get() * CHUNK).isLessThan(5 * CHUNK + (3 << 20));
        assertThat(taken.ended()).isFalse();
        fetch.request(100);
        until("ended", taken::ended);
        assertThat(taken.finished).isTrue();
    }

    @Test
    void aReceiverThatComesBackGoesOnWithTheSameView() {
        Fetch first = fetch(Resume.START, taken);
        first.request(7);
        until("seven came", () -> taken.chunks.size() == 7);
        first.cancel();
        until("given up", taken::ended);

        Taken rest = resumed(new Resume(taken.view.id(), 7));
        assertThat(rest.view).isEqualTo(taken.view);
        assertThat(rest.numbers).hasSize(33).startsWith(7L);
        assertThat(rest.chunks.get(0)).isEqualTo(chunks(40).get(7));
    }

    @Test
    void aReceiverThatComesBackBeforeItsOldStreamIsSeenToEndTakesTheViewOver() {
        Fetch first = fetch(Resume.START, taken);
        first.request(7);
        until("seven came", () -> taken.chunks.size() == 7);

        Taken rest = resumed(new Resume(taken.view.id(), 7));
        assertThat(rest.view).isEqualTo(taken.view);
        assertThat(rest.numbers).hasSize(33).startsWith(7L);
        first.request(1_000);
        until("the old one lost it", taken::ended);
        assertThat(taken.failure).isEqualTo(Failure.INTERRUPTED);
    }

    /** The rest of a view; the source may count the stream before for a moment. */
    private Taken resumed(Resume resume) {
        while (true) {
            Taken rest = new Taken();
            fetch(resume, rest).request(1_000);
            until("ended", rest::ended);
            if (rest.failure != Failure.BUSY) {
                return rest;
            }
        }
    }

    @Test
    void aViewNobodyComesBackForIsLetGoAndTheNextOneBeginsAnew() {
        givingUpAfter(500, 60_000);
        Fetch first = fetch(Resume.START, taken);
        first.request(7);
        until("seven came", () -> taken.chunks.size() == 7);
        first.cancel();
        until("let go", () -> source.views.open.get() == 0);

        Taken anew = new Taken();
        fetch(new Resume(taken.view.id(), 7), anew).request(1_000);
        until("ended", anew::ended);
        assertThat(anew.finished).isTrue();
        assertThat(anew.view).isNotEqualTo(taken.view);
        assertThat(anew.numbers).hasSize(40).startsWith(0L);
    }

    @Test
    void aTabletThatIsNotThereIsAbsent() {
        receiver.network
                .snapshotSource()
                .fetch(source.id(), new TabletId(99), REPLICA, Resume.START, taken)
                .request(1);
        until("failed", taken::ended);
        assertThat(taken.failure).isEqualTo(Failure.ABSENT);
    }

    @Test
    void moreThanItMaySendAtATimeIsRefusedAsBusy() {
        Taken one = new Taken();
        Taken two = new Taken();
        fetch(Resume.START, one).request(1);
        fetch(Resume.START, two).request(1);
        until("both opened", () -> one.view != null && two.view != null);

        fetch(Resume.START, taken).request(1);
        until("refused", taken::ended);
        assertThat(taken.failure).isEqualTo(Failure.BUSY);
    }

    @Test
    void aSourceThatDiesInterruptsTheFetch() {
        Fetch fetch = fetch(Resume.START, taken);
        fetch.request(5);
        until("five came", () -> taken.chunks.size() == 5);
        source.close();
        fetch.request(1_000);
        until("interrupted", taken::ended);
        assertThat(taken.failure).isEqualTo(Failure.INTERRUPTED);
        until("let go", () -> source.views.open.get() == 0);
    }

    @Test
    void aReceiverThatTakesNothingIsGivenUp() {
        givingUpAfter(500, 5_000);
        source.views.chunks.put(TABLET, chunks(400));
        Fetch fetch = fetch(Resume.START, taken);
        fetch.request(1);
        until("one came", () -> taken.chunks.size() == 1);
        until("let go", () -> source.views.open.get() == 0);
        fetch.request(1_000);
        until("told", taken::ended);
        assertThat(taken.failure).isEqualTo(Failure.INTERRUPTED);
    }

    @Test
    void anUnknownNodeIsNotReached() {
        receiver.network
                .snapshotSource()
                .fetch(io.ebla.core.cluster.NodeId.of("t9"), TABLET, REPLICA, Resume.START, taken)
                .request(1);
        until("failed", taken::ended);
        assertThat(taken.failure).isEqualTo(Failure.INTERRUPTED);
    }
}
