package io.ebla.tabletserver.oplog;

/**
 * The numbers of an oplog.
 *
 * @param segmentBytes size of one preallocated file; an append is at most half of it
 * @param queueEntries entries that may wait or be on their way to the disk
 * @param queueBytes bytes that may
 * @param groupBytes about the most bytes that one frame takes
 * @param retentionBytes size of the journal up to which log is kept that only slaves need (L4)
 * @param freeSpaceFloorBytes free space on the disk below which appends are refused
 * @param freeSpaceCheckMillis how often the free space is looked at
 * @param idleMarkerMillis how long after the last group an idle journal writes its closing marker
 */
public record OplogSettings(
        long segmentBytes,
        int queueEntries,
        long queueBytes,
        int groupBytes,
        long retentionBytes,
        long freeSpaceFloorBytes,
        long freeSpaceCheckMillis,
        long idleMarkerMillis) {

    private static final long SMALLEST_SEGMENT = 16 * FrameCodec.PAGE;

    public OplogSettings {
        if (segmentBytes < SMALLEST_SEGMENT || segmentBytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("segment of " + segmentBytes + " bytes");
        }
        if (segmentBytes % FrameCodec.PAGE != 0) {
            throw new IllegalArgumentException(
                    "segment of " + segmentBytes + " bytes is no multiple of " + FrameCodec.PAGE);
        }
        if (queueEntries <= 0 || queueBytes <= 0 || groupBytes <= 0 || retentionBytes < 0) {
            throw new IllegalArgumentException(
                    "bounds of "
                            + queueEntries
                            + ", "
                            + queueBytes
                            + ", "
                            + groupBytes
                            + ", "
                            + retentionBytes);
        }
        if (freeSpaceFloorBytes < 0 || freeSpaceCheckMillis <= 0 || idleMarkerMillis <= 0) {
            throw new IllegalArgumentException(
                    "free space "
                            + freeSpaceFloorBytes
                            + " every "
                            + freeSpaceCheckMillis
                            + " ms, marker after "
                            + idleMarkerMillis
                            + " ms");
        }
    }

    public static OplogSettings defaults() {
        return new OplogSettings(
                64L << 20, 65_536, 64L << 20, 4 << 20, 1L << 30, 256L << 20, 1_000, 50);
    }

    public OplogSettings withSegmentBytes(long bytes) {
        return new OplogSettings(
                bytes,
                queueEntries,
                queueBytes,
                groupBytes,
                retentionBytes,
                freeSpaceFloorBytes,
                freeSpaceCheckMillis,
                idleMarkerMillis);
    }

    public OplogSettings withQueue(int entries, long bytes) {
        return new OplogSettings(
                segmentBytes,
                entries,
                bytes,
                groupBytes,
                retentionBytes,
                freeSpaceFloorBytes,
                freeSpaceCheckMillis,
                idleMarkerMillis);
    }

    public OplogSettings withGroupBytes(int bytes) {
        return new OplogSettings(
                segmentBytes,
                queueEntries,
                queueBytes,
                bytes,
                retentionBytes,
                freeSpaceFloorBytes,
                freeSpaceCheckMillis,
                idleMarkerMillis);
    }

    public OplogSettings withRetentionBytes(long bytes) {
        return new OplogSettings(
                segmentBytes,
                queueEntries,
                queueBytes,
                groupBytes,
                bytes,
                freeSpaceFloorBytes,
                freeSpaceCheckMillis,
                idleMarkerMillis);
    }

    public OplogSettings withFreeSpace(long floorBytes, long checkMillis) {
        return new OplogSettings(
                segmentBytes,
                queueEntries,
                queueBytes,
                groupBytes,
                retentionBytes,
                floorBytes,
                checkMillis,
                idleMarkerMillis);
    }

    public OplogSettings withIdleMarkerMillis(long millis) {
        return new OplogSettings(
                segmentBytes,
                queueEntries,
                queueBytes,
                groupBytes,
                retentionBytes,
                freeSpaceFloorBytes,
                freeSpaceCheckMillis,
                millis);
    }

    /** The most bytes of one append. */
    long mostAppendBytes() {
        return segmentBytes / 2;
    }

    /** The first file of an opening is small: it delays the start, and restarts in a row add up. */
    long openingSegmentBytes() {
        long sixteenth = segmentBytes / 16 / FrameCodec.PAGE * FrameCodec.PAGE;
        return Math.max(sixteenth, SMALLEST_SEGMENT);
    }
}
