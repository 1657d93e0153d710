package io.ebla.cli;

import io.ebla.client.BulkReceipt;
import io.ebla.client.EblaClientException;
import io.ebla.core.contract.Outcome;
import java.util.List;

/** Counts what became of the lines of an import and tells the bad ones. Any thread. */
final class ImportTally {

    private static final int TOLD_MAX = 100;

    private final Progress progress;
    private long written;
    private long deleted;
    private long failed;
    private long unknown;
    private long bad;
    private long told;

    ImportTally(Progress progress) {
        this.progress = progress;
    }

    /** Takes in the answer to one bulk write. */
    synchronized void add(BulkChunk chunk, BulkReceipt receipt) {
        written += receipt.written();
        deleted += receipt.deleted();
        failed += receipt.failed();
        unknown += receipt.unknown();
        bad += receipt.failed() + receipt.unknown(); // the server tells some of them, not all
        for (BulkReceipt.LineError error : receipt.errors()) {
            tell(chunk.sourceLine(error.line()), error.code() + ": " + error.detail());
        }
        progress.add(chunk.lines(), chunk.bytes());
    }

    /** Takes in that one bulk write had no answer or was refused whole. */
    synchronized void lost(BulkChunk chunk, EblaClientException failure) {
        boolean untouched =
                failure.outcome().filter(o -> o == Outcome.NOT_APPLIED).isPresent()
                        || failure.status() / 100 == 4;
        if (untouched) {
            failed += chunk.lines();
        } else {
            unknown += chunk.lines();
        }
        String lines = chunk.sourceLine(1) + " to " + chunk.sourceLine(chunk.lines());
        progress.line(
                "lines among "
                        + lines
                        + (untouched ? " not written: " : ", unknown whether written: ")
                        + Failures.message(failure));
    }

    private void tell(long line, String why) {
        if (told < TOLD_MAX) {
            told++;
            progress.line("line " + line + ": " + why);
        }
    }

    /** Tells how many bad lines were not told one by one. */
    synchronized void tellRest() {
        if (bad > told) {
            progress.line(bad - told + " more bad lines");
            told = bad;
        }
    }

    synchronized long failed() {
        return failed;
    }

    synchronized long unknown() {
        return unknown;
    }

    synchronized BulkReceipt total() {
        return new BulkReceipt(written, deleted, failed, unknown, List.of());
    }
}
