package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.oplog.Oplog;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Ends the process a moment after its journal failed (L3): reads go on until then. Beat's thread only. */
final class JournalWatch {

    private static final Logger LOG = System.getLogger(JournalWatch.class.getName());

    private final Oplog journal;
    private final long graceMillis;
    private final FatalExit fatalExit;
    private long failedAtNanos;
    private boolean failed;
    private boolean exited;

    JournalWatch(Oplog journal, long graceMillis, FatalExit fatalExit) {
        this.journal = journal;
        this.graceMillis = graceMillis;
        this.fatalExit = fatalExit;
    }

    void check(long nowNanos) {
        if (journal.condition() != Oplog.Condition.FAILED || exited) {
            return;
        }
        if (!failed) {
            failed = true;
            failedAtNanos = nowNanos;
            LOG.log(Level.ERROR, "the journal failed; this process ends in {0} ms", graceMillis);
        } else if (nowNanos - failedAtNanos >= graceMillis * 1_000_000L) {
            exited = true;
            fatalExit.exit("the journal failed to sync");
        }
    }
}
