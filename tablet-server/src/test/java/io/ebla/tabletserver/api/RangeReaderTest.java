package io.ebla.tabletserver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.key.Bytes;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.core.row.RowVersion;
import io.ebla.core.time.Clock;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.TabletScan;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pass over a range whose views are lost, in virtual time: tablets that are reshaped under it. */
class RangeReaderTest {

    private static final TableName TABLE = new TableName("t");
    private static final RowVersion VERSION = new RowVersion(1, 1, 0);
    private static final long TIMEOUT_MILLIS = 2_000;
    private static final List<String> PKS = List.of("a", "b", "c", "d", "e", "f");

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<FakeTablet> map = new ArrayList<>();
    private final List<String> rows = new ArrayList<>();
    private EblaException failure;
    private boolean replied;
    private long nanos;
    private int opened;
    private int closed;

    /** Of each view that is opened, the rows until it fails; all of them when there is none left. */
    private final Deque<Integer> failing = new ArrayDeque<>();

    private ErrorCode failingWith = ErrorCode.NO_MASTER;

    RangeReaderTest() {
        channel.freezeTime();
        map.add(new FakeTablet(1, "", ""));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void viewsThatAreLostBeforeTheirFirstRowDoNotEndThePass(boolean descending) {
        failing.addAll(List.of(2, 0, 0, 0, 1, 0, 0));
        read(descending);
        assertThat(failure).isNull();
        assertThat(rows).isEqualTo(descending ? List.of("f", "e", "d", "c", "b", "a") : PKS);
        assertThat(opened).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSplitAndAMergeBetweenViewsLeaveNoGapAndRepeatNothing(boolean descending) {
        FakeTablet whole = map.get(0);
        whole.afterView =
                () -> {
                    map.clear();
                    FakeTablet left = new FakeTablet(2, "", "d");
                    FakeTablet right = new FakeTablet(3, "d", "");
                    map.addAll(List.of(left, right));
                    FakeTablet first = descending ? right : left;
                    first.afterView =
                            () -> {
                                map.clear();
                                map.add(new FakeTablet(4, "", ""));
                            };
                };
        failing.addAll(List.of(1, 1, 0, 0));
        read(descending);
        assertThat(failure).isNull();
        assertThat(rows).isEqualTo(descending ? List.of("f", "e", "d", "c", "b", "a") : PKS);
    }

    @Test
    void viewsThatAreAlwaysLostEndThePassOnceItsTimeIsUp() {
        for (int i = 0; i < TIMEOUT_MILLIS; i++) {
            failing.add(i == 0 ? 3 : 0);
        }
        read(false);
        assertThat(rows).containsExactly("a", "b", "c");
        assertThat(failure.code()).isEqualTo(ErrorCode.NO_MASTER);
        assertThat(TimeUnit.NANOSECONDS.toMillis(nanos)).isGreaterThanOrEqualTo(TIMEOUT_MILLIS);
        assertThat(opened).isLessThan((int) TIMEOUT_MILLIS / 4);
    }

    @Test
    void whatDoesNotPassIsTriedOnceMoreOnly() {
        failingWith = ErrorCode.CORRUPTED;
        failing.addAll(List.of(3, 0));
        read(false);
        assertThat(rows).containsExactly("a", "b", "c");
        assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPTED);
        assertThat(opened).isEqualTo(2);
    }

    /** A pass to its end, and all that it opened is closed. */
    private void read(boolean descending) {
        RangeReads reads = new RangeReads(Runnable::run, new NewestMap(), new Time(), limits());
        RangeQuery query =
                new RangeQuery(
                        TABLE,
                        KeyRange.ALL,
                        descending,
                        RowCondition.ALWAYS,
                        true,
                        ReadLevel.STRONG,
                        null,
                        TIMEOUT_MILLIS);
        RangeReader reader =
                new RangeReader(
                        reads,
                        channel.eventLoop(),
                        query,
                        () -> reads.deadlineNanos(TIMEOUT_MILLIS));
        reader.fill(
                new Rows(),
                (more, refused) -> {
                    replied = true;
                    failure = refused;
                });
        for (int i = 0; !replied && i < 10 * TIMEOUT_MILLIS; i++) {
            channel.runPendingTasks();
            nanos += TimeUnit.MILLISECONDS.toNanos(1);
            channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        }
        reader.close();
        assertThat(replied).isTrue();
        assertThat(reads.openViews()).isZero();
        assertThat(closed).isEqualTo(opened);
    }

    private static RangeLimits limits() {
        return new RangeLimits(1 << 20, 1 << 20, 60_000, 1 << 20, 10);
    }

    private final class Rows implements RowSink {

        @Override
        public Taken take(Row row) {
            rows.add(row.key().pk().toUtf8());
            return Taken.AND_MORE;
        }

        @Override
        public boolean wantsToEnd() {
            return false;
        }
    }

    private final class Time implements Clock {

        @Override
        public long wallMillis() {
            return TimeUnit.NANOSECONDS.toMillis(nanos);
        }

        @Override
        public long monotonicNanos() {
            return nanos;
        }
    }

    private final class NewestMap implements RangeReads.Tablets {

        @Override
        public RowTablet nearest(TableName table, KeyRange range, boolean descending) {
            List<FakeTablet> of =
                    map.stream().filter(each -> !each.range().intersect(range).isEmpty()).toList();
            return of.get(descending ? of.size() - 1 : 0);
        }

        @Override
        public RowTablet tablet(TabletId id) {
            return map.stream().filter(each -> each.id().equals(id)).findFirst().orElse(null);
        }
    }

    /** The rows of {@link #PKS} that are in its range. */
    private final class FakeTablet extends StubTablet {

        private Runnable afterView = () -> {};

        FakeTablet(long id, String from, String to) {
            super(id, from, to);
        }

        @Override
        public void scan(
                KeyRange wanted,
                boolean descending,
                boolean withValues,
                ReadLevel level,
                Position atLeast,
                long deadlineNanos,
                Executor replyOn,
                Reply<TabletScan> reply) {
            Deque<Row> found = new ArrayDeque<>();
            for (String pk : PKS) {
                RowKey key = RowKey.of(pk);
                if (range().intersect(wanted).contains(key)) {
                    Row row = new Row(key, Bytes.EMPTY, 0, "text/plain", VERSION, 0, 0, 0);
                    if (descending) {
                        found.addFirst(row);
                    } else {
                        found.addLast(row);
                    }
                }
            }
            opened++;
            Integer until = failing.poll();
            Runnable after = afterView;
            afterView = () -> {};
            replyOn.execute(
                    () -> {
                        reply.complete(new FakeScan(found, until), null);
                    });
            replyOn.execute(after);
        }
    }

    private final class FakeScan implements TabletScan {

        private final Deque<Row> found;
        private final Integer until;
        private int returned;

        /** @param until rows after which it fails; null for never */
        FakeScan(Deque<Row> found, Integer until) {
            this.found = found;
            this.until = until;
        }

        @Override
        public Row next() {
            if (until != null && returned == until) {
                throw new EblaException(failingWith, "the view is lost");
            }
            returned++;
            return found.poll();
        }

        @Override
        public Position position() {
            return new Position(new TabletId(1), 1, 1);
        }

        @Override
        public void close() {
            closed++;
        }
    }
}
