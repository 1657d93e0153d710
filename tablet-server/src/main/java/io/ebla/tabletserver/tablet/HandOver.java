package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi.HandedOver;
import io.ebla.core.cluster.NodeId;
import io.ebla.tabletserver.replication.ReplicaMessage;
import java.util.concurrent.CompletableFuture;

/**
 * A planned hand-over (E12): no new write is taken, the target reaches the head, the lease is given up, and
 * everybody is told that their grants are void. Nothing is lost, not even {@code acks=local}. Writer only.
 */
final class HandOver {

    private record UnderWay(
            NodeId target, long deadlineNanos, CompletableFuture<HandedOver> answer) {}

    private final TabletParts parts;
    private final Role role;
    private final LogEnd log;
    private final Applying applying;
    private final Followers followers;
    private final Term term;
    private final Ends ends;
    private UnderWay underWay;

    HandOver(ReplicaState state, Term term, Followers followers, Ends ends) {
        this.parts = state.parts();
        this.role = state.role();
        this.log = state.log();
        this.applying = state.applying();
        this.followers = followers;
        this.term = term;
        this.ends = ends;
    }

    boolean isUnderWay() {
        return underWay != null;
    }

    /** Begins one, or answers why not. */
    void begin(long epoch, NodeId target, CompletableFuture<HandedOver> answer) {
        String refusal = refusal(epoch, target);
        if (refusal != null) {
            answer.complete(new HandedOver(false, refusal));
            return;
        }
        long patience = parts.replication().handOverMillis() * 1_000_000L;
        role.become(TabletState.HANDING_OVER);
        underWay = new UnderWay(target, parts.env().clock().monotonicNanos() + patience, answer);
    }

    private String refusal(long epoch, NodeId target) {
        Follower follower = followers.on(target);
        if (role.state() != TabletState.SERVING
                || term.masterEpoch() != epoch
                || term.isStarting()) {
            return "this replica does not serve epoch " + epoch;
        }
        if (follower == null
                || !ReplicaSet.contains(term.quorum().set().members(), follower.peer().id())) {
            return target + " holds no member";
        }
        return follower.state() == Follower.State.STREAMING ? null : target + " does not follow";
    }

    /** To the member that is nearest, then runs the task: at once if nobody can take over. */
    void beginToBest(Runnable whenDone) {
        Follower best = followers.nearest();
        CompletableFuture<HandedOver> answer = new CompletableFuture<>();
        answer.thenAccept(done -> whenDone.run());
        if (best == null) {
            answer.complete(new HandedOver(false, "nobody follows"));
        } else {
            begin(term.masterEpoch(), best.node(), answer);
        }
    }

    /** Once the target has the whole log and nothing is open, the lease is given up for good. */
    void finish(long nowNanos) {
        if (underWay == null || role.state() != TabletState.HANDING_OVER) {
            return;
        }
        Follower target = followers.on(underWay.target());
        if (target != null
                && target.matched() == log.appendedIndex()
                && applying.inFlight().isEmpty()) {
            giveUp();
        } else if (target == null || nowNanos - underWay.deadlineNanos() >= 0) {
            end("the target did not reach the head in time");
            role.become(TabletState.SERVING);
            parts.env().wake();
        }
    }

    private void giveUp() {
        CompletableFuture<HandedOver> answer = underWay.answer();
        underWay = null;
        long epoch = term.masterEpoch();
        parts.lease().end();
        // Whatever was read under the lease was judged by now, but for the rows that open scans
        // still show.
        long shownMillis = parts.time().nowMillis();
        for (ReplicaSet.Peer peer : term.quorum().set().others()) {
            parts.env()
                    .send(
                            peer.node(),
                            new ReplicaMessage.Released(
                                    parts.tablet(), epoch, peer.id(), shownMillis));
        }
        ends.stepDown(epoch);
        parts.counters().handedOver();
        answer.complete(new HandedOver(true, "epoch " + epoch + " is given up"));
    }

    /** It comes to nothing. */
    void end(String why) {
        if (underWay != null) {
            underWay.answer().complete(new HandedOver(false, why));
            underWay = null;
        }
    }
}
