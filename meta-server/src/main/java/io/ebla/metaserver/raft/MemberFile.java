package io.ebla.metaserver.raft;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * The identity of a member, kept beside its log: who it is, of which group, and whether the log was
 * completely made.
 *
 * <p>It decides the most dangerous question of a consensus member - may it start from nothing? Only
 * when the directory is empty and a bootstrap was asked for, or when an earlier bootstrap was cut short,
 * in which case nothing had been promised to anyone. A log without this file, or this file without a
 * log, is refused rather than repaired (E10).
 *
 * <p>While it is open no other process can open it: the lock is the operating system's.
 */
final class MemberFile implements AutoCloseable {

    private static final String NAME = "member.json";
    private static final String LOG = "raft";
    private static final String LOCK = "LOCK";

    private static final JsonMapper JSON = JsonMapper.shared();

    /** What the file says. */
    record Identity(String member, String group, boolean formatted) {}

    private final Path directory;
    private FileChannel lock;

    MemberFile(Path directory) {
        this.directory = directory;
    }

    Path log() {
        return directory.resolve(LOG);
    }

    /**
     * The identity to start with; one that is not formatted has an empty log directory.
     *
     * @throws IllegalStateException if the directory is not fit to start this member from
     */
    Identity open(String member, boolean mayFormat, Supplier<UUID> newGroup) {
        try {
            Files.createDirectories(directory);
            lock();
            Path file = directory.resolve(NAME);
            boolean logged = Files.exists(log());
            if (Files.exists(file)) {
                return reopen(JSON.readValue(Files.readAllBytes(file), Identity.class), member);
            }
            if (logged) {
                throw new IllegalStateException(log() + " is there without " + file);
            }
            if (!mayFormat) {
                throw new IllegalStateException(
                        directory + " is empty, and this member was not told to found a cluster");
            }
            Identity identity = new Identity(member, newGroup.get().toString(), false);
            write(identity);
            return identity;
        } catch (IOException failed) {
            close();
            throw new UncheckedIOException("cannot open " + directory, failed);
        } catch (RuntimeException unfit) {
            close();
            throw unfit;
        }
    }

    private void lock() throws IOException {
        FileChannel channel =
                FileChannel.open(
                        directory.resolve(LOCK),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        boolean held = false;
        try {
            held = channel.tryLock() != null;
        } catch (OverlappingFileLockException ownProcess) {
            throw new IllegalStateException(
                    "this process already runs a meta-server on " + directory, ownProcess);
        } finally {
            if (!held) {
                channel.close();
            }
        }
        if (!held) {
            throw new IllegalStateException("another process runs a meta-server on " + directory);
        }
        lock = channel;
    }

    @Override
    public void close() {
        try {
            if (lock != null) {
                lock.close();
                lock = null;
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot unlock " + directory, failed);
        }
    }

    private Identity reopen(Identity identity, String member) throws IOException {
        if (!identity.member().equals(member)) {
            throw new IllegalStateException(
                    directory + " belongs to member " + identity.member() + ", not " + member);
        }
        if (!identity.formatted()) {
            removeLog();
        } else if (!Files.isDirectory(log())) {
            throw new IllegalStateException(log() + " is gone: this member has lost its log");
        }
        return identity;
    }

    /** Records that the log is complete: from here on it is never made anew. */
    void formatted(Identity identity) {
        try {
            write(new Identity(identity.member(), identity.group(), true));
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot write " + directory.resolve(NAME), failed);
        }
    }

    private void write(Identity identity) throws IOException {
        Path next = directory.resolve(NAME + ".next");
        byte[] bytes = JSON.writeValueAsString(identity).getBytes(StandardCharsets.UTF_8);
        Files.write(next, bytes);
        DurableFiles.sync(next);
        Files.move(
                next,
                directory.resolve(NAME),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        DurableFiles.sync(directory);
    }

    private void removeLog() throws IOException {
        if (!Files.exists(log())) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(log())) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
