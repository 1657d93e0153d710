package io.ebla.clustertest.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** One kept connection of a {@link LoadLoop}: at most one request is on its way. */
final class LoadConnection {

    private final SocketChannel channel;
    private final Supplier<byte[]> requests;
    private final Predicate<String> check;
    private final boolean linesAreUnits;
    private final Latencies latencies;
    private final ByteBuffer in = ByteBuffer.allocateDirect(1 << 17);
    private final AnswerReader answer = new AnswerReader();
    private ByteBuffer out;
    private boolean busy;
    private long sentNanos;
    private long units;
    private String error;

    LoadConnection(
            SocketChannel channel,
            Supplier<byte[]> requests,
            Predicate<String> check,
            boolean linesAreUnits,
            Latencies latencies) {
        this.channel = channel;
        this.requests = requests;
        this.check = check;
        this.linesAreUnits = linesAreUnits;
        this.latencies = latencies;
    }

    void begin() {
        if (!busy && error == null) {
            next();
        }
    }

    private void next() {
        byte[] request = requests.get();
        busy = request != null;
        if (busy) {
            out = ByteBuffer.wrap(request);
            answer.begin();
            sentNanos = System.nanoTime();
            try {
                channel.write(out);
            } catch (IOException lost) {
                throw new UncheckedIOException(lost);
            }
        }
    }

    /** @param more whether to send another request when this one is answered */
    void ready(SelectionKey key, boolean more) throws IOException {
        if (out != null && out.hasRemaining()) {
            channel.write(out);
        }
        in.clear();
        int read = channel.read(in);
        if (read < 0) {
            fail("the server closed the connection");
            key.cancel();
            return;
        }
        in.flip();
        if (busy && answer.take(in)) {
            busy = false;
            latencies.add(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - sentNanos));
            units += linesAreUnits ? answer.lines() : 1;
            if (answer.status() / 100 != 2 || !check.test(answer.bodyStart())) {
                fail(answer.status() + " " + answer.bodyStart());
            } else if (more) {
                next();
            }
        }
        key.interestOps(
                busy && out.hasRemaining()
                        ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
                        : SelectionKey.OP_READ);
    }

    private void fail(String what) {
        busy = false;
        error = error == null ? what : error;
    }

    boolean busy() {
        return busy;
    }

    long units() {
        return units;
    }

    String error() {
        return error;
    }

    void close() throws IOException {
        channel.close();
    }
}
