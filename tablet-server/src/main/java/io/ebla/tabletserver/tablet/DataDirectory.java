package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.StoreId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A server's data directory while this process owns it: {@code LOCK} keeps a second process out,
 * {@code node.json} says whose it is (E10).
 *
 * <p>The lock is the operating system's, so a killed process leaves none behind.
 */
public final class DataDirectory implements AutoCloseable {

    /** What node.json holds. */
    private record Identity(NodeId nodeId, StoreId storeId) {}

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path path;
    private final FileChannel lockFile;
    private final Identity identity;

    private DataDirectory(Path path, FileChannel lockFile, Identity identity) {
        this.path = path;
        this.lockFile = lockFile;
        this.identity = identity;
    }

    /**
     * Takes the directory, made if there is none.
     *
     * @throws IllegalStateException if another process has it, or it belongs to another node
     */
    public static DataDirectory open(Path path, NodeId node) {
        try {
            DurableFile.makeDirectory(path);
            FileChannel lockFile = lock(path);
            try {
                return new DataDirectory(path, lockFile, identity(path, node));
            } catch (IOException | RuntimeException failure) {
                lockFile.close();
                throw failure;
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot use the data directory " + path, failure);
        }
    }

    public Path path() {
        return path;
    }

    public NodeId node() {
        return identity.nodeId();
    }

    /** The directory's own random name: a wiped one has another. */
    public StoreId store() {
        return identity.storeId();
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot release " + path, failure);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        path.resolve("LOCK"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        if (tryLock(channel) == null) {
            String owner = read(channel);
            channel.close();
            throw new IllegalStateException(
                    "the data directory "
                            + path.toAbsolutePath().normalize()
                            + " is in use by another process"
                            + (owner.isEmpty() ? "" : " (pid " + owner + ")"));
        }
        channel.truncate(0);
        channel.write(
                ByteBuffer.wrap(
                        Long.toString(ProcessHandle.current().pid())
                                .getBytes(StandardCharsets.US_ASCII)),
                0);
        return channel;
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException thisProcess) {
            return null;
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        return new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    }

    private static Identity identity(Path path, NodeId node) throws IOException {
        Path file = path.resolve("node.json");
        if (!Files.exists(file)) {
            Identity fresh = new Identity(node, new StoreId(UUID.randomUUID().toString()));
            Map<String, String> content =
                    Map.of("nodeId", node.value(), "storeId", fresh.storeId().value());
            DurableFile.write(file, JSON.writeValueAsBytes(content));
            return fresh;
        }
        Identity found;
        try {
            found = JSON.readValue(Files.readAllBytes(file), Identity.class);
        } catch (JacksonException unreadable) {
            throw new IllegalStateException(file + " is damaged", unreadable);
        }
        if (!found.nodeId().equals(node)) {
            throw new IllegalStateException(
                    "the data directory "
                            + path.toAbsolutePath().normalize()
                            + " belongs to node "
                            + found.nodeId()
                            + ", not to "
                            + node);
        }
        return found;
    }
}
