package io.ebla.tabletserver.routing;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.tabletserver.wire.RowsGet;
import io.ebla.tabletserver.wire.RowsGot;
import io.ebla.tabletserver.wire.RowsGotAll;
import java.util.List;
import java.util.function.Consumer;

/**
 * Many reads that another node asked for in one call: a bounded number of them at a time, so that one caller
 * does not fill the queue of the read threads. Rows beyond the bytes that are wanted are refused.
 *
 * <p>Replies come on any thread; guarded by this.
 */
final class AllReads {

    private static final int IN_FLIGHT_MAX = 64;

    /** Answers one read, now or later, on any thread. */
    interface Read {

        void of(RowsGet asked, Consumer<RowsGot> then);
    }

    private final List<RowsGet> reads;
    private final long bytesMax;
    private final Read read;
    private final Consumer<RowsGotAll> then;
    private final RowsGot[] answers;
    private long bytes;
    private int next;
    private int inFlight;
    private boolean asking;

    AllReads(List<RowsGet> reads, long bytesMax, Read read, Consumer<RowsGotAll> then) {
        this.reads = reads;
        this.bytesMax = bytesMax;
        this.read = read;
        this.then = then;
        this.answers = new RowsGot[reads.size()];
    }

    /** Asks as many as may be under way. */
    void start() {
        RowsGotAll.Builder all = null;
        synchronized (this) {
            if (asking) {
                return;
            }
            asking = true;
            while (inFlight < IN_FLIGHT_MAX && next < answers.length) {
                int index = next++;
                inFlight++;
                if (bytes > bytesMax) {
                    answered(index, tooLarge());
                } else {
                    read.of(reads.get(index), answer -> answered(index, answer));
                }
            }
            asking = false;
            if (inFlight == 0 && next == answers.length) {
                next++; // told once
                all = RowsGotAll.newBuilder().addAllAnswers(List.of(answers));
            }
        }
        if (all != null) {
            then.accept(all.build());
        }
    }

    private void answered(int index, RowsGot answer) {
        synchronized (this) {
            inFlight--;
            bytes += answer.getResult().getRow().getValue().size();
            answers[index] = bytes > bytesMax ? tooLarge() : answer;
        }
        start();
    }

    private RowsGot tooLarge() {
        EblaException failure =
                new EblaException(
                        ErrorCode.TOO_LARGE,
                        "the rows have more than " + bytesMax + " bytes; ask for fewer at a time");
        return RowsGot.newBuilder().setFailure(RowsCodec.wire(failure)).build();
    }
}
