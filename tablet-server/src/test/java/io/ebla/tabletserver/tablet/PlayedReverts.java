package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.tablet.PendingEntry.PendingRow;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;

/** Masters that take writes back without one of the rules for it (W5), played. */
final class PlayedReverts {

    private PlayedReverts() {}

    private static EblaException reverted() {
        return new EblaException(ErrorCode.ACK_TIMEOUT, "taken back").withOutcome(Outcome.REVERTED);
    }

    /** Keeps the good answer to a write that may be taken back, and takes it back in the end. */
    static final class TakesBackAlways extends PlayedTablet {

        TakesBackAlways(GroupNode node, RowTablet real) {
            super(node, real);
        }

        @Override
        public void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
            if (!request.revertOnTimeout() || request.idempotency() != null) {
                real.write(request, replyOn, reply);
                return;
            }
            RowKey key = request.operations().get(0).key();
            Optional<Row> before = node.store().get(key);
            real.write(
                    request,
                    replyOn,
                    (result, failure) -> {
                        if (failure != null || before.isEmpty()) {
                            reply.complete(result, failure);
                            return;
                        }
                        long left = request.deadlineNanos() - node.clock.monotonicNanos();
                        node.later(left, () -> takeBack(before.get(), replyOn, reply));
                    });
        }

        private void takeBack(Row before, Executor replyOn, Reply<WriteResult> reply) {
            WriteRequest back =
                    new WriteRequest(
                            List.of(
                                    new RowOperation.Put(
                                            before.key(),
                                            before.value(),
                                            before.contentType(),
                                            0,
                                            RowCondition.ALWAYS)),
                            WriteRequest.QUORUM,
                            node.clock.monotonicNanos() + 500 * Timeline.MILLI,
                            "",
                            null,
                            null);
            real.write(
                    back,
                    replyOn,
                    (result, failure) ->
                            reply.complete(
                                    null,
                                    failure == null
                                            ? reverted()
                                            : failure.withOutcome(Outcome.UNKNOWN)));
        }
    }

    /** Has the writer of a node see rows that are to be taken back as if nothing had changed them since. */
    static final class LaterRows {
        /** Of all lives, which are several threads'; what is in it is one's. */
        private static final Map<GroupNode, LaterRows> ALL =
                Collections.synchronizedMap(new WeakHashMap<>());

        private record Mine(PendingRow row, long deadlineNanos) {}

        private final WeakReference<GroupNode> node;
        private final List<Mine> rows = new ArrayList<>();

        private LaterRows(GroupNode node) {
            this.node = new WeakReference<>(node);
        }

        static LaterRows of(GroupNode node) {
            return ALL.computeIfAbsent(node, LaterRows::new);
        }

        private Overlay overlay() {
            return node.get().tablet().parts().overlay();
        }

        void remember(WriteRequest request) {
            PendingRow row = overlay().get(request.operations().get(0).key());
            if (row != null
                    && !row.entry.isRevert()
                    && row.entry.entry().principal().equals(request.principal())) {
                rows.add(new Mine(row, request.deadlineNanos()));
            }
        }

        /** For the one turn in which the deadline is seen to have passed. */
        void hide() {
            if (node.get().tablet() == null) {
                return;
            }
            long now = node.get().clock.monotonicNanos();
            long applied = node.get().tablet().pipeline().applied().index();
            rows.removeIf(mine -> mine.row().entry.index() <= applied);
            for (Mine mine : rows) {
                PendingRow last = overlay().get(mine.row().key);
                if (now - mine.deadlineNanos() >= 0
                        && last != null
                        && last.entry.index() > mine.row().entry.index()
                        && !last.entry.isRevert()) {
                    show(mine.row());
                    node.get().later(60_000, () -> restore(mine.row(), last));
                }
            }
        }

        private void restore(PendingRow mine, PendingRow last) {
            if (overlay().get(mine.key) == mine) {
                show(last);
            }
        }

        private void show(PendingRow row) {
            overlay().put(row);
            row.previous = null;
        }
    }

    /** Says that a write is taken back as soon as the entry that does it is appended. */
    static final class RevertsTooEarly extends PlayedTablet {

        RevertsTooEarly(GroupNode node, RowTablet real) {
            super(node, real);
        }

        @Override
        public void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
            boolean[] told = new boolean[1];
            real.write(
                    request,
                    replyOn,
                    (result, failure) -> {
                        if (!told[0]) {
                            told[0] = true;
                            reply.complete(result, failure);
                        }
                    });
            if (request.revertOnTimeout()) {
                look(request, 200, told, reply);
            }
        }

        private void look(
                WriteRequest request, int times, boolean[] told, Reply<WriteResult> reply) {
            RowKey key = request.operations().get(0).key();
            PendingRow last = node.tablet().parts().overlay().get(key);
            if (last != null
                    && last.entry.isRevert()
                    && last.entry.entry().principal().equals(request.principal())
                    && !told[0]) {
                told[0] = true;
                reply.complete(null, reverted());
            } else if (!told[0] && times > 0) {
                node.later(Timeline.MILLI, () -> look(request, times - 1, told, reply));
            }
        }
    }
}
