package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;

/**
 * A place in a tablet's log, for session reads: whoever has applied up to here has seen the write.
 * Opaque to users as text.
 */
public record Position(TabletId tablet, long epoch, long index) {

    private static final byte FORMAT = 1;

    public String text() {
        ByteBuffer bytes = ByteBuffer.allocate(25);
        bytes.put(FORMAT).putLong(tablet.value()).putLong(epoch).putLong(index);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Empty when the text is no position. */
    public static Optional<Position> parse(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            if (bytes.remaining() != 25 || bytes.get() != FORMAT) {
                return Optional.empty();
            }
            TabletId tablet = new TabletId(bytes.getLong());
            long epoch = bytes.getLong();
            long index = bytes.getLong();
            return epoch < 0 || index < 0
                    ? Optional.empty()
                    : Optional.of(new Position(tablet, epoch, index));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }
}
