package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.tablet.ReplicaSet.Peer;
import java.util.ArrayDeque;
import java.util.Deque;

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

    /** A message under way. */
    private record Sent(long lastIndex, int bytes) {}

    private final Peer peer;
    private final int slot;
    private final Deque<Sent> window = new ArrayDeque<>();
    private State state = State.STREAMING;
    private long next;
    private long commitSent;
    private long commitHeard;
    private long heardNanos;
    private long askedNanos;
    private long readAtNanos;
    private long session;
    private boolean reading;

    /** Watched by anyone. */
    private volatile long matched;

    private volatile long windowBytes;
    private volatile long behindSinceNanos;
    private volatile boolean behind;

    /** @param next the first index it is sent */
    Follower(Peer peer, int slot, long next, long nowNanos) {
        this.peer = peer;
        this.slot = slot;
        this.next = next;
        this.heardNanos = nowNanos;
        this.askedNanos = nowNanos;
        this.readAtNanos = nowNanos;
    }

    /** It goes on in another set. */
    Follower(Peer peer, int slot, Follower before) {
        this(peer, slot, before.next, before.heardNanos);
        state = before.state == State.FENCED ? State.PROBING : before.state;
        next = before.state == State.STREAMING ? before.next : before.matched + 1;
        matched = before.matched;
        commitSent = before.commitSent;
        commitHeard = before.commitHeard;
        window.addAll(before.window);
        windowBytes = before.windowBytes;
        behind = before.behind;
        behindSinceNanos = before.behindSinceNanos;
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
        return next - 1 - matched >= settings.windowEntries()
                || windowBytes >= settings.windowBytes();
    }

    boolean hasUnacknowledged() {
        return next - 1 > matched;
    }

    void sent(long lastIndex, int bytes, long commitIndex) {
        if (lastIndex >= next) {
            next = lastIndex + 1;
            window.add(new Sent(lastIndex, bytes));
            windowBytes += bytes;
        }
        commitSent = commitIndex;
    }

    void acknowledged(long index) {
        if (index > matched) {
            matched = index;
        }
        if (next <= matched) {
            next = matched + 1;
        }
        while (!window.isEmpty() && window.peek().lastIndex() <= matched) {
            windowBytes -= window.poll().bytes();
        }
    }

    /** What is under way counts as lost: it is sent what follows an index it is known to have. */
    void rewind(long lastIndexHeld) {
        next = Math.max(lastIndexHeld, matched) + 1;
        window.clear();
        windowBytes = 0;
        commitSent = 0;
        session++;
        reading = false;
    }

    void heard(long nowNanos) {
        heardNanos = nowNanos;
        askedNanos = nowNanos;
    }

    void asked(long nowNanos) {
        askedNanos = nowNanos;
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

    /** Keeps since when it has been behind the commit index. */
    void judge(long committedIndex, long nowNanos) {
        boolean now = matched < committedIndex;
        if (now && !behind) {
            behindSinceNanos = nowNanos;
        }
        behind = now;
    }

    /** For how long it has been behind. Any thread. */
    long lagMillis(long nowNanos) {
        return behind ? Math.max(0, (nowNanos - behindSinceNanos) / 1_000_000) : 0;
    }
}
