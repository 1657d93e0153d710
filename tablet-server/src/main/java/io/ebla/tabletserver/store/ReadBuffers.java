package io.ebla.tabletserver.store;

import io.ebla.core.key.Bytes;
import java.nio.ByteBuffer;

/** The native memory through which one thread reads rows; reused for every read. */
final class ReadBuffers {

    /** Stands for "no such key" where null stands for "unknown". */
    static final byte[] NOTHING = new byte[0];

    /** Memory reads of larger records are left to the path that may wait. */
    private static final int VALUE_BYTES = 64 << 10;

    private static final int KEY_BYTES = 4 << 10;

    private static final ThreadLocal<ReadBuffers> BUFFERS =
            ThreadLocal.withInitial(ReadBuffers::new);

    private final ByteBuffer key = ByteBuffer.allocateDirect(KEY_BYTES);
    private final ByteBuffer value = ByteBuffer.allocateDirect(VALUE_BYTES);

    private ReadBuffers() {}

    static ReadBuffers ofThisThread() {
        return BUFFERS.get();
    }

    ByteBuffer key(Bytes bytes) {
        ByteBuffer target =
                bytes.length() <= KEY_BYTES ? key : ByteBuffer.allocateDirect(bytes.length());
        target.clear();
        bytes.putTo(target);
        return target.flip();
    }

    ByteBuffer value() {
        return value.clear();
    }
}
