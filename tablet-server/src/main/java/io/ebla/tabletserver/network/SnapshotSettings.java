package io.ebla.tabletserver.network;

/**
 * The numbers of snapshots between nodes.
 *
 * @param bytesPerSecond what this node sends of snapshots at most, all together
 * @param streamsMax snapshots that this node sends at a time
 * @param viewsMax views that are kept at a time, those being sent included
 * @param keepMillis how long a view is kept for a receiver that was interrupted
 * @param stallMillis without progress after which either end gives a stream up
 */
public record SnapshotSettings(
        long bytesPerSecond, int streamsMax, int viewsMax, long keepMillis, long stallMillis) {

    public static final SnapshotSettings DEFAULTS =
            new SnapshotSettings(64L << 20, 2, 4, 60_000, 30_000);

    public SnapshotSettings {
        if (bytesPerSecond <= 0
                || streamsMax <= 0
                || viewsMax < streamsMax
                || keepMillis <= 0
                || stallMillis <= 0) {
            throw new IllegalArgumentException("no snapshot can be sent with these settings");
        }
    }
}
