package io.ebla.tabletserver.oplog;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.time.SystemClock;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The oplog on a real directory. */
class SegmentOplogFileTest extends OplogReadContract {

    private static final OplogSettings SETTINGS =
            OplogSettings.defaults().withSegmentBytes(1 << 20).withFreeSpace(0, 10);

    @TempDir Path directory;
    private int opened;

    @Override
    Oplog open(int queueEntries) throws Exception {
        return reopen(
                directory.resolve("journal-" + ++opened),
                SETTINGS.withQueue(queueEntries, 1 << 20));
    }

    private static Oplog reopen(Path journal, OplogSettings settings) throws Exception {
        return SegmentOplog.open(
                FileJournalDisk.open(journal),
                settings,
                new SystemClock(),
                OplogObserver.NONE,
                () -> {});
    }

    @Test
    void aReopenedJournalHoldsWhatItHeld() throws Exception {
        append(Entries.writes(ONE, 1, 300, 1_000));
        promise(TWO, 4);
        append(Entries.writes(ONE, 301, 600, 1_000));
        drop(TWO);
        promise(TWO, 9);
        oplog.close();

        oplog = reopen(directory.resolve("journal-" + opened), SETTINGS);

        assertThat(read(ONE, 1)).isEqualTo(Entries.writes(ONE, 1, 600, 1_000));
        assertThat(oplog.tail(ONE)).contains(new Oplog.Tail(1, 600, 1, 599, 1));
        assertThat(oplog.tail(TWO)).contains(new Oplog.Tail(0, 0, 9, 0, 1));
        append(Entries.writes(ONE, 601, 601, 10));
        assertThat(read(ONE, 600)).hasSize(2);
    }
}
