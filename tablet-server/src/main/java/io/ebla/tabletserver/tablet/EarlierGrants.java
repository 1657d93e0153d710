package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Until when leases may hold that nobody here remembers to have granted (E8): those of the run before, for
 * one lease since this one took the data directory; those of a replica that was open in this run already, for
 * one lease since it is opened again.
 *
 * <p>The run before may have granted for longer than this one does: a file of the data directory says how
 * long, and is shortened only when what was granted by it has run out. Any thread.
 */
final class EarlierGrants {

    static final String FILE = "lease";

    private final Clock clock;
    private final long leaseMillis;
    private final long beforeUntilNanos;
    private final Set<TabletId> opened = new HashSet<>();

    /** Null once the file says what this run grants. */
    private Path outdated;

    /** @param beforeMillis for how long the run before granted; 0 if it is not known to have been longer */
    EarlierGrants(Clock clock, long leaseMillis, long beforeMillis) {
        this.clock = clock;
        this.leaseMillis = leaseMillis;
        beforeUntilNanos = clock.monotonicNanos() + nanos(Math.max(leaseMillis, beforeMillis));
    }

    /**
     * Of a run that has just taken this directory. Nothing is granted before this returns.
     *
     * @throws IllegalStateException if the file is damaged
     */
    static EarlierGrants of(Path directory, Clock clock, long leaseMillis) {
        Path file = directory.resolve(FILE);
        long beforeMillis = Files.exists(file) ? read(file) : 0;
        EarlierGrants earlier = new EarlierGrants(clock, leaseMillis, beforeMillis);
        if (beforeMillis < leaseMillis) {
            write(file, leaseMillis);
        } else if (beforeMillis > leaseMillis) {
            earlier.outdated = file;
        }
        return earlier;
    }

    private static long read(Path file) {
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (NumberFormatException damaged) {
            throw new IllegalStateException(file + " is damaged", damaged);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + file, failure);
        }
    }

    private static void write(Path file, long millis) {
        try {
            DurableFile.write(file, Long.toString(millis).getBytes(StandardCharsets.US_ASCII));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write " + file, failure);
        }
    }

    /** A replica is opened: until when it may be granted what it does not know of. */
    synchronized long untilNanos(TabletId tablet) {
        return opened.add(tablet) ? beforeUntilNanos : clock.monotonicNanos() + nanos(leaseMillis);
    }

    /** Brings the file to what this run grants, when that is due; may wait for a disk. */
    synchronized void settle() {
        if (outdated != null && clock.monotonicNanos() - beforeUntilNanos >= 0) {
            write(outdated, leaseMillis);
            outdated = null;
        }
    }

    private static long nanos(long millis) {
        return millis * 1_000_000L;
    }
}
