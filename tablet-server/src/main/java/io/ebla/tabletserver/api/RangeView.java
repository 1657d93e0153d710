package io.ebla.tabletserver.api;

import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.tablet.RowCondition;
import io.ebla.tabletserver.tablet.TabletScan;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * One consistent view of one tablet, while a pass over a range goes through it. A read thread uses it
 * in its turn, the event loop between turns: never both.
 */
final class RangeView {

    /** A read thread is given back after this long, so that other reads get their turn. */
    private static final long TURN_NANOS = 10_000_000;

    private static final int ROWS_PER_LOOK = 32;

    /** How a turn on a read thread ended. */
    enum End {
        /** The sink takes no more for now. */
        STRETCH,
        /** The sink has all it wants. */
        PASS,
        /** There are no more rows in this tablet. */
        TABLET,
        /** The view was held long enough, or handed out a row that is wanted again. */
        OUTDATED,
        /** The tablet could not be read. */
        FAILED,
        /** Other reads are to get their turn. */
        TIME,
        /** The next rows are on their way from another node. */
        WAITING,
        /** The pass was given up. */
        CLOSED
    }

    private final RangeReads reads;
    private final TabletScan scan;
    private final KeyRange range;
    private final long openedNanos;
    private RowKey last;
    private RuntimeException failure;
    private int rowsInTurn;

    /** @param range that of the tablet */
    RangeView(RangeReads reads, TabletScan scan, KeyRange range) {
        this.reads = reads;
        this.scan = scan;
        this.range = range;
        this.openedNanos = reads.nowNanos();
    }

    /** The range of its tablet. */
    KeyRange range() {
        return range;
    }

    TabletScan scan() {
        return scan;
    }

    /** The last row of this view that was looked at, taken or passed over; null before the first. */
    RowKey last() {
        return last;
    }

    /** Whether the last turn came by any rows. */
    boolean movedOn() {
        return rowsInTurn > 0;
    }

    /** Why a turn ended as {@link End#FAILED}. */
    RuntimeException failure() {
        return failure;
    }

    /**
     * Takes one turn, on a read thread.
     *
     * @throws io.ebla.core.contract.EblaException when the condition is over its cost limit
     */
    End read(RowSink sink, RowCondition condition, BooleanSupplier closed) {
        long start = reads.nowNanos();
        if (start - openedNanos > reads.viewNanos()) {
            return End.OUTDATED;
        }
        int rows = 0;
        rowsInTurn = 0;
        End end = null;
        while (end == null) {
            if (closed.getAsBoolean()) {
                end = End.CLOSED;
            } else if (rows % ROWS_PER_LOOK == ROWS_PER_LOOK - 1
                    && reads.nowNanos() - start > TURN_NANOS) {
                end = End.TIME;
            } else if (!scan.ready()) {
                end = End.WAITING;
            } else {
                rows++;
                end = readOne(sink, condition);
            }
        }
        reads.rowsRead(rows);
        rowsInTurn = rows;
        return end;
    }

    /** Null when the turn may go on. */
    private End readOne(RowSink sink, RowCondition condition) {
        Row row;
        try {
            row = scan.next();
        } catch (RuntimeException failed) {
            failure = failed;
            return End.FAILED;
        }
        if (row == null) {
            return End.TABLET;
        }
        RowSink.Taken taken =
                condition.holds(row.key(), Optional.of(row))
                        ? sink.take(row)
                        : RowSink.Taken.AND_MORE;
        if (taken == RowSink.Taken.NOT) {
            return End.OUTDATED;
        }
        last = row.key();
        return switch (taken) {
            case AND_LAST -> End.PASS;
            case AND_FULL -> End.STRETCH;
            default -> null;
        };
    }
}
