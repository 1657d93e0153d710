package io.ebla.metaserver.raft;

import io.ebla.metaserver.cluster.MetaChange;
import io.ebla.metaserver.cluster.MetaGroupCommand;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out, on the leader, the membership change that the metadata asks for, one {@link
 * MembershipChanges.Step} at a time. A step that fails is tried again later, by whoever leads then, until
 * the change has been waited for too long.
 *
 * <p>Runs on one thread and blocks it for seconds at most.
 */
final class MembershipDriver {

    private static final Logger log = LoggerFactory.getLogger(MembershipDriver.class);

    /** A member that does not answer for that long is not going to join: the change is given up. */
    private static final long PATIENCE_MILLIS = TimeUnit.MINUTES.toMillis(10);

    private static final long STEP_MILLIS = 15_000;
    private static final long TRANSFER_MILLIS = 3_000;

    private final RaftMetadataTablet tablet;
    private final RaftServer server;
    private final PeerCalls peerCalls;
    private final LongSupplier wallMillis;
    private final ClientId clientId = ClientId.randomId();
    private long calls;

    MembershipDriver(
            RaftMetadataTablet tablet,
            RaftServer server,
            PeerCalls peerCalls,
            LongSupplier wallMillis) {
        this.tablet = tablet;
        this.server = server;
        this.peerCalls = peerCalls;
        this.wallMillis = wallMillis;
    }

    /** Takes one step; whether another is to follow soon. */
    boolean step(RaftGroupId group, MetaChange change) {
        try {
            RaftServer.Division division = server.getDivision(group);
            MembershipChanges changes = new MembershipChanges(peerCalls, group);
            MembershipChanges.Step next =
                    change.kind() == MetaChange.Kind.ADD
                            ? changes.add(division.getRaftConf(), change.member(), change.address())
                            : changes.remove(
                                    division.getRaftConf(), server.getId(), change.member());
            log.info(
                    "event=meta_change operation={} member={} step={}",
                    change.operation(),
                    change.member(),
                    next);
            return take(next, division, changes, change);
        } catch (IOException unanswered) {
            log.info(
                    "event=meta_change_waits operation={} member={} cause=\"{}\"",
                    change.operation(),
                    change.member(),
                    unanswered.getMessage());
            giveUpWhenLate(change, unanswered.getMessage());
            return false;
        }
    }

    private boolean take(
            MembershipChanges.Step next,
            RaftServer.Division division,
            MembershipChanges changes,
            MetaChange change)
            throws IOException {
        if (next instanceof MembershipChanges.Step.Configure configure) {
            configure(division, configure);
            return true;
        } else if (next instanceof MembershipChanges.Step.StepAside aside) {
            await(
                    server.transferLeadershipAsync(
                            new TransferLeadershipRequest(
                                    clientId,
                                    server.getId(),
                                    division.getMemberId().getGroupId(),
                                    ++calls,
                                    aside.successor(),
                                    TRANSFER_MILLIS)));
            return false;
        } else if (next instanceof MembershipChanges.Step.Impossible impossible) {
            end(change, MetaChange.State.ABORTED, impossible.why());
            return false;
        }
        end(change, MetaChange.State.DONE, "");
        if (change.kind() == MetaChange.Kind.REMOVE) {
            tellRemoved(changes, change);
        }
        return false;
    }

    private static void tellRemoved(MembershipChanges changes, MetaChange change) {
        try {
            changes.removed(change.member(), change.address());
        } catch (IOException silent) {
            log.info(
                    "event=meta_removed_untold member={} cause=\"{}\"",
                    change.member(),
                    silent.getMessage());
        }
    }

    private void configure(RaftServer.Division division, MembershipChanges.Step.Configure configure)
            throws IOException {
        SetConfigurationRequest.Arguments arguments =
                SetConfigurationRequest.Arguments.newBuilder()
                        .setServersInNewConf(configure.voters())
                        .setListenersInNewConf(configure.listeners())
                        .setServersInCurrentConf(
                                List.copyOf(division.getRaftConf().getCurrentPeers()))
                        .setListenersInCurrentConf(listeners(division))
                        .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                        .build();
        await(
                server.setConfigurationAsync(
                        new SetConfigurationRequest(
                                clientId,
                                server.getId(),
                                division.getMemberId().getGroupId(),
                                ++calls,
                                arguments)));
    }

    private static List<RaftPeer> listeners(RaftServer.Division division) {
        return List.copyOf(
                division.getRaftConf()
                        .getCurrentPeers(org.apache.ratis.proto.RaftProtos.RaftPeerRole.LISTENER));
    }

    private static void await(CompletableFuture<RaftClientReply> reply) throws IOException {
        try {
            RaftClientReply answer = reply.get(STEP_MILLIS, TimeUnit.MILLISECONDS);
            if (!answer.isSuccess()) {
                throw new IOException("refused: " + answer.getException());
            }
        } catch (ExecutionException | TimeoutException failed) {
            throw new IOException("the step did not end well: " + failed, failed);
        } catch (InterruptedException ending) {
            Thread.currentThread().interrupt();
            throw new IOException("this member ends", ending);
        }
    }

    private void giveUpWhenLate(MetaChange change, String why) {
        if (wallMillis.getAsLong() - change.startedAt() > PATIENCE_MILLIS) {
            end(change, MetaChange.State.ABORTED, why);
        }
    }

    private void end(MetaChange change, MetaChange.State how, String detail) {
        tablet.submit(
                        new MetaGroupCommand.End(
                                change.operation(), how, detail, wallMillis.getAsLong()))
                .whenComplete(
                        (verdict, failure) -> {
                            if (failure != null) {
                                log.info("event=meta_change_unended cause=\"{}\"", "" + failure);
                            }
                        });
    }
}
