package io.ebla.tabletserver.oplog;

import com.sun.management.OperatingSystemMXBean;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.oplog.EntryCodec;
import io.ebla.core.oplog.LogBatch;
import io.ebla.core.oplog.LogEntry;
import io.ebla.core.time.SystemClock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The oplog against its limit: 64 asynchronous producers of 1 KB entries, against one loop that copies
 * as many bytes into a buffer, takes their CRC32C, appends them to a file and syncs it after groups of
 * the size that the oplog had. Rounds of the two alternate in one run; medians are compared, per
 * CPU-second of the process and per second. A second loop writes to a file that was allocated before
 * it was timed, which the oplog has to do within its time.
 *
 * <p>A producer makes each entry when it appends it, around one value of its own, as the loop copies
 * one: entries made before would be a heap of live objects that the collector copies within the
 * oplog's time.
 *
 * <pre>
 * ./mvnw -pl tablet-server -am test -Dtest=OplogBenchmark -Dexcluded.groups= -Dgroups=long \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
class OplogBenchmark {

    private static final int PRODUCERS = 64;
    private static final int ENTRIES_EACH = Integer.getInteger("ebla.benchmark.entries", 2_000);
    private static final int VALUE_BYTES = 1_024;

    /** Whether somebody else has encoded the entries before, as for slaves; else the journal does. */
    private static final boolean ENCODED = Boolean.getBoolean("ebla.benchmark.encoded");

    /** As a store's flush would: entries of a tablet between two releases. */
    private static final int RELEASE_EVERY = 500;

    private static final int WARM_ROUNDS = 4;
    private static final int ROUNDS = Integer.getInteger("ebla.benchmark.rounds", 9);

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** Entries per CPU-second and per second. */
    private record Speed(double perCpuSecond, double perSecond) {}

    private interface Round {

        void run() throws Exception;
    }

    private Path directory;
    private final AtomicLong groups = new AtomicLong();
    private final AtomicLong grouped = new AtomicLong();
    private SegmentOplog oplog;
    private long next = 1;

    @Tag("long")
    @Test
    void compare(@TempDir Path temporary) throws Exception {
        directory = temporary;
        run();
    }

    /** @param args a directory on the disk to measure; the temporary one by default */
    public static void main(String[] args) throws Exception {
        Path parent = Path.of(args.length > 0 ? args[0] : System.getProperty("java.io.tmpdir"));
        new OplogBenchmark().compare(Files.createTempDirectory(parent, "oplog-benchmark"));
        System.exit(0);
    }

    private void run() throws Exception {
        oplog =
                SegmentOplog.open(
                        FileJournalDisk.open(directory.resolve("journal")),
                        OplogSettings.defaults(),
                        new SystemClock(),
                        new OplogObserver() {
                            @Override
                            public void groupSynced(int entries, long bytes, long syncNanos) {
                                groups.incrementAndGet();
                                grouped.addAndGet(entries);
                            }
                        },
                        () -> {
                            throw new IllegalStateException("the disk failed");
                        });
        List<Speed> oplogs = new ArrayList<>();
        List<Speed> appends = new ArrayList<>();
        List<Speed> overwrites = new ArrayList<>();
        for (int round = -WARM_ROUNDS; round < ROUNDS; round++) {
            Speed journal = journalRound();
            int group = (int) Math.max(1, grouped.getAndSet(0) / groups.getAndSet(0));
            Speed append = loopRound(group, false);
            Speed overwrite = loopRound(group, true);
            if (round >= 0) {
                oplogs.add(journal);
                appends.add(append);
                overwrites.add(overwrite);
                System.out.printf(
                        "round %d: group %d, oplog %.0f/CPU-s %.0f/s, appending loop %.0f/CPU-s"
                                + " %.0f/s, preallocated loop %.0f/CPU-s %.0f/s%n",
                        round,
                        group,
                        journal.perCpuSecond(),
                        journal.perSecond(),
                        append.perCpuSecond(),
                        append.perSecond(),
                        overwrite.perCpuSecond(),
                        overwrite.perSecond());
            }
        }
        oplog.close();
        tell("appending loop", median(oplogs), median(appends));
        tell("preallocated loop", median(oplogs), median(overwrites));
    }

    private static void tell(String name, Speed journal, Speed loop) {
        System.out.printf(
                "oplog against %s, medians: %.2f per CPU-second (%.0f / %.0f), %.2f per second"
                        + " (%.0f / %.0f)%n",
                name,
                journal.perCpuSecond() / loop.perCpuSecond(),
                journal.perCpuSecond(),
                loop.perCpuSecond(),
                journal.perSecond() / loop.perSecond(),
                journal.perSecond(),
                loop.perSecond());
    }

    private static Speed median(List<Speed> speeds) {
        return new Speed(
                median(speeds.stream().mapToDouble(Speed::perCpuSecond).toArray()),
                median(speeds.stream().mapToDouble(Speed::perSecond).toArray()));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static Speed timed(Round round) throws Exception {
        long cpu = SYSTEM.getProcessCpuTime();
        long wall = System.nanoTime();
        round.run();
        double entries = (double) PRODUCERS * ENTRIES_EACH;
        double seconds = (System.nanoTime() - wall) / 1e9;
        double cpuSeconds = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
        return new Speed(entries / cpuSeconds, entries / seconds);
    }

    private Speed journalRound() throws Exception {
        CountDownLatch running = new CountDownLatch(PRODUCERS);
        List<Producer> producers = new ArrayList<>();
        for (int tablet = 1; tablet <= PRODUCERS; tablet++) {
            producers.add(new Producer(new TabletId(tablet), next, running));
        }
        next += ENTRIES_EACH;
        return timed(
                () -> {
                    producers.forEach(Producer::append);
                    running.await();
                });
    }

    /** Appends its next entry when the one before is durable. */
    private final class Producer implements Oplog.AppendListener {

        private final TabletId tablet;
        private final LogEntry model;
        private final long end;
        private final CountDownLatch running;
        private long index;

        Producer(TabletId tablet, long first, CountDownLatch running) {
            this.tablet = tablet;
            this.running = running;
            model = Entries.write(tablet, 1, first, first == 1 ? 0 : 1, VALUE_BYTES);
            index = first;
            end = first + ENTRIES_EACH;
        }

        void append() {
            LogBatch batch = LogBatch.of(List.of(Entries.at(model, index++)));
            if (ENCODED) {
                batch.encoded();
            }
            oplog.append(batch, this);
        }

        @Override
        public void durable() {
            if (index % RELEASE_EVERY == 0) {
                oplog.release(tablet, index - 1);
            }
            if (index < end) {
                append();
            } else {
                running.countDown();
            }
        }

        @Override
        public void failed(RuntimeException cause) {
            throw new IllegalStateException(cause);
        }
    }

    private Speed loopRound(int group, boolean preallocated) throws Exception {
        int entryBytes =
                EntryCodec.encodedSize(Entries.write(new TabletId(1), 1, 1, 0, VALUE_BYTES));
        byte[] entry = new byte[entryBytes];
        int entries = PRODUCERS * ENTRIES_EACH;
        Path path = directory.resolve("loop");
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (preallocated) {
                fill(file, (long) entries * entryBytes);
            }
            return timed(() -> loop(file, entry, entries, group));
        } finally {
            Files.delete(path);
        }
    }

    private static void loop(FileChannel file, byte[] entry, int entries, int group)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(group * (entry.length + Integer.BYTES));
        long at = 0;
        for (int i = 0; i < entries; i += group) {
            buffer.clear();
            for (int j = 0; j < group; j++) {
                int start = buffer.position();
                buffer.put(entry);
                CRC32C crc = new CRC32C();
                crc.update(buffer.duplicate().flip().position(start));
                buffer.putInt((int) crc.getValue());
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                at += file.write(buffer, at);
            }
            file.force(false);
        }
    }

    private static void fill(FileChannel file, long bytes) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
        for (long at = 0; at < bytes; at += zeros.capacity()) {
            file.write(zeros.clear(), at);
        }
        file.force(true);
    }
}
