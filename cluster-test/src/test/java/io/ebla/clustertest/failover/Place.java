package io.ebla.clustertest.failover;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Comparator;
import java.util.Optional;

/**
 * A place in a tablet's log, read out of what is opaque to clients: the versions of rows and the positions of
 * answers. What is committed is in the order of the places.
 */
record Place(long epoch, long index) implements Comparable<Place> {

    static final Place BEFORE_ALL = new Place(0, 0);

    private static final int POSITION_BYTES = 25;
    private static final int EPOCH_AT = 9;
    private static final int INDEX_AT = 17;
    private static final int VERSION_RADIX = 36;

    /** Of the write that made this version. */
    static Place ofVersion(String version) {
        String[] parts = version.split("\\.");
        return new Place(
                Long.parseLong(parts[0], VERSION_RADIX), Long.parseLong(parts[1], VERSION_RADIX));
    }

    /** What {@code Ebla-Position} names; empty without one. */
    static Optional<Place> ofPosition(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
        if (bytes.remaining() != POSITION_BYTES) {
            throw new IllegalArgumentException("no position: " + text);
        }
        return Optional.of(new Place(bytes.getLong(EPOCH_AT), bytes.getLong(INDEX_AT)));
    }

    @Override
    public int compareTo(Place other) {
        return Comparator.comparingLong(Place::epoch)
                .thenComparingLong(Place::index)
                .compare(this, other);
    }
}
