package io.ebla.tabletserver.network;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * The array under the bytes of a received message, without a copy. Whoever takes it owns the message: gRPC
 * made it for this call alone.
 */
final class OwnedBytes extends ByteOutput {

    private ByteBuffer taken;

    private OwnedBytes() {}

    static ByteBuffer of(ByteString bytes) {
        OwnedBytes output = new OwnedBytes();
        try {
            UnsafeByteOperations.unsafeWriteTo(bytes, output);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        ByteBuffer taken = output.taken;
        return taken != null && taken.hasArray() && taken.remaining() == bytes.size()
                ? taken
                : ByteBuffer.wrap(bytes.toByteArray());
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
        taken = ByteBuffer.wrap(value, offset, length).slice();
    }

    @Override
    public void writeLazy(ByteBuffer value) {
        taken = value;
    }

    @Override
    public void write(byte value) {
        taken = null;
    }

    @Override
    public void write(byte[] value, int offset, int length) {
        taken = null;
    }

    @Override
    public void write(ByteBuffer value) {
        taken = null;
    }
}
