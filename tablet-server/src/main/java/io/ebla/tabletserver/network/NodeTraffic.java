package io.ebla.tabletserver.network;

import io.ebla.core.cluster.NodeId;
import java.util.concurrent.atomic.LongAdder;

/** What has gone to and come from one node since this process started. Any thread. */
public final class NodeTraffic {

    private final NodeId node;
    private final LongAdder sentMessages = new LongAdder();
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder receivedMessages = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder snapshotSentBytes = new LongAdder();
    private final LongAdder snapshotReceivedBytes = new LongAdder();

    NodeTraffic(NodeId node) {
        this.node = node;
    }

    void sent(int messages, long bytes) {
        sentMessages.add(messages);
        sentBytes.add(bytes);
    }

    void received(int messages, long bytes) {
        receivedMessages.add(messages);
        receivedBytes.add(bytes);
    }

    void dropped(int messages) {
        dropped.add(messages);
    }

    void snapshotSent(long bytes) {
        snapshotSentBytes.add(bytes);
    }

    void snapshotReceived(long bytes) {
        snapshotReceivedBytes.add(bytes);
    }

    public NodeId node() {
        return node;
    }

    public long sentMessages() {
        return sentMessages.sum();
    }

    public long sentBytes() {
        return sentBytes.sum();
    }

    public long receivedMessages() {
        return receivedMessages.sum();
    }

    public long receivedBytes() {
        return receivedBytes.sum();
    }

    /** Messages to it that were not sent: its queue was full, or its connection broken. */
    public long droppedMessages() {
        return dropped.sum();
    }

    /** Of chunks of snapshots, those sent again included. */
    public long snapshotSentBytes() {
        return snapshotSentBytes.sum();
    }

    public long snapshotReceivedBytes() {
        return snapshotReceivedBytes.sum();
    }
}
