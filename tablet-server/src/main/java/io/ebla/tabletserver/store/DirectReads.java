package io.ebla.tabletserver.store;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Whether a disk can be read past the operating system's cache of files ({@code O_DIRECT}). RocksDB would say
 * so only of each database that it fails to open; to read through that cache after all would be something
 * else than what was set.
 */
final class DirectReads {

    private DirectReads() {}

    /**
     * @param folder on the disk; a file is written there and removed again
     * @throws IllegalStateException if the disk cannot
     */
    static void require(Path folder) {
        try {
            Path file = Files.createTempFile(folder, "direct-read", null);
            try {
                int block = Math.toIntExact(Files.getFileStore(file).getBlockSize());
                Files.write(file, new byte[block]);
                read(file, block);
            } finally {
                Files.delete(file);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("writing to " + folder + " failed", failure);
        }
    }

    /** @param block what offset, length and memory of such a read are multiples of, in bytes */
    static void read(Path file, int block) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
            channel.read(ByteBuffer.allocateDirect(2 * block).alignedSlice(block).limit(block));
        } catch (IOException | UnsupportedOperationException failure) {
            throw new IllegalStateException(
                    "ebla.store.direct-reads is set, and the disk of "
                            + file.getParent()
                            + " has no direct reads (O_DIRECT)",
                    failure);
        }
    }
}
