package io.ebla.tabletserver.api;

import io.ebla.core.row.Row;

/** Takes the rows of one stretch of a range. Called by one thread at a time, a read thread. */
interface RowSink {

    /** What became of a row. */
    enum Taken {
        /** It is in, and more may come. */
        AND_MORE,
        /** It is in, and nothing more fits. */
        AND_FULL,
        /** It is in, and was the last one wanted. */
        AND_LAST,
        /** It is not in: nothing more fits. */
        NOT
    }

    Taken take(Row row);

    /**
     * Asked when the read thread's turn is over and the stretch is not.
     *
     * @return whether this stretch should end here, whatever it holds
     */
    boolean wantsToEnd();
}
