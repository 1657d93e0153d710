package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeApi.FenceAnswer;
import io.ebla.core.cluster.NodeApi.FenceResult;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Fences that wait for their answer (E4, E7, E8): the promise durable, and with it all that was appended
 * before; the last grant run out; a whole lease passed since the process began, for nobody knows what the
 * run before it granted. Writer only; bounded by refusing the oldest.
 */
final class Fences {

    private static final int WAITING_MAX = 16;

    private record Waiting(long epoch, CompletableFuture<FenceAnswer> answer) {}

    private final TabletId tablet;
    private final LogEnd log;
    private final Promises promises;
    private final Grant grant;
    private final TabletTime time;
    private final long firstAnswerNanos;
    private final List<Waiting> waiting = new ArrayList<>();

    Fences(ReplicaState state) {
        this.tablet = state.parts().tablet();
        this.log = state.log();
        this.promises = state.promises();
        this.grant = state.parts().grant();
        this.time = state.parts().time();
        this.firstAnswerNanos = state.parts().firstFenceNanos();
    }

    void add(long epoch, CompletableFuture<FenceAnswer> answer) {
        if (waiting.size() >= WAITING_MAX) {
            waiting.remove(0).answer().complete(none(FenceResult.NOT_NOW));
        }
        waiting.add(new Waiting(epoch, answer));
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Answers those whose time has come. */
    void answer(ReplicaSet set, long committedIndex, long nowNanos) {
        for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
            Waiting fence = each.next();
            if (promises.accepted() > fence.epoch()) {
                each.remove();
                fence.answer()
                        .complete(answer(FenceResult.REFUSED, set.self().id(), committedIndex));
            } else if (promises.failure() != null) {
                each.remove();
                fence.answer().complete(none(FenceResult.NOT_NOW));
            } else if (promises.isDurable(fence.epoch())
                    && log.appendsInFlight() == 0
                    && (set.isAlone() || nowNanos - firstAnswerNanos >= 0)
                    && grant.ranOut(nowNanos)) {
                each.remove();
                time.raise(grant.shownBefore(fence.epoch(), null));
                fence.answer()
                        .complete(answer(FenceResult.FENCED, set.self().id(), committedIndex));
            }
        }
    }

    /** Ends them all: this replica can answer nothing. */
    void end(FenceResult result) {
        for (Waiting fence : waiting) {
            fence.answer().complete(none(result));
        }
        waiting.clear();
    }

    FenceAnswer none(FenceResult result) {
        return new FenceAnswer(tablet, result, null, 0, 0, 0, 0, 0);
    }

    /** A higher epoch, or this very one, has begun here. */
    FenceAnswer refused(ReplicaSet set, long committedIndex) {
        return answer(FenceResult.REFUSED, set.self().id(), committedIndex);
    }

    /** The log holds nothing that is not durable while nothing is in flight. */
    private FenceAnswer answer(FenceResult result, ReplicaId replica, long committedIndex) {
        return new NodeApi.FenceAnswer(
                tablet,
                result,
                replica,
                promises.accepted(),
                log.head().lastEpoch(),
                log.head().lastIndex(),
                committedIndex,
                time.floorMillis());
    }
}
