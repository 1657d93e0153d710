package io.ebla.metaserver.raft;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** How Ratis is set up for a log of few, small entries: little memory, quick elections, freed often. */
final class RatisProperties {

    /** The longest command. */
    static final int ENTRY_MAX_BYTES = 2 << 20;

    private static final SizeInBytes SEGMENT = SizeInBytes.valueOf("4MB");
    private static final SizeInBytes PREALLOCATED = SizeInBytes.valueOf("256KB");
    private static final SizeInBytes SEGMENT_CACHE = SizeInBytes.valueOf("8MB");
    private static final SizeInBytes ENTRY = SizeInBytes.valueOf(ENTRY_MAX_BYTES + 1024);
    private static final int SNAPSHOTS_KEPT = 2;

    /** What one member may take to answer another about groups; such calls are rare and repeated. */
    private static final int CALL_MILLIS = 2_000;

    private RatisProperties() {}

    /** For the calls of one member to another that are not Raft's own. */
    static RaftProperties ofCalls() {
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(properties, millis(CALL_MILLIS));
        return properties;
    }

    static RaftProperties of(RaftSettings settings, Path log) {
        RaftProperties properties = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(properties, List.of(log.toFile()));
        RaftServerConfigKeys.setStorageFreeSpaceMin(properties, SizeInBytes.valueOf("1MB"));
        // A process that was stopped for a while goes on afterwards; it must not end itself.
        RaftServerConfigKeys.setCloseThreshold(properties, TimeDuration.valueOf(7, TimeUnit.DAYS));
        elections(properties, settings);
        log(properties, settings);
        transport(properties, settings);
        return properties;
    }

    private static void transport(RaftProperties properties, RaftSettings settings) {
        if (alone(settings)) {
            RaftConfigKeys.Rpc.setType(properties, new LoneMemberRpc());
            return;
        }
        GrpcConfigKeys.Server.setHost(properties, settings.host());
        GrpcConfigKeys.Server.setPort(properties, settings.port());
    }

    private static boolean alone(RaftSettings settings) {
        return settings.peers().isEmpty();
    }

    private static void elections(RaftProperties properties, RaftSettings settings) {
        TimeDuration min = millis(settings.electionTimeoutMillis());
        TimeDuration max = millis(2 * settings.electionTimeoutMillis());
        RaftServerConfigKeys.Rpc.setTimeoutMin(properties, min);
        RaftServerConfigKeys.Rpc.setTimeoutMax(properties, max);
        // Alone nobody else can stand, or be disturbed; in a group of one it is the same until it
        // grows.
        boolean quick = settings.peers().size() <= 1;
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, quick ? millis(1) : min);
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, quick ? millis(2) : max);
        RaftServerConfigKeys.LeaderElection.setPreVote(properties, !alone(settings));
        // A member is a listener first and has the whole log when it gets its vote.
        RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(properties, true);
    }

    private static void log(RaftProperties properties, RaftSettings settings) {
        RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SEGMENT);
        RaftServerConfigKeys.Log.setPreallocatedSize(properties, PREALLOCATED);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, SEGMENT_CACHE);
        RaftServerConfigKeys.Log.setWriteBufferSize(
                properties, SizeInBytes.valueOf(ENTRY.getSize() + 8));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, ENTRY);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
        RaftServerConfigKeys.Log.setPurgeGap(properties, Math.max(1, settings.snapshotAfter() / 2));
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, settings.snapshotAfter());
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, SNAPSHOTS_KEPT);
        // Replaying a short log is quicker than writing a snapshot while somebody waits for the
        // end.
        RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
    }

    private static TimeDuration millis(int count) {
        return TimeDuration.valueOf(count, TimeUnit.MILLISECONDS);
    }
}
