package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.tablet.ReplicaSet.Peer;
import io.ebla.tabletserver.tablet.ReplicationFigures.FollowerFigures;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * One follower as its master sees it: what it holds, what is under way to it, what it gets next. Writer
 * only, but for what is watched.
 */
final class Follower {

    /** What the master does about it. */
    enum State {
        /** It was sent nothing since it was last lost: the next message asks where it stands. */
        PROBING,
        /** It is sent the log as it grows, or read from the oplog, within its window. */
        STREAMING,
        /** It was told to fetch a snapshot, and is asked now and then how far it is. */
        REBUILDING,
        /** It takes nothing now, and is asked now and then. */
        UNABLE,
        /** It promised a higher epoch: nothing of this one will reach it. */
        FENCED
    }

    /** After how long one is asked that was not heard yet: its node may have the map only now. */
    private static final long PATIENCE_FIRST_NANOS = 10_000_000;

    /** A message under way, and when its first entry was stamped. */
    private record Sent(long lastIndex, int bytes, long stampedMillis) {}

    private final Peer peer;
    private final int slot;
    private final boolean learner;
    private final Deque<Sent> window = new ArrayDeque<>();
    private long next;

    /** The first index that is under way at most: what it held before is not known, and is no window. */
    private long first;

    private long commitSent;
    private long commitHeard;
    private long heardNanos;
    private long askedNanos;
    private long patienceNanos = PATIENCE_FIRST_NANOS;
    private long readAtNanos;
    private long session;
    private boolean reading;

    /** Watched by anyone. */
    private volatile State state = State.STREAMING;

    private volatile long matched;
    private volatile long windowBytes;

    /** How many bytes of log this master had appended up to the last entry it was sent, about. */
    private volatile long sentBytes;

    /** When the first entry that it lacks was stamped, 0 while it is known to lack none. */
    private volatile long lackedSinceMillis;

    /**
     * @param next the first index it is sent
     * @param sentBytes bytes of log that were appended before that
     */
    Follower(Peer peer, int slot, boolean learner, long next, long sentBytes, long nowNanos) {
        this.peer = peer;
        this.slot = slot;
        this.learner = learner;
        this.next = next;
        this.first = next;
        this.sentBytes = sentBytes;
        this.heardNanos = nowNanos;
        this.askedNanos = nowNanos;
        this.readAtNanos = nowNanos;
    }

    /** It goes on in another set. */
    Follower(Peer peer, int slot, boolean learner, Follower before) {
        this(peer, slot, learner, before.next, before.sentBytes, before.heardNanos);
        boolean streaming = before.state == State.STREAMING;
        state = before.state == State.FENCED ? State.PROBING : before.state;
        next = streaming || before.matched == 0 ? before.next : before.matched + 1;
        first = streaming ? before.first : next;
        matched = before.matched;
        commitSent = before.commitSent;
        commitHeard = before.commitHeard;
        if (streaming) {
            window.addAll(before.window);
            windowBytes = before.windowBytes;
        }
        lackedSinceMillis = before.lackedSinceMillis;
        patienceNanos = before.patienceNanos;
    }

    Peer peer() {
        return peer;
    }

    NodeId node() {
        return peer.node();
    }

    int slot() {
        return slot;
    }

    State state() {
        return state;
    }

    void state(State now) {
        state = now;
    }

    /** The first index it was not sent. */
    long next() {
        return next;
    }

    /** The last index it acknowledged. Any thread. */
    long matched() {
        return matched;
    }

    long commitSent() {
        return commitSent;
    }

    /** The highest commit index it said it knows: what it was sent may have been lost on the way. */
    long commitHeard() {
        return commitHeard;
    }

    void knowsCommitted(long index) {
        commitHeard = Math.max(commitHeard, index);
    }

    boolean reading() {
        return reading;
    }

    long session() {
        return session;
    }

    /** Bytes under way. */
    long windowBytes() {
        return windowBytes;
    }

    boolean windowFull(ReplicationSettings settings) {
        return next - Math.max(first, matched + 1) >= settings.windowEntries()
                || windowBytes >= settings.windowBytes();
    }

    /** Whether it was not sent all of a log that ends there. */
    boolean hasMore(long appendedIndex) {
        return next <= appendedIndex;
    }

    boolean hasUnacknowledged() {
        return next - 1 > matched;
    }

    /** @param stampedMillis tablet time of the first entry */
    void sent(long lastIndex, int bytes, long stampedMillis) {
        if (lastIndex >= next) {
            next = lastIndex + 1;
            if (window.isEmpty()) {
                lackedSinceMillis = stampedMillis;
            }
            window.add(new Sent(lastIndex, bytes, stampedMillis));
            windowBytes += bytes;
            sentBytes += bytes;
        }
    }

    /** It was sent the whole log, which has so many bytes. */
    void sentAll(long appendedBytes) {
        sentBytes = appendedBytes;
    }

    /** It was told a commit index. */
    void told(long commitIndex) {
        commitSent = commitIndex;
    }

    /** @param bytesPerEntry of the log, about: for entries that it got by another way */
    void acknowledged(long index, long bytesPerEntry) {
        if (index <= matched) {
            return;
        }
        matched = index;
        if (next <= matched) {
            sentBytes += (matched + 1 - next) * bytesPerEntry;
            next = matched + 1;
        }
        while (!window.isEmpty() && window.peek().lastIndex() <= matched) {
            windowBytes -= window.poll().bytes();
        }
        lackedSinceMillis = window.isEmpty() ? 0 : window.peek().stampedMillis();
    }

    /** What is under way counts as lost: it is sent what follows an index it is known to have. */
    void rewind(long lastIndexHeld, long bytesPerEntry) {
        first = Math.max(lastIndexHeld, matched) + 1;
        sentBytes -=
                first == matched + 1 && !window.isEmpty()
                        ? windowBytes
                        : (next - first) * bytesPerEntry;
        next = first;
        window.clear();
        windowBytes = 0;
        commitSent = 0;
        commitHeard = 0; // A process that began anew knows less than it said.
        session++;
        reading = false;
    }

    /**
     * What is under way counts as lost. It is sent what follows that it has acknowledged. As long as it has
     * acknowledged nothing nobody knows what it holds: it is asked at the end of the log, and answers how far
     * its own is the same.
     */
    void lose(long lastIndex, long bytesPerEntry) {
        rewind(matched > 0 ? matched : lastIndex, bytesPerEntry);
    }

    void heard(long nowNanos) {
        heardNanos = nowNanos;
        askedNanos = nowNanos;
        patienceNanos = Long.MAX_VALUE;
    }

    void asked(long nowNanos) {
        askedNanos = nowNanos;
        patienceNanos += Math.min(patienceNanos, Long.MAX_VALUE - patienceNanos);
    }

    /** For how long it may be silent at most; without bound once it was heard. */
    long patienceNanos() {
        return patienceNanos;
    }

    /** For how long it has neither been asked nor heard. */
    long silentNanos(long nowNanos) {
        return nowNanos - askedNanos;
    }

    boolean mayRead(long nowNanos) {
        return !reading && nowNanos - readAtNanos >= 0;
    }

    void reads() {
        reading = true;
    }

    void read(int bytes, long nowNanos, long bytesPerSecond) {
        reading = false;
        readAtNanos = nowNanos + bytes * 1_000_000_000L / bytesPerSecond;
    }

    /** Keeps since when it has been behind the commit index, where nothing under way tells. */
    void judge(long committedIndex, long nowMillis) {
        if (matched < committedIndex && lackedSinceMillis == 0) {
            lackedSinceMillis = nowMillis;
        }
    }

    /** How far it is, against the master's log. Any thread. */
    FollowerFigures figures(
            long appendedIndex, long appendedBytes, long committedIndex, long nowMillis) {
        long held = matched;
        long since = lackedSinceMillis;
        boolean behind = held < committedIndex && since != 0;
        return new FollowerFigures(
                peer.node(),
                state.name().toLowerCase(Locale.ROOT),
                learner,
                held,
                Math.max(0, appendedIndex - held),
                held >= appendedIndex ? 0 : Math.max(0, appendedBytes - sentBytes + windowBytes),
                behind ? Math.max(0, nowMillis - since) : 0,
                windowBytes);
    }
}
