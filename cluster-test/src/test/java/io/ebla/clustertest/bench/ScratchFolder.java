package io.ebla.clustertest.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A temporary folder that is gone, with all that is in it, when it is closed. */
public record ScratchFolder(Path path) implements AutoCloseable {

    public static ScratchFolder make(String prefix) throws IOException {
        return new ScratchFolder(Files.createTempDirectory(prefix));
    }

    @Override
    public void close() throws IOException {
        remove(path);
    }

    /** Whoever still writes there does not keep the rest from going. */
    public static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(each -> each.toFile().delete());
        } catch (UncheckedIOException vanished) {
            throw vanished.getCause();
        }
    }
}
