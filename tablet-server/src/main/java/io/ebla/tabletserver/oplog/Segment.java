package io.ebla.tabletserver.oplog;

import io.ebla.core.cluster.TabletId;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One file of the journal: nothing but frames, the first of which is a checkpoint. Which file it is
 * stands in its name and in every frame, so a damaged frame hides nothing but itself.
 *
 * <p>One thread writes it; any may read it between {@link #acquire} and {@link #release}.
 */
final class Segment {

    private static final String SUFFIX = ".journal";

    private final long sequence;
    private volatile long capacity;
    private final Map<TabletId, FrameIndex> frames = new ConcurrentHashMap<>();

    /** Where in the whole journal its first byte stands; set before others see the segment. */
    private long base;

    private volatile long used;
    private int readers;
    private boolean retired;

    Segment(long sequence, long capacity) {
        this.sequence = sequence;
        this.capacity = capacity;
    }

    static String name(long sequence) {
        return String.format("%016x%s", sequence, SUFFIX);
    }

    /** The sequence number in a file's name; empty when the file is no segment. */
    static OptionalLong sequence(String name) {
        if (!name.matches("[0-9a-f]{16}\\.journal")) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(
                Long.parseUnsignedLong(name.substring(0, name.length() - SUFFIX.length()), 16));
    }

    String name() {
        return name(sequence);
    }

    long sequence() {
        return sequence;
    }

    long capacity() {
        return capacity;
    }

    /** The file ends earlier: it is no preallocated segment any more. */
    void shorten(long length) {
        capacity = length;
        used = Math.min(used, length);
    }

    void begin(long position) {
        base = position;
    }

    long base() {
        return base;
    }

    /** Bytes up to the end of the last frame. */
    long used() {
        return used;
    }

    void used(long bytes) {
        used = bytes;
    }

    void index(TabletId tablet, long first, long last, long offset) {
        frames.computeIfAbsent(tablet, any -> new FrameIndex()).add(first, last, offset);
    }

    /** The frames with entries of each tablet. */
    Map<TabletId, FrameIndex> frames() {
        return frames;
    }

    void forget(TabletId tablet) {
        frames.remove(tablet);
    }

    /** Forgets a tablet's entries behind an index. */
    void cut(TabletId tablet, long lastIndexKept) {
        frames.computeIfPresent(tablet, (any, index) -> index.cut(lastIndexKept) ? index : null);
    }

    /** Keeps the file as it is until {@link #release}; false when it is already gone. */
    synchronized boolean acquire() {
        if (retired) {
            return false;
        }
        readers++;
        return true;
    }

    synchronized void release() {
        readers--;
    }

    /** Lets nobody in any more; true when nobody is still in, so that the file may be written anew. */
    synchronized boolean retire() {
        retired = true;
        return readers == 0;
    }
}
