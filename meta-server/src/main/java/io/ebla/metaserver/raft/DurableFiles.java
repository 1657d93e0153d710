package io.ebla.metaserver.raft;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Forcing files and directories to the disk. */
final class DurableFiles {

    private DurableFiles() {}

    /** When this returns, the file's bytes, or the directory's entries, survive a power cut. */
    static void sync(Path path) throws IOException {
        StandardOpenOption access =
                Files.isDirectory(path) ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(path, access)) {
            channel.force(true);
        }
    }
}
