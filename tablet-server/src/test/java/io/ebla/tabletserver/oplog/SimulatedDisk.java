package io.ebla.tabletserver.oplog;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk in memory that can do to a journal what real ones do: lose power and with it any part of what
 * was not forced, fail a force and then pretend, run out of space, hold a force, flip bits. It records
 * what was asked of it. Any thread; a run is repeated by its seed when one thread uses it.
 *
 * <p>A file is what was written (what reads see), what is durable, and the writes between the two. A
 * power cut keeps of those, at random, all, none, or single sectors. Names are likewise: of the
 * changes since the last sync of the directory a power cut keeps the first few, as journaling file
 * systems do.
 */
public final class SimulatedDisk implements JournalDisk {

    private static final int SECTOR = 512;

    /** What was asked of the disk, in order. */
    public record Event(Kind kind, String file, long at, long length) {

        public enum Kind {
            CREATE,
            WRITE,
            FORCE,
            TRUNCATE,
            RENAME,
            DELETE,
            SYNC_DIRECTORY
        }
    }

    private record Write(long at, byte[] bytes) {}

    private interface NameChange {

        void apply(Map<String, Content> names);
    }

    private final Random random;
    private final List<Event> trace = new ArrayList<>();
    private final List<NameChange> nameChanges = new ArrayList<>();
    private Map<String, Content> names = new TreeMap<>();
    private Map<String, Content> durableNames = new TreeMap<>();
    private final long wholeCapacity;
    private long capacity;
    private boolean damaged;
    private long powerCutIn = Long.MAX_VALUE;
    private int forceFailsIn = -1;
    private boolean namesFail;
    private int readsFailPerMille;
    private boolean powered = true;
    private boolean holding;
    private int held;
    private int life;

    /** @param capacity bytes that files may take together */
    public SimulatedDisk(long seed, long capacity) {
        this.random = new Random(seed);
        this.wholeCapacity = capacity;
        this.capacity = capacity;
    }

    /** The power goes before the operation that is so many from now, 0 for the next one. */
    public synchronized void cutPowerIn(long operations) {
        powerCutIn = operations;
    }

    /** The power went and is back: what was not forced is lost, wholly, partly or not at all. */
    public synchronized void crash() {
        int kept = random.nextInt(nameChanges.size() + 1);
        nameChanges.subList(0, kept).forEach(change -> change.apply(durableNames));
        names = new TreeMap<>(durableNames);
        names.values().forEach(this::tear);
        restarted();
    }

    /** The process was killed and starts again: the system wrote everything in the end. */
    public synchronized void kill() {
        restarted();
    }

    private void restarted() {
        life++;
        powered = true;
        powerCutIn = Long.MAX_VALUE;
        forceFailsIn = -1;
        namesFail = false;
        holding = false;
        notifyAll();
    }

    private void tear(Content content) {
        for (Write write : content.unforced) {
            int fate = random.nextInt(4);
            for (int from = 0; from < write.bytes().length; from += SECTOR) {
                boolean keeps = fate == 0 || fate > 1 && random.nextBoolean();
                if (keeps) {
                    int to = Math.min(from + SECTOR, write.bytes().length);
                    content.durable =
                            put(
                                    content.durable,
                                    write.at() + from,
                                    Arrays.copyOfRange(write.bytes(), from, to));
                }
            }
        }
        content.unforced.clear();
        content.current = content.durable.clone();
    }

    /** The next force, or the one so many after it, fails; what it was to force is never durable. */
    public synchronized void failForceIn(int forces) {
        forceFailsIn = forces;
    }

    /** Files can neither be made nor renamed nor removed, until the next process begins. */
    public synchronized void failNames() {
        namesFail = true;
    }

    /** Of 1000 reads that many fail from now on. */
    public synchronized void failReads(int perMille) {
        readsFailPerMille = perMille;
    }

    public synchronized boolean readsFail() {
        return readsFailPerMille > 0;
    }

    public synchronized boolean isPowered() {
        return powered;
    }

    /** Whether something was done to it for which a process may be unable to begin. */
    public synchronized boolean ails() {
        return !powered
                || readsFailPerMille > 0
                || namesFail
                || capacity < wholeCapacity
                || damaged;
    }

    /** Lets no force end until {@link #letGo}. */
    public synchronized void hold() {
        holding = true;
    }

    public synchronized void letGo() {
        holding = false;
        notifyAll();
    }

    /** Returns when a force is being held. */
    public synchronized void awaitHeld() throws InterruptedException {
        while (held == 0) {
            wait();
        }
    }

    public synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    /** Damages a durable byte. */
    public synchronized void flip(String name, long at, int bit) {
        Content content = content(name);
        damaged = true;
        content.durable[(int) at] ^= (byte) (1 << bit);
        content.current[(int) at] ^= (byte) (1 << bit);
    }

    /** Overwrites durable bytes with zeros. */
    public synchronized void wipe(String name, long from, long to) {
        Content content = content(name);
        damaged = true;
        Arrays.fill(content.durable, (int) from, (int) to, (byte) 0);
        Arrays.fill(content.current, (int) from, (int) to, (byte) 0);
    }

    private Content content(String name) {
        Content content = names.get(name);
        if (content == null) {
            throw new IllegalArgumentException("no file " + name);
        }
        return content;
    }

    public synchronized List<Event> trace() {
        return List.copyOf(trace);
    }

    public synchronized void clearTrace() {
        trace.clear();
    }

    public synchronized long usedBytes() {
        return names.values().stream().mapToLong(content -> content.current.length).sum();
    }

    private void operation(Event.Kind kind, String file, long at, long length) throws IOException {
        if (powered && powerCutIn-- <= 0) {
            powered = false;
        }
        if (!powered) {
            throw new IOException("the power is off");
        }
        trace.add(new Event(kind, file, at, length));
    }

    private void requireNames(String name) throws IOException {
        if (namesFail) {
            throw new IOException("the name " + name + " cannot be changed");
        }
    }

    @Override
    public synchronized List<String> list() throws IOException {
        requirePower();
        return List.copyOf(names.keySet());
    }

    private void requirePower() throws IOException {
        if (!powered) {
            throw new IOException("the power is off");
        }
    }

    @Override
    public synchronized JournalFile create(String name, long bytes) throws IOException {
        if (names.containsKey(name)) {
            throw new IOException(name + " exists");
        }
        operation(Event.Kind.CREATE, name, 0, bytes);
        requireNames(name);
        if (usableBytes() < bytes) {
            throw new NoSpaceException(name, null);
        }
        Content content = new Content();
        content.current = new byte[(int) bytes];
        content.durable = new byte[(int) bytes];
        change(map -> map.put(name, content));
        return new OpenFile(name, content);
    }

    @Override
    public synchronized JournalFile open(String name) throws IOException {
        requirePower();
        Content content = names.get(name);
        if (content == null) {
            throw new FileNotFoundException(name);
        }
        return new OpenFile(name, content);
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        operation(Event.Kind.RENAME, from, 0, 0);
        requireNames(from);
        if (!names.containsKey(from)) {
            throw new FileNotFoundException(from);
        }
        change(
                map -> {
                    Content content = map.remove(from);
                    if (content != null) {
                        map.put(to, content);
                    }
                });
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        operation(Event.Kind.DELETE, name, 0, 0);
        requireNames(name);
        change(map -> map.remove(name));
    }

    private void change(NameChange change) {
        change.apply(names);
        nameChanges.add(change);
    }

    @Override
    public synchronized void syncDirectory() throws IOException {
        operation(Event.Kind.SYNC_DIRECTORY, "", 0, 0);
        nameChanges.clear();
        durableNames = new TreeMap<>(names);
    }

    @Override
    public synchronized long usableBytes() throws IOException {
        requirePower();
        return Math.max(0, capacity - usedBytes());
    }

    private void force(String name, Content content) throws IOException {
        operation(Event.Kind.FORCE, name, 0, 0);
        while (holding) {
            held++;
            notifyAll();
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IOException(e);
            } finally {
                held--;
            }
        }
        if (forceFailsIn >= 0 && forceFailsIn-- == 0) {
            content.unforced.clear();
            throw new IOException("the force of " + name + " failed");
        }
        for (Write write : content.unforced) {
            content.durable = put(content.durable, write.at(), write.bytes());
        }
        content.unforced.clear();
        if (content.durable.length > content.current.length) {
            content.durable = Arrays.copyOf(content.durable, content.current.length);
        }
    }

    private static byte[] put(byte[] target, long at, byte[] bytes) {
        int end = (int) at + bytes.length;
        byte[] wide = end > target.length ? Arrays.copyOf(target, end) : target;
        System.arraycopy(bytes, 0, wide, (int) at, bytes.length);
        return wide;
    }

    private static final class Content {

        private final List<Write> unforced = new ArrayList<>();
        private byte[] current = new byte[0];
        private byte[] durable = new byte[0];
    }

    private final class OpenFile implements JournalFile {

        private final String name;
        private final Content content;
        private final int openedIn = life;

        OpenFile(String name, Content content) {
            this.name = name;
            this.content = content;
        }

        private void requireAlive() throws IOException {
            requirePower();
            if (openedIn != life) {
                throw new IOException("the process that opened " + name + " is dead");
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (SimulatedDisk.this) {
                requireAlive();
                return content.current.length;
            }
        }

        @Override
        public void write(ByteBuffer source, long at) throws IOException {
            synchronized (SimulatedDisk.this) {
                requireAlive();
                // The write reaches the cache even when the power goes with it.
                byte[] bytes = new byte[source.remaining()];
                source.get(bytes);
                content.unforced.add(new Write(at, bytes));
                content.current = put(content.current, at, bytes);
                operation(Event.Kind.WRITE, name, at, bytes.length);
            }
        }

        @Override
        public void read(ByteBuffer target, long at) throws IOException {
            synchronized (SimulatedDisk.this) {
                requireAlive();
                if (readsFailPerMille > 0 && random.nextInt(1_000) < readsFailPerMille) {
                    throw new IOException(name + " cannot be read at " + at);
                }
                int length = (int) Math.min(target.remaining(), content.current.length - at);
                if (length > 0) {
                    target.put(content.current, (int) at, length);
                }
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (SimulatedDisk.this) {
                requireAlive();
                operation(Event.Kind.TRUNCATE, name, size, 0);
                content.current =
                        Arrays.copyOf(
                                content.current, (int) Math.min(size, content.current.length));
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (SimulatedDisk.this) {
                requireAlive();
                SimulatedDisk.this.force(name, content);
            }
        }

        @Override
        public void close() {
            // Nothing depends on it.
        }
    }
}
