package io.ebla.tabletserver.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where folders go to be deleted: moved here by one atomic rename, so that no half of one is ever
 * taken for a whole (L7). What a killed process left here is deleted at the next start.
 */
final class TrashFolder {

    private final Path folder;

    private TrashFolder(Path folder) {
        this.folder = folder;
    }

    static TrashFolder open(Path folder) {
        try {
            Files.createDirectories(folder);
            try (Stream<Path> leftovers = Files.list(folder)) {
                List<Path> found = leftovers.toList();
                for (Path leftover : found) {
                    deleteTree(leftover);
                }
            }
            return new TrashFolder(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException("emptying " + folder + " failed", failure);
        }
    }

    /**
     * Moves a folder here, durably, then deletes it. When there is none, that much is made durable: an
     * earlier try may have moved it and not known whether that lasts.
     */
    void discard(Path victim) {
        try {
            if (!Files.exists(victim)) {
                sync(victim.getParent());
                return;
            }
            Path grave = folder.resolve(victim.getFileName());
            deleteTree(grave);
            Files.move(victim, grave, StandardCopyOption.ATOMIC_MOVE);
            sync(victim.getParent());
            sync(folder);
            deleteTree(grave);
        } catch (IOException failure) {
            throw new UncheckedIOException("discarding " + victim + " failed", failure);
        }
    }

    /** Makes a file, or the names made or removed in a folder, survive power loss. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path dir, IOException failure)
                            throws IOException {
                        if (failure != null) {
                            throw failure;
                        }
                        Files.deleteIfExists(dir);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
