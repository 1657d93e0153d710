package io.ebla.tabletserver.oplog;

import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file of a {@link JournalDisk}. Reads may come from any thread, writes from one. */
public interface JournalFile extends AutoCloseable {

    long size() throws IOException;

    /** Writes all that remains in the buffer. */
    void write(ByteBuffer source, long at) throws IOException;

    /** Reads until the buffer or the file is at its end. */
    void read(ByteBuffer target, long at) throws IOException;

    /** Cuts the file; durable after {@link #force}. */
    void truncate(long size) throws IOException;

    /** Returns when what was written survives power loss. After a failure nothing is known. */
    void force() throws IOException;

    @Override
    void close() throws IOException;
}
