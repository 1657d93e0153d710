package io.ebla.tabletserver.tablet;

import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.Bytes;
import io.ebla.core.oplog.IdempotencyId;
import io.ebla.tabletserver.routing.ForwardingRule;
import io.ebla.tabletserver.tablet.GroupLedger.Write;
import java.util.List;

/**
 * One write as its caller sees it: a forwarder tries it where it may be served, and repeats it as the rule of
 * forwarding allows (W6). Several attempts may be under way; it ends with the first good answer, or when all
 * have failed.
 */
final class ClientWrite {

    private static final int ATTEMPTS_MAX = 6;
    private static final long LOST_AFTER_MILLIS = 300;

    /**
     * What is written.
     *
     * @param name unique, with the value of the first operation behind a colon
     * @param expires whether its rows may expire
     */
    record What(
            String name,
            List<RowOperation> operations,
            int copies,
            boolean revertOnTimeout,
            boolean idempotent,
            boolean expires,
            long timeoutMillis) {}

    private final GroupClient client;
    private final LocalGroup group;
    private final What what;
    private final Write write;
    private int attempts;
    private int underWay;
    private boolean lost;
    private EblaException certain;
    private boolean ended;
    private boolean refused;

    ClientWrite(GroupClient client, LocalGroup group, What what, Write write) {
        this.client = client;
        this.group = group;
        this.what = what;
        this.write = write;
    }

    /** The same request once more, unless its caller was told that it never happened. */
    void again(GroupNode node) {
        if (!refused) {
            attempt(node);
        }
    }

    /** Tries it at a node, or where the row is by now. */
    void attempt(GroupNode asked) {
        attempts++;
        underWay++;
        GroupNode node = client.route(asked, write.key);
        Tablet tablet = client.tablet(node, write.key);
        if (tablet == null) {
            failed(
                    null,
                    new EblaException(ErrorCode.NO_MASTER, "down")
                            .withOutcome(Outcome.NOT_APPLIED));
            return;
        }
        WriteRequest request = request(node);
        long floor = client.judge().log().lastIndex(write.key);
        boolean[] answered = new boolean[1];
        group.tampering()
                .clients(node, tablet)
                .write(
                        request,
                        node.whileThisRunLives(),
                        (result, failure) -> {
                            if (!answered[0]) {
                                answered[0] = true;
                                if (failure != null
                                        && failure.code() == ErrorCode.CONDITION_FAILED) {
                                    client.refused(write, floor);
                                }
                                answered(node, request, result, failure);
                            }
                        });
        group.after(
                (what.timeoutMillis() * (what.revertOnTimeout() ? 2 : 1) + LOST_AFTER_MILLIS)
                        * Timeline.MILLI,
                () -> {
                    if (!answered[0]) {
                        answered[0] = true;
                        failed(request, ForwardingRule.lost(node.id));
                    }
                });
    }

    private WriteRequest request(GroupNode node) {
        return new WriteRequest(
                what.operations(),
                what.copies(),
                what.revertOnTimeout(),
                group.deadline(node, what.timeoutMillis()),
                what.name(),
                what.idempotent()
                        ? new IdempotencyId(
                                what.operations().get(0).key().pk(), "", "k-" + what.name())
                        : null,
                what.idempotent() ? Bytes.utf8("print of " + what.name()) : null);
    }

    private void answered(
            GroupNode node, WriteRequest request, WriteResult result, EblaException failure) {
        if (failure != null) {
            failed(request, failure);
            return;
        }
        underWay--;
        client.wrote(node, what, result);
        if (!ended) {
            ended = true;
            Answers<WriteResult> answer = new Answers<>();
            answer.complete(result, null);
            client.ended(write, answer);
        }
    }

    private void failed(WriteRequest request, EblaException failure) {
        underWay--;
        Outcome known = failure.outcome().orElse(Outcome.UNKNOWN);
        lost |= known == Outcome.UNKNOWN;
        if (known == Outcome.REVERTED) {
            client.reverted(what);
        }
        if (known != Outcome.UNKNOWN && known != Outcome.NOT_APPLIED) {
            certain = failure;
        }
        if (ended) {
            return;
        }
        if (attempts < ATTEMPTS_MAX && (request == null || mayRepeat(request, failure))) {
            underWay++;
            group.after(
                    client.pauseNanos(),
                    () -> {
                        underWay--;
                        attempt(client.whomToAsk());
                    });
        } else if (underWay == 0) {
            ended = true;
            refused = !lost && known == Outcome.NOT_APPLIED && certain == null;
            Answers<WriteResult> answer = new Answers<>();
            answer.complete(null, told(failure, known));
            client.ended(write, answer);
        }
    }

    /** What is known of the write as a whole, whatever the last attempt says of itself. */
    private EblaException told(EblaException failure, Outcome known) {
        if (certain != null) {
            return certain;
        }
        return failure.withOutcome(lost && known == Outcome.NOT_APPLIED ? Outcome.UNKNOWN : known);
    }

    private boolean mayRepeat(WriteRequest request, EblaException failure) {
        return group.tampering()
                .mayRepeat(
                        request,
                        failure,
                        ForwardingRule.mayRepeat(group.descriptor(), request, failure));
    }
}
