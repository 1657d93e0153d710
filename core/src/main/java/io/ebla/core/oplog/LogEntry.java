package io.ebla.core.oplog;

import io.ebla.core.cluster.TabletId;
import java.util.List;
import java.util.Objects;

/**
 * One entry of one tablet's ordered log. {@code (epoch, index)} names one entry for ever (E1); the
 * index rises by one along the log, the epoch never falls.
 *
 * @param tablet whose log
 * @param epoch the mastership that appended it
 * @param index from 1, without gaps
 * @param previousEpoch the epoch of the entry before it, 0 at the start; a receiver checks it (E6)
 * @param commitHint the highest index known committed when it was appended (L2)
 * @param timestampMillis tablet time, rising along the log (T1)
 * @param kind what it is
 * @param flags 0..65535, reserved: kept as they are read
 * @param origin where the write came from when not from a client of this cluster, "" until then
 * @param principal who asked for it, "" when nobody is authenticated
 * @param mutations what it changes, in order
 */
public record LogEntry(
        TabletId tablet,
        long epoch,
        long index,
        long previousEpoch,
        long commitHint,
        long timestampMillis,
        EntryKind kind,
        int flags,
        String origin,
        String principal,
        List<Mutation> mutations) {

    public LogEntry {
        Objects.requireNonNull(tablet);
        Objects.requireNonNull(kind);
        Objects.requireNonNull(origin);
        Objects.requireNonNull(principal);
        mutations = List.copyOf(mutations);
        if (flags < 0 || flags > 0xFFFF) {
            throw new IllegalArgumentException("flags " + flags + " are not in 0..65535");
        }
        if (epoch <= 0 || index <= 0) {
            throw new IllegalArgumentException("entry (" + epoch + "," + index + ")");
        }
        if (previousEpoch < 0 || previousEpoch > epoch) {
            throw new IllegalArgumentException(
                    "epoch " + epoch + " follows epoch " + previousEpoch);
        }
        if (commitHint < 0 || commitHint >= index) {
            throw new IllegalArgumentException("commit hint " + commitHint + " in entry " + index);
        }
    }

    /** An entry of this cluster's own, without flags. */
    public LogEntry(
            TabletId tablet,
            long epoch,
            long index,
            long previousEpoch,
            long commitHint,
            long timestampMillis,
            EntryKind kind,
            String principal,
            List<Mutation> mutations) {
        this(
                tablet,
                epoch,
                index,
                previousEpoch,
                commitHint,
                timestampMillis,
                kind,
                0,
                "",
                principal,
                mutations);
    }
}
