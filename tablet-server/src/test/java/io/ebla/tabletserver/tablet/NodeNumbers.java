package io.ebla.tabletserver.tablet;

import io.ebla.tabletserver.oplog.OplogSettings;

/** How large and patient the journal and the stores of a {@link GroupNode} are. */
final class NodeNumbers {

    private static final OplogSettings JOURNAL =
            OplogSettings.defaults()
                    .withSegmentBytes(64 << 10)
                    .withGroupBytes(16 << 10)
                    .withRetentionBytes(192 << 10)
                    .withFreeSpace(48 << 10, 10);

    /** For those who are sent more than an entry or a few at a time. */
    private static final OplogSettings ROOMY =
            OplogSettings.defaults().withSegmentBytes(256 << 10).withFreeSpace(0, 10);

    private static final OplogSettings TIGHT = JOURNAL.withQueue(12, 2_000);

    /** Stores are flushed when little is logged behind them, or nothing happens for a moment. */
    private static final HostSettings FLUSHING =
            new HostSettings(
                    TabletSettings.DEFAULTS, 2, 4, 10_000, 10, 10, 128 << 10, 40, 10_000, 3_000);

    private NodeNumbers() {}

    /** Whether every queue is short. */
    static boolean areTight(LocalGroup group) {
        return group.settings().mailboxOperations() < 100;
    }

    static OplogSettings journal(LocalGroup group) {
        return areTight(group)
                ? TIGHT
                : group.replication().readBytes() > 16 << 10 ? ROOMY : JOURNAL;
    }

    static HostSettings host(LocalGroup group) {
        return areTight(group) ? FLUSHING : HostSettings.DEFAULTS;
    }
}
