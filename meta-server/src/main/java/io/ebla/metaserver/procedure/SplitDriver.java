package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeApi.SplitResult;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries splits through: asks the master of whatever epoch the tablet is at for what the phase wants, and
 * writes down what it says. The children take the parent's place as replicas report them; what is left of that
 * to this is the case that the reports came before a master did.
 *
 * <p>Nothing is remembered that matters: who takes over the lead asks again, and whoever is asked answers from
 * the tablet's log. Confined to the leader's thread.
 */
final class SplitDriver {

    private static final Logger log = LoggerFactory.getLogger(SplitDriver.class);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    /** A split that has not come by then is cancelled. */
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(60);

    /** What was asked last for a split: not again before its answer, or before a pause is over. */
    private record Asked(Phase phase, long epoch, long notBeforeNanos) {}

    private final MetadataTablet metadata;
    private final NodeNetwork network;
    private final Clock clock;
    private final Executor thread;
    private final Runnable again;
    private final Map<String, Asked> asked = new HashMap<>();
    private long reign;

    SplitDriver(
            MetadataTablet metadata,
            NodeNetwork network,
            Clock clock,
            Executor thread,
            Runnable again) {
        this.metadata = metadata;
        this.network = network;
        this.clock = clock;
        this.thread = thread;
        this.again = again;
    }

    void abandon() {
        reign++;
        asked.clear();
    }

    void turn(ClusterState state) {
        asked.keySet().retainAll(state.splits().keySet());
        for (SplitOperation split : state.splits().values()) {
            if (!split.phase().ended()) {
                turn(state, split);
            }
        }
    }

    private void turn(ClusterState state, SplitOperation split) {
        TabletDescriptor tablet = state.tablets().get(split.tablet());
        if (tablet == null || tablet.master() == null) {
            return;
        }
        NodeDescriptor master = state.nodes().get(tablet.master().node());
        if (master == null || !isDue(split, tablet.epoch())) {
            return;
        }
        asked.put(split.id(), new Asked(split.phase(), tablet.epoch(), Long.MAX_VALUE));
        boolean late = clock.wallMillis() - split.startedAtMillis() > PATIENCE_MILLIS;
        switch (split.phase()) {
            case CHOOSING -> {
                if (late) {
                    step(split, Phase.ABORTED, "", "nobody could tell the middle in time");
                } else {
                    askKey(state, split, master);
                }
            }
            case SPLITTING -> {
                if (late) {
                    step(split, Phase.CANCELLING, "", "it took too long");
                } else {
                    ask(state, split, tablet, master, false);
                }
            }
            case CANCELLING -> ask(state, split, tablet, master, true);
            case SPLIT -> {
                if (split.isReady(tablet)) {
                    submit(split, new SplitCommand.Swap(split.id(), clock.wallMillis()));
                } else {
                    ask(state, split, tablet, master, false);
                }
            }
            default -> throw new IllegalStateException("split " + split + " has ended");
        }
    }

    private boolean isDue(SplitOperation split, long epoch) {
        Asked last = asked.get(split.id());
        return last == null
                || last.phase() != split.phase()
                || last.epoch() != epoch
                || last.notBeforeNanos() != Long.MAX_VALUE
                        && clock.monotonicNanos() - last.notBeforeNanos() >= 0;
    }

    // ---------------------------------------------------------------- what the master is asked

    private void askKey(ClusterState state, SplitOperation split, NodeDescriptor master) {
        NodeApi.AskSplitKey request =
                new NodeApi.AskSplitKey(state.clusterId(), master.id(), split.tablet());
        answered(
                network.splitKey(master, request),
                (answer, failure) -> {
                    if (failure != null || !answer.known()) {
                        pause(split);
                    } else if (answer.atHex() == null) {
                        step(split, Phase.ABORTED, "", "cannot_split: all rows share one pk");
                    } else {
                        step(split, Phase.SPLITTING, answer.atHex(), "");
                    }
                });
    }

    private void ask(
            ClusterState state,
            SplitOperation split,
            TabletDescriptor tablet,
            NodeDescriptor master,
            boolean cancel) {
        NodeApi.Split request =
                new NodeApi.Split(
                        state.clusterId(),
                        master.id(),
                        split.tablet(),
                        tablet.epoch(),
                        split.atHex(),
                        split.low(),
                        split.high(),
                        cancel);
        answered(
                network.split(master, request),
                (answer, failure) -> {
                    SplitResult result = failure == null ? answer.result() : SplitResult.NOT_NOW;
                    if (result == SplitResult.NOT_NOW || split.phase() == Phase.SPLIT) {
                        pause(split);
                    } else if (result == SplitResult.SPLIT && split.phase() == Phase.SPLITTING) {
                        // Replicas that have opened the children are about to say so, and that
                        // says this too: nothing is written that the swap would wait for.
                        pause(split);
                    } else if (result == SplitResult.SPLIT) {
                        step(split, Phase.SPLIT, "", "");
                    } else {
                        step(split, Phase.ABORTED, "", split.detail());
                    }
                });
    }

    private <T> void answered(CompletableFuture<T> call, BiConsumer<T, Throwable> then) {
        long begun = reign;
        call.whenCompleteAsync(
                (answer, failure) -> {
                    if (begun == reign) {
                        then.accept(answer, failure);
                    }
                },
                thread);
    }

    /** The same is asked again after a while. */
    private void pause(SplitOperation split) {
        asked.computeIfPresent(
                split.id(),
                (id, last) ->
                        new Asked(
                                last.phase(), last.epoch(), clock.monotonicNanos() + PAUSE_NANOS));
    }

    // ---------------------------------------------------------------- what is written down

    private void step(SplitOperation split, Phase phase, String atHex, String detail) {
        log.info(
                "event=split_step tablet={} phase={} at={} detail=\"{}\"",
                split.tablet(),
                phase,
                atHex,
                detail);
        submit(split, new SplitCommand.Step(split.id(), phase, atHex, detail, clock.wallMillis()));
    }

    private void submit(SplitOperation split, ClusterCommand command) {
        answered(
                metadata.submit(command),
                (verdict, failure) -> {
                    pause(split);
                    again.run();
                });
    }
}
