package io.ebla.tabletserver.routing;

import com.google.protobuf.MessageLite;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.key.KeyRange;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.routing.RemoteNode.Loss;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.ReadResult;
import io.ebla.tabletserver.tablet.Reply;
import io.ebla.tabletserver.tablet.RowTablet;
import io.ebla.tabletserver.tablet.TabletScan;
import io.ebla.tabletserver.tablet.WriteAnswer;
import io.ebla.tabletserver.tablet.WriteRequest;
import io.ebla.tabletserver.tablet.WriteResult;
import io.ebla.tabletserver.wire.RowsGrpc;
import io.ebla.tabletserver.wire.RowsWrite;
import io.ebla.tabletserver.wire.RowsWriteAll;
import io.ebla.tabletserver.wire.RowsWritten;
import io.ebla.tabletserver.wire.RowsWrittenAll;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tablet as one other node serves it, asked over gRPC: one attempt at one place, and an honest word of what
 * became of it. The rest of a request's time travels with it; the other node hands nothing on.
 */
final class RemoteTablet implements RowTablet {

    private static final Logger LOG = LoggerFactory.getLogger(RemoteTablet.class);

    /** What a call takes in memory besides its rows. */
    static final long CALL_BYTES = 512;

    private final RemoteNode node;
    private final TabletDescriptor descriptor;

    RemoteTablet(RemoteNode node, TabletDescriptor descriptor) {
        this.node = node;
        this.descriptor = descriptor;
    }

    @Override
    public TabletId id() {
        return descriptor.id();
    }

    @Override
    public KeyRange range() {
        return descriptor.range();
    }

    @Override
    public long nowMillis() {
        return node.clock().wallMillis();
    }

    @Override
    public void write(WriteRequest request, Executor replyOn, Reply<WriteResult> reply) {
        RowsWrite wire;
        try {
            wire = RowsCodec.write(id(), request, remainingMillis(request.deadlineNanos()));
        } catch (EblaException refused) {
            replyOn.execute(() -> reply.complete(null, refused));
            return;
        }
        node.call(
                RowsGrpc.getWriteMethod(),
                "write",
                wire,
                CALL_BYTES + request.sizeBytes(),
                patience(request.deadlineNanos(), request.revertOnTimeout()),
                listener(
                        replyOn,
                        written -> {
                            WriteAnswer answer = RowsCodec.answer(written);
                            return () -> reply.complete(answer.result(), answer.failure());
                        },
                        loss -> reply.complete(null, Losses.ofWrite(node.id(), loss))));
    }

    @Override
    public void writeAll(
            List<WriteRequest> requests, Executor replyOn, Reply<List<WriteAnswer>> reply) {
        RowsWriteAll.Builder wire = RowsWriteAll.newBuilder();
        long bytes = CALL_BYTES;
        long deadlineNanos = requests.get(0).deadlineNanos();
        for (WriteRequest request : requests) {
            wire.addWrites(
                    RowsCodec.write(id(), request, remainingMillis(request.deadlineNanos())));
            bytes += request.sizeBytes();
            if (request.deadlineNanos() - deadlineNanos > 0) {
                deadlineNanos = request.deadlineNanos();
            }
        }
        node.call(
                RowsGrpc.getWriteAllMethod(),
                "write_all",
                wire.build(),
                bytes,
                patience(deadlineNanos, false),
                listener(
                        replyOn,
                        written -> {
                            List<WriteAnswer> answers = answers(written, requests.size());
                            return () -> reply.complete(answers, null);
                        },
                        loss ->
                                reply.complete(
                                        Collections.nCopies(
                                                requests.size(),
                                                new WriteAnswer(
                                                        null, Losses.ofWrite(node.id(), loss))),
                                        null)));
    }

    private static List<WriteAnswer> answers(RowsWrittenAll written, int expected) {
        if (written.getAnswersCount() != expected) {
            throw new IllegalStateException(
                    written.getAnswersCount() + " answers to " + expected + " writes");
        }
        List<WriteAnswer> answers = new ArrayList<>(expected);
        for (RowsWritten answer : written.getAnswersList()) {
            answers.add(RowsCodec.answer(answer));
        }
        return answers;
    }

    @Override
    public void get(
            RowKey key,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<ReadResult> reply) {
        node.call(
                RowsGrpc.getGetMethod(),
                "get",
                RowsCodec.get(id(), key, level, atLeast, remainingMillis(deadlineNanos)),
                CALL_BYTES,
                patience(deadlineNanos, false),
                listener(
                        replyOn,
                        answer -> {
                            RowsCodec.Got got = RowsCodec.got(answer);
                            return () -> reply.complete(got.result(), got.failure());
                        },
                        loss -> reply.complete(null, Losses.ofRead(node.id(), loss))));
    }

    @Override
    public void scan(
            KeyRange wanted,
            boolean descending,
            boolean withValues,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            Executor replyOn,
            Reply<TabletScan> reply) {
        RemoteScan.open(
                node,
                RowsCodec.scan(
                        id(),
                        wanted.intersect(range()),
                        descending,
                        withValues,
                        level,
                        atLeast,
                        remainingMillis(deadlineNanos)),
                patience(deadlineNanos, false),
                replyOn,
                reply);
    }

    private long remainingMillis(long deadlineNanos) {
        return Math.max(0, (deadlineNanos - node.clock().monotonicNanos()) / 1_000_000);
    }

    /** How long the other node's answer is waited for; one that takes back may take twice the time. */
    private long patience(long deadlineNanos, boolean reverts) {
        long left = remainingMillis(deadlineNanos);
        return (reverts ? 2 * left : left) + node.settings().graceMillis();
    }

    /**
     * Reads an answer and delivers it where the caller wants it; what cannot be read is as good as lost.
     *
     * @param then reads an answer, and gives what delivers it
     */
    static <A extends MessageLite> RemoteNode.Listener<A> listener(
            Executor replyOn, Function<A, Runnable> then, Consumer<Loss> otherwise) {
        return new RemoteNode.Listener<>() {
            @Override
            public void answered(A answer) {
                on(replyOn, () -> read(answer).run());
            }

            private Runnable read(A answer) {
                try {
                    return then.apply(answer);
                } catch (RuntimeException unreadable) {
                    LOG.error("event=unreadable_answer", unreadable);
                    return () -> otherwise.accept(Loss.LOST);
                }
            }

            @Override
            public void lost(Loss loss) {
                on(replyOn, () -> otherwise.accept(loss));
            }
        };
    }

    private static void on(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException closed) {
            LOG.debug("an answer found its event loop closed");
        }
    }
}
