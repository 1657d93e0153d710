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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroupId;
import tools.jackson.databind.json.JsonMapper;

/**
 * The identity of a member, kept beside its log: who it is, of which group, and whether the log was
 * completely made.
 *
 * <p>It decides the most dangerous question of a consensus member - may it start from nothing? Alone, only
 * when the directory is empty and a bootstrap was asked for, or when an earlier bootstrap was cut short,
 * in which case nothing had been promised to anyone. A member of several never decides it by itself, see
 * {@link Founding}. A log without this file, or this file without a log, is refused rather than repaired
 * (E10).
 *
 * <p>While it is open no other process can open it: the lock is the operating system's.
 */
final class MemberFile implements AutoCloseable {

    private static final String NAME = "member.json";
    private static final String LOG = "raft";
    private static final String LOCK = "LOCK";

    /** The name of a group's directory below {@link #log}. */
    private static final String GROUP = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    private static final JsonMapper JSON = JsonMapper.shared();

    /**
     * What the file says.
     *
     * @param group the id of its group, "" while it is of none
     * @param formatted whether the log of that group was made completely
     */
    record Identity(String member, String group, boolean formatted) {}

    private final Path directory;
    private FileChannel lock;
    private Identity identity;

    MemberFile(Path directory) {
        this.directory = directory;
    }

    Path log() {
        return directory.resolve(LOG);
    }

    /**
     * The identity of a member that is alone; one that is not formatted has an empty log directory.
     *
     * @throws IllegalStateException if the directory is not fit to start this member from
     */
    Identity openAlone(String member, boolean mayFormat, Supplier<UUID> newGroup) {
        return opened(
                () -> {
                    Path file = directory.resolve(NAME);
                    if (Files.exists(file)) {
                        reopen(read(file), member);
                    } else if (Files.exists(log())) {
                        throw new IllegalStateException(log() + " is there without " + file);
                    } else if (!mayFormat) {
                        throw new IllegalStateException(
                                directory
                                        + " is empty, and this member was not told to found a"
                                        + " cluster");
                    } else {
                        write(new Identity(member, newGroup.get().toString(), false));
                    }
                });
    }

    /**
     * Opens the directory of a member of several. What is left of a log that was not made completely
     * is removed: nothing was promised by it.
     *
     * @throws IllegalStateException if the directory is not fit to start this member from
     */
    void openMember(String member) {
        opened(
                () -> {
                    Path file = directory.resolve(NAME);
                    removeHalfMade();
                    boolean logged = logged().isPresent();
                    if (Files.exists(file)) {
                        identity = read(file);
                        requireMember(member);
                        if (identity.formatted() && !logged) {
                            throw new IllegalStateException(
                                    log() + " is gone: this member has lost its log");
                        }
                    } else if (logged) {
                        throw new IllegalStateException(log() + " is there without " + file);
                    } else {
                        write(new Identity(member, "", false));
                    }
                });
    }

    private interface Step {
        void run() throws IOException;
    }

    private Identity opened(Step step) {
        try {
            Files.createDirectories(directory);
            lock();
            step.run();
            return identity;
        } catch (IOException failed) {
            close();
            throw new UncheckedIOException("cannot open " + directory, failed);
        } catch (RuntimeException unfit) {
            close();
            throw unfit;
        }
    }

    /** The group that the file names, whether or not its log was made. */
    Optional<RaftGroupId> group() {
        return identity.group().isEmpty()
                ? Optional.empty()
                : Optional.of(RaftGroupId.valueOf(UUID.fromString(identity.group())));
    }

    /** The group whose complete log is in the directory. */
    Optional<RaftGroupId> logged() throws IOException {
        List<RaftGroupId> found = new ArrayList<>();
        for (Path each : logs()) {
            if (complete(each)) {
                found.add(RaftGroupId.valueOf(UUID.fromString(each.getFileName().toString())));
            }
        }
        if (found.size() > 1) {
            throw new IllegalStateException(log() + " holds several logs: " + found);
        }
        return found.stream().findFirst();
    }

    private List<Path> logs() throws IOException {
        if (!Files.isDirectory(log())) {
            return List.of();
        }
        try (Stream<Path> each = Files.list(log())) {
            return each.filter(path -> path.getFileName().toString().matches(GROUP)).toList();
        }
    }

    /** Ratis writes this file last when it makes a log, and keeps votes in it. */
    private static boolean complete(Path groupLog) {
        return Files.exists(groupLog.resolve("current").resolve("raft-meta"));
    }

    private void removeHalfMade() throws IOException {
        for (Path each : logs()) {
            if (!complete(each)) {
                remove(each);
            }
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

    private static Identity read(Path file) throws IOException {
        return JSON.readValue(Files.readAllBytes(file), Identity.class);
    }

    private void requireMember(String member) {
        if (!identity.member().equals(member)) {
            throw new IllegalStateException(
                    directory + " belongs to member " + identity.member() + ", not " + member);
        }
    }

    private void reopen(Identity found, String member) throws IOException {
        identity = found;
        requireMember(member);
        if (!identity.formatted()) {
            remove(log());
        } else if (!Files.isDirectory(log())) {
            throw new IllegalStateException(log() + " is gone: this member has lost its log");
        }
    }

    /** Records which group is being founded, before anybody has a log of it. */
    void name(RaftGroupId group) {
        record(new Identity(identity.member(), group.getUuid().toString(), false));
    }

    /** Records that the log of that group is complete: from here on it is never made anew. */
    void joined(RaftGroupId group) {
        record(new Identity(identity.member(), group.getUuid().toString(), true));
    }

    /** Records that this member was taken out of its group, and its log removed. */
    void left() {
        record(new Identity(identity.member(), "", false));
    }

    private void record(Identity next) {
        if (next.equals(identity)) {
            return;
        }
        try {
            write(next);
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot write " + directory.resolve(NAME), failed);
        }
    }

    private void write(Identity content) throws IOException {
        Path next = directory.resolve(NAME + ".next");
        byte[] bytes = JSON.writeValueAsString(content).getBytes(StandardCharsets.UTF_8);
        Files.write(next, bytes);
        DurableFiles.sync(next);
        Files.move(
                next,
                directory.resolve(NAME),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        DurableFiles.sync(directory);
        identity = content;
    }

    private static void remove(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(tree)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }
}
