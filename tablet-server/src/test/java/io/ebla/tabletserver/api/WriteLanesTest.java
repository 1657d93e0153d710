package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import io.ebla.core.time.SystemClock;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.RowOperation;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.WriteAnswer;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * The order of writes of one row while their tablet is split: rows are named by a letter, values by a number.
 */
class WriteLanesTest {

    private static final TableName TABLE = new TableName("table");
    private static final WriteResult DONE =
            new WriteResult(
                    Outcome.COMMITTED,
                    1,
                    List.of(),
                    new Position(new TabletId(1), 1, 1),
                    false,
                    List.of());

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Map<String, FakeTablet> map = new TreeMap<>();
    private final List<Long> ended = new ArrayList<>();
    private final FakeTablet parent = new FakeTablet(1, "", "");
    private final FakeTablet low = new FakeTablet(2, "", "m");
    private final FakeTablet high = new FakeTablet(3, "m", "");
    private final WriteLanes lanes =
            new WriteLanes(
                    new Known(),
                    TABLE,
                    new WriteOptions(1, 10_000, false, null, 0, null, RowCondition.ALWAYS),
                    new SystemClock(),
                    channel.eventLoop(),
                    10_000,
                    new Listening());

    /** What the newest map has. */
    private final class Known implements WriteLanes.Tablets {

        @Override
        public RowTablet locate(TableName table, RowKey key) {
            return map.values().stream()
                    .filter(each -> each.range().contains(key))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public RowTablet tablet(TabletId id) {
            return map.get(id.text());
        }
    }

    private final class Listening implements WriteLanes.Listener {

        @Override
        public void ended(
                long tag, RowOperation operation, WriteResult result, EblaException failure) {
            assertThat(failure).isNull();
            ended.add(tag);
        }

        @Override
        public void progressed() {}
    }

    /** Keeps what it is given until it is told how that ends. */
    private static final class FakeTablet extends StubTablet {

        private record Group(String text, int size, Reply<List<WriteAnswer>> reply) {}

        private final Deque<Group> groups = new ArrayDeque<>();

        FakeTablet(long id, String from, String to) {
            super(id, from, to);
        }

        List<String> given() {
            return groups.stream().map(Group::text).toList();
        }

        void end(EblaException failure) {
            Group group = groups.poll();
            WriteAnswer answer = new WriteAnswer(failure == null ? DONE : null, failure);
            group.reply().complete(Collections.nCopies(group.size(), answer), null);
        }

        @Override
        public void writeAll(
                List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply) {
            StringBuilder text = new StringBuilder();
            for (WriteRequest request : requests) {
                RowOperation.Put put = (RowOperation.Put) request.operations().get(0);
                text.append(put.contentType());
            }
            groups.add(new Group(text.toString(), requests.size(), reply));
        }
    }

    WriteLanesTest() {
        channel.freezeTime();
        map.put("1", parent);
    }

    private void add(String pk, long value) {
        RowOperation put =
                new RowOperation.Put(
                        RowKey.of(pk), Bytes.EMPTY, pk + value, 0, RowCondition.ALWAYS);
        lanes.add(value, put, 10);
        lanes.flush();
    }

    private void swap() {
        map.clear();
        map.put("2", low);
        map.put("3", high);
    }

    private static EblaException split() {
        return new EblaException(ErrorCode.NO_MASTER, "split").withOutcome(Outcome.NOT_APPLIED);
    }

    private void passRetry() {
        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void whatWasRefusedForTheSplitGoesBeforeWhatCameAfterIt() {
        add("b", 1);
        add("b", 2);
        add("x", 3);
        assertThat(parent.given()).containsExactly("b1");
        swap();
        add("b", 4);
        add("x", 5);
        assertThat(low.given()).as("while the parent may yet answer").isEmpty();
        assertThat(high.given()).isEmpty();
        parent.end(split());
        assertThat(low.given()).as("before it is tried again").isEmpty();
        passRetry();
        assertThat(low.given()).containsExactly("b1b2b4");
        assertThat(high.given()).containsExactly("x3x5");
        low.end(null);
        high.end(null);
        assertThat(ended).containsExactly(1L, 2L, 4L, 3L, 5L);
        assertThat(lanes.isEmpty()).isTrue();
    }

    @Test
    void whatTheParentTookIsNotGivenToAChild() {
        add("b", 1);
        add("b", 2);
        swap();
        parent.end(null);
        assertThat(ended).containsExactly(1L);
        assertThat(low.given()).containsExactly("b2");
        add("b", 3);
        assertThat(low.given()).as("one group at a time").containsExactly("b2");
        low.end(null);
        assertThat(low.given()).containsExactly("b3");
    }

    @Test
    void whatIsRefusedBeforeTheMapHasChangedWaitsForIt() {
        add("b", 1);
        parent.end(split());
        passRetry();
        assertThat(parent.given()).as("tried again where the map says").containsExactly("b1");
        swap();
        parent.end(split());
        add("b", 2);
        passRetry();
        assertThat(parent.given()).isEmpty();
        assertThat(low.given()).containsExactly("b1b2");
    }
}
