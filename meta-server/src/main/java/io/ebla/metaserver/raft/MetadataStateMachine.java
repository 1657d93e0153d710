package io.ebla.metaserver.raft;

import io.ebla.metaserver.cluster.AppliedPhases;
import io.ebla.metaserver.cluster.Change;
import io.ebla.metaserver.cluster.ClusterCodec;
import io.ebla.metaserver.cluster.ClusterRules;
import io.ebla.metaserver.cluster.ClusterState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;

/**
 * Applies committed commands to the {@link ClusterState}, one after the other on Ratis's own thread,
 * and writes it down as a snapshot so that the log before can be freed.
 *
 * <p>The state is read by any thread; it is one immutable value behind a volatile field.
 */
final class MetadataStateMachine extends BaseStateMachine {

    private final ClusterCodec codec = new ClusterCodec();
    private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
    private final Follower follower;
    private volatile ClusterState state;

    /** Who is told of what happens in the group. All of it is called on Ratis's own threads. */
    interface Follower {

        /** This member has become one of that group. */
        void joined(RaftGroupId group);

        /** This member is no longer one of that group, and its log is gone. */
        void left(RaftGroupId group);

        /** The state before and after a command that changed it, in order. */
        void changed(ClusterState before, ClusterState after);

        /** The leader, as this member knows it, or its own right to lead may have changed. */
        void leaderChanged();
    }

    MetadataStateMachine(Follower follower) {
        this.follower = follower;
    }

    /** The applied state. */
    ClusterState state() {
        return state;
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage)
            throws IOException {
        getLifeCycle()
                .startAndTransition(
                        () -> {
                            super.initialize(server, group, raftStorage);
                            storage.init(raftStorage);
                            state = ClusterState.founded(group.getUuid().toString());
                            load();
                        },
                        IOException.class);
        follower.joined(group);
    }

    /** The log is about to be replaced by a snapshot of the leader's. */
    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        ClusterState before = state;
        load();
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.STARTING);
            getLifeCycle().transition(LifeCycle.State.RUNNING);
        }
        follower.changed(before, state);
    }

    private void load() throws IOException {
        SingleFileSnapshotInfo snapshot = storage.loadLatestSnapshot();
        if (snapshot == null) {
            return;
        }
        Path file = snapshot.getFile().getPath();
        if (snapshot.getFile().getFileDigest() != null) {
            MD5FileUtil.verifySavedMD5(file.toFile(), snapshot.getFile().getFileDigest());
        }
        state = codec.decodeState(Files.readAllBytes(file));
        setLastAppliedTermIndex(snapshot.getTermIndex());
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return storage;
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
        LogEntryProto entry = transaction.getLogEntry();
        ByteString bytes = entry.getStateMachineLogEntry().getLogData();
        Change change = ClusterRules.apply(state, codec.decodeCommand(bytes.toByteArray()));
        boolean changed = change.state() != state;
        ClusterState before = state;
        state = change.state();
        updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
        AppliedPhases.pass(before, state);
        if (changed) {
            follower.changed(before, state);
        }
        ByteString verdict = ByteString.copyFrom(codec.encode(change.verdict()));
        return CompletableFuture.completedFuture(Message.valueOf(verdict));
    }

    @Override
    public void notifyLeaderReady() {
        follower.leaderChanged();
    }

    @Override
    public void notifyNotLeader(Collection<TransactionContext> pending) {
        follower.leaderChanged();
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
        follower.leaderChanged();
    }

    @Override
    public void notifyGroupRemove() {
        follower.left(getGroupId());
    }

    /** Written beside, forced, then renamed: a snapshot is whole or not there. */
    @Override
    public long takeSnapshot() throws IOException {
        TermIndex applied = getLastAppliedTermIndex();
        if (applied == null || applied.getIndex() < 0) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        byte[] bytes = codec.encode(state);
        Path file = storage.getSnapshotFile(applied.getTerm(), applied.getIndex()).toPath();
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, bytes);
        DurableFiles.sync(next);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        DurableFiles.sync(file.getParent());
        MD5Hash digest = MD5FileUtil.computeAndSaveMd5ForFile(file.toFile());
        storage.updateLatestSnapshot(
                new SingleFileSnapshotInfo(new FileInfo(file, digest), applied));
        return applied.getIndex();
    }
}
