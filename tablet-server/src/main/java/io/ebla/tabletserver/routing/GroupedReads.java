package io.ebla.tabletserver.routing;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.key.RowKey;
import io.ebla.tabletserver.routing.RemoteNode.Loss;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.ReadResult;
import io.ebla.tabletserver.wire.RowsGetAll;
import io.ebla.tabletserver.wire.RowsGotAll;
import io.ebla.tabletserver.wire.RowsGrpc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;

/**
 * Many reads of one request: those that another node answers go there in one call each, the others are asked
 * one by one, a bounded number at a time.
 *
 * <p>What a call could not answer, because the node is not there or does not serve the tablet any more, is
 * asked one by one too: {@link RoutedTablet} then looks for another place and waits for a master.
 *
 * <p>Of one event loop, where the replies come too.
 */
public final class GroupedReads {

    private static final int IN_FLIGHT_MAX = 64;

    /** How long the node of a group is waited for before its reads are tried elsewhere. */
    private static final long PATIENCE_NANOS = 700_000_000;

    /** Takes each read's reply, in any order. */
    public interface Replies {

        /** @param result null when it failed */
        void replied(int index, ReadResult result, EblaException failure);

        /** Whether replies are still wanted; what has not been asked is left out otherwise. */
        boolean wanted();
    }

    /**
     * What is asked.
     *
     * @param atLeast position of a {@code SESSION} read, else null
     * @param bytesMax bytes of rows beyond which the whole is of no use
     */
    public record Asked(
            List<RowKey> keys,
            ReadLevel level,
            Position atLeast,
            long deadlineNanos,
            long bytesMax) {

        public Asked {
            keys = List.copyOf(keys);
        }
    }

    private final Routing routing;
    private final Asked asked;
    private final List<RoutedTablet> tablets;
    private final Executor eventLoop;
    private final Replies replies;
    private final ArrayDeque<Integer> single = new ArrayDeque<>();
    private int inFlight;
    private boolean asking;

    /** @param tablets of each key */
    GroupedReads(
            Routing routing,
            Asked asked,
            List<RoutedTablet> tablets,
            Executor eventLoop,
            Replies replies) {
        this.routing = routing;
        this.asked = asked;
        this.tablets = tablets;
        this.eventLoop = eventLoop;
        this.replies = replies;
    }

    /** Replies may come before this returns. */
    void start() {
        Map<NodeId, List<Integer>> groups = new TreeMap<>();
        for (int i = 0; i < tablets.size(); i++) {
            NodeId there = tablets.get(i).nodeToAsk(asked.level());
            if (there == null) {
                single.add(i);
            } else {
                groups.computeIfAbsent(there, node -> new ArrayList<>()).add(i);
            }
        }
        groups.forEach(
                (node, group) -> {
                    if (group.size() == 1) {
                        single.addAll(group);
                    } else {
                        ask(node, group);
                    }
                });
        askSingly();
    }

    private void ask(NodeId id, List<Integer> group) {
        RemoteNode node = routing.nodes().node(id);
        long leftNanos = asked.deadlineNanos() - routing.clock().monotonicNanos();
        long millis = Math.max(0, Math.min(leftNanos, PATIENCE_NANOS)) / 1_000_000;
        RowsGetAll.Builder wire = RowsGetAll.newBuilder().setBytesMax(asked.bytesMax());
        long bytes = RemoteTablet.CALL_BYTES;
        for (int index : group) {
            RowKey key = asked.keys().get(index);
            bytes += RemoteTablet.CALL_BYTES / 8 + key.encoded().length();
            wire.addReads(
                    RowsCodec.get(
                            tablets.get(index).id(), key, asked.level(), asked.atLeast(), millis));
        }
        node.call(
                RowsGrpc.getGetAllMethod(),
                "get_all",
                wire.build(),
                bytes,
                millis + node.settings().graceMillis(),
                RemoteTablet.<RowsGotAll>listener(
                        eventLoop, got -> answered(group, got), loss -> lost(id, group, loss)));
    }

    private Runnable answered(List<Integer> group, RowsGotAll got) {
        if (got.getAnswersCount() != group.size()) {
            throw new IllegalStateException(
                    got.getAnswersCount() + " answers to " + group.size() + " reads");
        }
        List<RowsCodec.Got> answers = got.getAnswersList().stream().map(RowsCodec::got).toList();
        return () -> {
            for (int i = 0; i < group.size() && replies.wanted(); i++) {
                RowsCodec.Got answer = answers.get(i);
                if (answer.failure() != null && mayRepeat(answer.failure(), group.get(i))) {
                    single.add(group.get(i));
                } else {
                    replies.replied(group.get(i), answer.result(), answer.failure());
                }
            }
            askSingly();
        };
    }

    /** The wait that ran out there is a part of the request's own, unless that is over too. */
    private boolean mayRepeat(EblaException failure, int index) {
        return Attempts.isElsewhere(tablets.get(index).descriptor(), failure)
                || ReadAttempts.ranOut(failure)
                        && asked.deadlineNanos() - routing.clock().monotonicNanos() > 0;
    }

    private void lost(NodeId node, List<Integer> group, Loss loss) {
        if (loss == Loss.BUSY) {
            group.forEach(
                    index -> {
                        if (replies.wanted()) {
                            replies.replied(index, null, Losses.ofRead(node, loss));
                        }
                    });
        } else {
            single.addAll(group);
        }
        askSingly();
    }

    private void askSingly() {
        if (asking) {
            return;
        }
        asking = true;
        while (replies.wanted() && inFlight < IN_FLIGHT_MAX && !single.isEmpty()) {
            int index = single.poll();
            inFlight++;
            tablets.get(index)
                    .get(
                            asked.keys().get(index),
                            asked.level(),
                            asked.atLeast(),
                            asked.deadlineNanos(),
                            eventLoop,
                            (result, failure) -> {
                                inFlight--;
                                if (replies.wanted()) {
                                    replies.replied(index, result, failure);
                                }
                                askSingly();
                            });
        }
        asking = false;
    }
}
