package io.ebla.tabletserver.membership;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which cluster a data directory belongs to: {@code cluster.json}, written when the first map is taken
 * in. Tablet ids mean nothing in another cluster, so its maps must never be obeyed - one could call a
 * tablet dropped that is held here under the same number. Also where its meta-servers were last known to
 * be: all those that were configured may have been replaced since.
 */
final class ClusterFile {

    private static final JsonMapper JSON = JsonMapper.shared();

    private record Content(String clusterId, List<String> metaServers) {

        Content {
            metaServers = metaServers == null ? List.of() : List.copyOf(metaServers);
        }
    }

    private final Path file;
    private volatile Content content;

    ClusterFile(Path data) {
        file = data.resolve("cluster.json");
        try {
            content =
                    Files.exists(file)
                            ? JSON.readValue(Files.readAllBytes(file), Content.class)
                            : new Content("", List.of());
        } catch (IOException unreadable) {
            throw new UncheckedIOException("cannot read " + file, unreadable);
        }
    }

    /** "" while it belongs to none. */
    String clusterId() {
        return content.clusterId();
    }

    /** Where the meta-servers were last known to be. */
    List<String> metaServers() {
        return content.metaServers();
    }

    /** Keeps where the meta-servers are. */
    void learn(List<String> addresses) {
        if (!addresses.isEmpty() && !addresses.equals(content.metaServers())) {
            write(new Content(content.clusterId(), addresses));
        }
    }

    /** When this returns, the directory belongs to that cluster for good. */
    void join(String id) {
        write(new Content(id, content.metaServers()));
    }

    private void write(Content next) {
        try {
            Path beside = file.resolveSibling(file.getFileName() + ".next");
            Files.write(beside, JSON.writeValueAsBytes(next));
            force(beside, StandardOpenOption.WRITE);
            Files.move(
                    beside,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            force(file.toAbsolutePath().getParent(), StandardOpenOption.READ);
            content = next;
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
