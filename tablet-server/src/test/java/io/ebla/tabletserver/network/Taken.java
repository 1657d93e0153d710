package io.ebla.tabletserver.network;

import io.ebla.tabletserver.replication.SnapshotSource;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A sink that remembers. */
final class Taken implements SnapshotSource.Sink {

    final List<byte[]> chunks = new CopyOnWriteArrayList<>();
    final List<Long> numbers = new CopyOnWriteArrayList<>();
    volatile SnapshotSource.View view;
    volatile boolean finished;
    volatile SnapshotSource.Failure failure;

    @Override
    public void opened(SnapshotSource.View opened) {
        view = opened;
    }

    @Override
    public void chunk(long number, ByteBuffer bytes) {
        byte[] content = new byte[bytes.remaining()];
        bytes.get(content);
        chunks.add(content);
        numbers.add(number);
    }

    @Override
    public void finished() {
        finished = true;
    }

    @Override
    public void failed(SnapshotSource.Failure why, String detail) {
        failure = why;
    }

    boolean ended() {
        return finished || failure != null;
    }
}
