package io.ebla.tabletserver.oplog;

import io.ebla.core.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock of a node, which also gives a time that does not go back over a restart of the process (T1):
 * what was once told to be over stays over. {@link #wallMillis} is the system's, steps and all.
 *
 * <p>{@link #durableMillis} shows no time that is not durably reserved: a file says up to where, and is moved
 * ahead of the wall clock by {@link #AHEAD_MILLIS} when somebody asks the time and half of that is used up.
 * After a restart it begins where the file says, and stands still until the wall clock gets there: after
 * {@code kill -9} at most that long ahead, which is less than a start takes, and after an orderly end not at
 * all. When the file cannot be written the time stands still where it was reserved: rows expire late then,
 * and never come back.
 *
 * <p>The file has two pages that are written in turn, so that a torn write leaves the other; it is made
 * once and never grows, so that a full disk does not stop the time. Any thread.
 */
public final class ReservedClock implements Clock, AutoCloseable {

    /** Small enough to be over before a killed process serves again. */
    static final long AHEAD_MILLIS = 1_000;

    static final String FILE = "time";

    private static final Logger LOG = LoggerFactory.getLogger(ReservedClock.class);
    private static final int CHECKSUM_AT = Long.BYTES;
    private static final int RECORD = Long.BYTES + Integer.BYTES;

    private final Clock clock;
    private final JournalFile file;
    private final TurnThread thread = new TurnThread("ebla-time", this::turn);

    /** Where it began. */
    private final long floorMillis;

    private volatile long reservedMillis;
    private final AtomicLong highestShown = new AtomicLong();

    /** The page that is written next; the thread's. */
    private int page;

    private boolean failed;

    private ReservedClock(Clock clock, JournalFile file, long floorMillis, int page) {
        this.clock = clock;
        this.file = file;
        this.floorMillis = floorMillis;
        this.reservedMillis = floorMillis;
        this.page = page;
    }

    /** Begins where the file of the directory says; at the wall clock, when there is none. */
    public static ReservedClock open(JournalDisk disk, Clock clock) throws IOException {
        ReservedClock opened = openWithoutThread(disk, clock);
        opened.thread.start();
        return opened;
    }

    /** One that reserves only by {@link #turn}: a simulation's. */
    static ReservedClock openWithoutThread(JournalDisk disk, Clock clock) throws IOException {
        boolean there = disk.list().contains(FILE);
        JournalFile file = there ? disk.open(FILE) : disk.create(FILE, 2L * FrameCodec.PAGE);
        if (!there) {
            disk.syncDirectory();
        }
        long first = read(file, 0);
        long second = read(file, 1);
        ReservedClock opened =
                new ReservedClock(clock, file, Math.max(first, second), first > second ? 1 : 0);
        opened.reserve(Math.max(clock.durableMillis(), opened.floorMillis) + AHEAD_MILLIS);
        return opened;
    }

    private static long read(JournalFile file, int page) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(RECORD);
        file.read(record, (long) page * FrameCodec.PAGE);
        boolean whole =
                record.flip().limit() == RECORD && record.getInt(CHECKSUM_AT) == checksum(record);
        return whole ? record.getLong(0) : 0;
    }

    private static int checksum(ByteBuffer record) {
        CRC32C crc = new CRC32C();
        crc.update(record.duplicate().position(0).limit(CHECKSUM_AT));
        return (int) crc.getValue();
    }

    @Override
    public long wallMillis() {
        return clock.wallMillis();
    }

    @Override
    public long durableMillis() {
        long wall = clock.durableMillis();
        long reserved = reservedMillis;
        if (wall > reserved - AHEAD_MILLIS / 2) {
            thread.wake();
        }
        long shown = Math.max(floorMillis, Math.min(wall, reserved));
        if (shown > highestShown.get()) {
            highestShown.accumulateAndGet(shown, Math::max);
        }
        return shown;
    }

    @Override
    public long monotonicNanos() {
        return clock.monotonicNanos();
    }

    @Override
    public boolean trusted() {
        return clock.trusted();
    }

    /** What the clock under it says of itself, for logs. */
    @Override
    public String toString() {
        return clock.toString();
    }

    /** Reserves more when it is needed; how many ns the thread may sleep. */
    long turn() {
        long wall = clock.durableMillis();
        if (!failed && wall > reservedMillis - AHEAD_MILLIS / 2) {
            try {
                reserve(wall + AHEAD_MILLIS);
            } catch (IOException e) {
                // Nothing is known of the file any more: a second try may be told that all is well.
                failed = true;
                LOG.error("the time cannot be reserved and stands still: {}", e.toString());
            }
        }
        return TurnThread.UNTIL_WOKEN;
    }

    private void reserve(long millis) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(RECORD);
        record.putLong(millis);
        record.putInt(checksum(record)).flip();
        file.write(record, (long) page * FrameCodec.PAGE);
        file.force();
        page = 1 - page;
        reservedMillis = millis;
    }

    /** Gives back what was reserved and not shown. */
    @Override
    public void close() throws IOException {
        thread.end();
        if (!failed) {
            durableMillis();
            // Both pages: the higher one counts.
            reserve(highestShown.get());
            reserve(highestShown.get());
        }
        file.close();
    }
}
