package io.ebla.tabletserver.oplog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** A journal's directory on a file system. Files are filled with zeros, so that a sync moves data only. */
public final class FileJournalDisk implements JournalDisk {

    private static final int FILL_BYTES = 1 << 20;

    private final Path directory;
    private final FileStore store;

    private FileJournalDisk(Path directory, FileStore store) {
        this.directory = directory;
        this.store = store;
    }

    /** Opens the directory, making it if it is not there. */
    public static FileJournalDisk open(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            sync(parent);
        }
        return new FileJournalDisk(directory, Files.getFileStore(directory));
    }

    @Override
    public List<String> list() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Override
    public JournalFile create(String name, long bytes) throws IOException {
        Path path = directory.resolve(name);
        FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            fill(channel, bytes);
            channel.force(true);
            return new ChannelFile(channel);
        } catch (IOException e) {
            channel.close();
            Files.deleteIfExists(path);
            throw outOfSpace(e, bytes) ? new NoSpaceException(name + ": " + e.getMessage(), e) : e;
        }
    }

    private static void fill(FileChannel channel, long bytes) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(FILL_BYTES, bytes));
        long at = 0;
        while (at < bytes) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
            while (zeros.hasRemaining()) {
                at += channel.write(zeros, at);
            }
        }
    }

    /** The system says it in words that depend on its language: so ask how much room there is. */
    private boolean outOfSpace(IOException e, long bytes) throws IOException {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left")
                || message.contains("quota")
                || usableBytes() < bytes;
    }

    @Override
    public JournalFile open(String name) throws IOException {
        return new ChannelFile(
                FileChannel.open(
                        directory.resolve(name),
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(
                directory.resolve(from),
                directory.resolve(to),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public void syncDirectory() throws IOException {
        sync(directory);
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return store.getUsableSpace();
    }

    private record ChannelFile(FileChannel channel) implements JournalFile {

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void write(ByteBuffer source, long at) throws IOException {
            long position = at;
            while (source.hasRemaining()) {
                position += channel.write(source, position);
            }
        }

        @Override
        public void read(ByteBuffer target, long at) throws IOException {
            long position = at;
            while (target.hasRemaining()) {
                int read = channel.read(target, position);
                if (read < 0) {
                    return;
                }
                position += read;
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
