package io.ebla.tabletserver.membership;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which cluster a data directory belongs to: {@code cluster.json}, written when the first map is taken
 * in. Tablet ids mean nothing in another cluster, so its maps must never be obeyed - one could call a
 * tablet dropped that is held here under the same number.
 */
final class ClusterFile {

    private static final JsonMapper JSON = JsonMapper.shared();

    private record Content(String clusterId) {}

    private final Path file;
    private String clusterId;

    ClusterFile(Path data) {
        file = data.resolve("cluster.json");
        try {
            clusterId =
                    Files.exists(file)
                            ? JSON.readValue(Files.readAllBytes(file), Content.class).clusterId()
                            : "";
        } catch (IOException unreadable) {
            throw new UncheckedIOException("cannot read " + file, unreadable);
        }
    }

    /** "" while it belongs to none. */
    String clusterId() {
        return clusterId;
    }

    /** When this returns, the directory belongs to that cluster for good. */
    void join(String id) {
        try {
            Path next = file.resolveSibling(file.getFileName() + ".next");
            Files.write(next, JSON.writeValueAsBytes(new Content(id)));
            force(next, StandardOpenOption.WRITE);
            Files.move(
                    next,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            force(file.toAbsolutePath().getParent(), StandardOpenOption.READ);
            clusterId = id;
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot write " + file, failed);
        }
    }

    private static void force(Path path, StandardOpenOption access) throws IOException {
        try (FileChannel channel = FileChannel.open(path, access)) {
            channel.force(true);
        }
    }
}
