package io.ebla.tabletserver.store;

import io.ebla.core.cluster.TabletId;
import io.ebla.tabletserver.store.TabletStore.Applied;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The folders through which a store is replaced, by renames that are durable one by one:
 *
 * <pre>
 *   installing/ID           being filled
 *   installing/ID@E-I       complete, at that epoch and index
 *   tablets/ID              the store of the tablet
 * </pre>
 *
 * What a replica knows of itself lies beside its store, and outlives it: it is in the new folder before the
 * old one goes.
 */
final class InstallFolders {

    /** A complete store that waits for its place. */
    record Complete(Path folder, long epoch, long index) {}

    /** Marks a store that is being made, beside it: until its descriptor is there it is nobody's. */
    private static final String HALF_MADE = ".half-made";

    /** What RocksDB calls a checkpoint until it is whole. */
    private static final String LINKING = ".tmp";

    private final Path tablets;
    private final Path installing;
    private final TrashFolder trash;

    InstallFolders(Path tablets, Path installing, TrashFolder trash) {
        this.tablets = tablets;
        this.installing = installing;
        this.trash = trash;
        try {
            Files.createDirectories(installing);
        } catch (IOException failure) {
            throw new UncheckedIOException("making " + installing + " failed", failure);
        }
    }

    Path store(TabletId tablet) {
        return tablets.resolve(tablet.text());
    }

    Path filling(TabletId tablet) {
        return installing.resolve(tablet.text());
    }

    void makeFilling(TabletId tablet) throws IOException {
        if (!Files.exists(filling(tablet))) {
            Files.createDirectory(filling(tablet));
            TrashFolder.sync(installing);
        }
    }

    void complete(TabletId tablet, Applied at) throws IOException {
        String name = tablet.text() + "@" + at.epoch() + "-" + at.index();
        move(filling(tablet), installing.resolve(name));
        TrashFolder.sync(installing);
    }

    Optional<Complete> complete(TabletId tablet) {
        String prefix = tablet.text() + "@";
        try (Stream<Path> found = Files.list(installing)) {
            List<Path> folders =
                    found.filter(path -> path.getFileName().toString().startsWith(prefix)).toList();
            return folders.isEmpty()
                    ? Optional.empty()
                    : Optional.of(parse(folders.get(0), prefix.length()));
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + installing + " failed", failure);
        }
    }

    private static Complete parse(Path folder, int prefix) {
        String[] position = folder.getFileName().toString().substring(prefix).split("-", 2);
        return new Complete(folder, Long.parseLong(position[0]), Long.parseLong(position[1]));
    }

    /** Makes a place for a new store, unless there is one, or one waits to take it. */
    void prepare(TabletId tablet) {
        Path folder = store(tablet);
        if (Files.exists(folder)) {
            return;
        }
        Optional<Complete> waits = complete(tablet);
        if (waits.isPresent()) {
            takePlace(tablet, waits.get());
            return;
        }
        try {
            Files.createDirectory(folder);
            TrashFolder.sync(tablets);
        } catch (IOException failure) {
            throw new UncheckedIOException("making " + folder + " failed", failure);
        }
    }

    /** Whether a replica's descriptor stands beside the store. */
    boolean isReplica(TabletId tablet) {
        return Files.exists(store(tablet).resolve(TabletStores.DESCRIPTOR));
    }

    void discardHalfMade(TabletId tablet) {
        if (!isReplica(tablet)) {
            discard(store(tablet));
            discard(tablets.resolve(tablet.text() + LINKING));
        }
        made(tablet);
    }

    private void discard(Path folder) {
        if (Files.isDirectory(folder)) {
            trash.discard(folder);
        }
    }

    /** A store that was half made is a replica's, or gone. */
    void made(TabletId tablet) {
        try {
            Files.deleteIfExists(tablets.resolve(tablet.text() + HALF_MADE));
        } catch (IOException failure) {
            throw new UncheckedIOException("the mark of " + store(tablet) + " stays", failure);
        }
    }

    /**
     * A new store by way of hard links, unless a replica's stands there. One without a descriptor is half
     * made, and marked as such.
     *
     * @param links makes the folder, which must not be there
     */
    void link(TabletId tablet, Consumer<Path> links) {
        if (isReplica(tablet)) {
            return;
        }
        Path folder = store(tablet);
        discardHalfMade(tablet);
        try {
            Files.createFile(tablets.resolve(tablet.text() + HALF_MADE));
            TrashFolder.sync(tablets);
            links.accept(folder);
            TrashFolder.sync(folder);
            TrashFolder.sync(tablets);
        } catch (IOException failure) {
            throw new UncheckedIOException("making " + folder + " failed", failure);
        }
    }

    /** At a start: children of splits that were being made are made anew, or not wanted any more. */
    void discardHalfMade() {
        try (Stream<Path> found = Files.list(tablets)) {
            for (Path mark : found.toList()) {
                String name = mark.getFileName().toString();
                if (name.endsWith(HALF_MADE)) {
                    String id = name.substring(0, name.length() - HALF_MADE.length());
                    discardHalfMade(TabletId.parse(id));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + tablets + " failed", failure);
        }
    }

    /**
     * At a start: a new store whose old one is gone takes its place, for a replica whose folder is missing
     * would be taken for lost.
     */
    void endReplacements() {
        try (Stream<Path> found = Files.list(installing)) {
            for (Path folder : found.toList()) {
                String[] name = folder.getFileName().toString().split("@", 2);
                if (name.length == 2 && !Files.exists(tablets.resolve(name[0]))) {
                    takePlace(TabletId.parse(name[0]), parse(folder, name[0].length() + 1));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + installing + " failed", failure);
        }
    }

    /** Ends what a crash left: see {@link TabletStores#settle}. */
    void settle(TabletId tablet, long logBase) {
        Complete waits = complete(tablet).orElse(null);
        if (waits != null && waits.index() == logBase) {
            replace(tablet, waits);
        } else if (waits != null && waits.index() < logBase) {
            trash.discard(waits.folder());
        }
    }

    /** The old store goes first: while it is there, it is not clear yet which of them counts. */
    void replace(TabletId tablet, Complete by) {
        discardOld(tablet, by);
        takePlace(tablet, by);
    }

    private void keepDescriptor(TabletId tablet, Complete by) {
        Path descriptor = store(tablet).resolve(TabletStores.DESCRIPTOR);
        if (!Files.exists(descriptor)) {
            return;
        }
        Path kept = by.folder().resolve(TabletStores.DESCRIPTOR);
        try {
            Files.copy(descriptor, kept, StandardCopyOption.REPLACE_EXISTING);
            TrashFolder.sync(kept);
            TrashFolder.sync(by.folder());
        } catch (IOException failure) {
            throw new UncheckedIOException("copying " + descriptor + " failed", failure);
        }
    }

    void discardOld(TabletId tablet, Complete by) {
        keepDescriptor(tablet, by);
        trash.discard(store(tablet));
    }

    /** Also ends a replacement that was begun, when a crash left only the new store. */
    private void takePlace(TabletId tablet, Complete by) {
        try {
            move(by.folder(), store(tablet));
            TrashFolder.sync(tablets);
            TrashFolder.sync(installing);
        } catch (IOException failure) {
            throw new UncheckedIOException("moving " + by.folder() + " failed", failure);
        }
    }

    void discard(TabletId tablet) {
        trash.discard(filling(tablet));
        complete(tablet).ifPresent(complete -> trash.discard(complete.folder()));
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
}
