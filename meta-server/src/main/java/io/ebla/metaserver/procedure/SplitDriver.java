package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeApi.SplitResult;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.SplitOperation.Phase;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries splits through: asks the master of whatever epoch the tablet is at for what the phase wants, and
 * writes down what it says. The children take the parent's place as replicas report them; what is left of
 * that to this is the case that the reports came before a master did.
 *
 * <p>Nothing is remembered that matters: who takes over the lead asks again, and whoever is asked answers
 * from the tablet's log. Confined to the leader's thread.
 */
final class SplitDriver {

    private static final Logger log = LoggerFactory.getLogger(SplitDriver.class);

    /** Replicas that have not made ready by then are not waited for: the split is not the less right. */
    private static final long READY_MAX_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** So many splits make ready at a time: more are in the way of each other. */
    private static final int READYING_MAX = 8;

    /** How long a master may take to open the children after a majority has, before another is to lead. */
    private static final long LAST_MAX_MILLIS = 1_000;

    /** A middle that has not been told by then is not waited for any longer. */
    private static final long CHOOSING_MAX_MILLIS = TimeUnit.SECONDS.toMillis(60);

    /** A split that has not come by then is cancelled. */
    private static final long SPLITTING_MAX_MILLIS = 2 * CHOOSING_MAX_MILLIS;

    /** What a phase wants, of the master of that epoch. */
    private record Want(String split, Phase phase, long epoch) {}

    private final MetadataTablet metadata;
    private final NodeNetwork network;
    private final Clock clock;
    private final Runnable again;
    private final NextMasters nextMasters;
    private final Lasting<String> masterLast;
    private final Asking<Want> asking;

    /** Splits whose replicas were asked to make ready. */
    private final Set<String> readied = new HashSet<>();

    /** Those of them whose replicas have not answered yet, and until when they are waited for. */
    private final Map<String, Long> readying = new HashMap<>();

    SplitDriver(
            MetadataTablet metadata,
            NodeNetwork network,
            Clock clock,
            Executor thread,
            Runnable again,
            Supplier<String> ids) {
        this.metadata = metadata;
        this.network = network;
        this.clock = clock;
        this.asking = new Asking<>(clock, thread);
        this.again = again;
        this.nextMasters = new NextMasters(ids, clock);
        this.masterLast = new Lasting<>(clock);
    }

    void abandon() {
        asking.abandon();
        readied.clear();
        readying.clear();
        masterLast.clear();
    }

    /**
     * @param grace whether nothing is to be begun now: splits for which writes have stopped go on, by what
     *     the log
     *     and the reports say, and whoever masters the tablet stays
     */
    void turn(ClusterState state, boolean grace) {
        asking.retain(want -> runs(state, want.split()));
        readied.retainAll(state.splits().keySet());
        readying.keySet().retainAll(state.splits().keySet());
        long nowNanos = clock.monotonicNanos();
        readying.values().removeIf(untilNanos -> nowNanos - untilNanos >= 0);
        boolean none = state.splits().values().stream().allMatch(each -> each.phase().ended());
        if (none) {
            masterLast.clear();
            return;
        }
        for (SplitOperation split : state.splits().values()) {
            boolean paused = split.phase() == Phase.SPLIT || split.phase() == Phase.CANCELLING;
            if (paused || !grace && !split.phase().ended()) {
                turn(state, split, grace);
            }
        }
    }

    private static boolean runs(ClusterState state, String id) {
        SplitOperation split = state.splits().get(id);
        return split != null && !split.phase().ended();
    }

    private void turn(ClusterState state, SplitOperation split, boolean grace) {
        TabletDescriptor tablet = state.tablets().get(split.tablet());
        if (tablet == null) {
            return;
        }
        Want want = new Want(split.id(), split.phase(), tablet.epoch());
        if (!asking.isDue(want)) {
            return;
        }
        if (isOverdue(split)) {
            asking.begin(want);
            giveUp(want, split);
            return;
        }
        NodeDescriptor master =
                tablet.master() == null ? null : state.nodes().get(tablet.master().node());
        if (master == null) {
            return;
        }
        asking.begin(want);
        switch (split.phase()) {
            case CHOOSING -> askKey(want, state, split, master);
            case SPLITTING -> {
                if (readied.contains(split.id())) {
                    ask(want, state, split, tablet, master, false);
                } else if (readying.size() < READYING_MAX) {
                    makeReady(want, state, split, tablet);
                } else {
                    asking.end(want); // its turn comes when another one is ready
                }
            }
            case CANCELLING -> ask(want, state, split, tablet, master, true);
            case SPLIT -> {
                if (split.isReady(tablet)) {
                    submit(want, new SplitCommand.Swap(split.id(), clock.wallMillis()));
                } else if (masterIsLast(split, tablet)
                        && !grace
                        && state.handOverOf(tablet.id()).isEmpty()) {
                    submit(want, handOver(split, tablet));
                } else {
                    ask(want, state, split, tablet, master, false);
                }
            }
            default -> throw new IllegalStateException("split " + split + " has ended");
        }
    }

    /** Also of a tablet that has no master: what waits for one keeps its replicas from being cared for. */
    private boolean isOverdue(SplitOperation split) {
        long millis = clock.wallMillis() - split.startedAtMillis();
        return split.phase() == Phase.CHOOSING && millis > CHOOSING_MAX_MILLIS
                || split.phase() == Phase.SPLITTING && millis > SPLITTING_MAX_MILLIS;
    }

    /** Of the middle nobody else knows; SPLIT may be in the log, which alone can say that it is not (R4). */
    private void giveUp(Want want, SplitOperation split) {
        if (split.phase() == Phase.CHOOSING) {
            step(want, split, Phase.ABORTED, "", "nobody could tell the middle in time");
        } else {
            step(want, split, Phase.CANCELLING, "", "it took too long");
        }
    }

    /**
     * Whether all that is missing is the master, and has been for a while: what keeps it from opening the
     * children may last, and meanwhile nobody serves the range.
     */
    private boolean masterIsLast(SplitOperation split, TabletDescriptor tablet) {
        return !split.openAtMajority(tablet).isEmpty()
                && masterLast.atLeast(split.id() + "@" + tablet.epoch(), LAST_MAX_MILLIS);
    }

    private ClusterCommand handOver(SplitOperation split, TabletDescriptor tablet) {
        String why = "the master does not open the children of its split";
        return nextMasters.handOver(tablet, split.openAtMajority(tablet), why);
    }

    // ---------------------------------------------------------------- what the master is asked

    private void askKey(
            Want want, ClusterState state, SplitOperation split, NodeDescriptor master) {
        NodeApi.AskSplitKey request =
                new NodeApi.AskSplitKey(
                        state.clusterId(), master.id(), split.tablet(), split.byLoad());
        asking.answered(
                network.splitKey(master, request),
                (answer, failure) -> {
                    if (failure != null || !answer.known()) {
                        asking.pause(want);
                    } else if (answer.atHex() == null) {
                        step(want, split, Phase.ABORTED, "", "cannot_split: " + undivided(split));
                    } else {
                        step(want, split, Phase.SPLITTING, answer.atHex(), "");
                    }
                });
    }

    private static String undivided(SplitOperation split) {
        return split.byLoad() ? "too much of the load is on one pk" : "all rows share one pk";
    }

    /**
     * Has all replicas write to their disks what they hold in memory, before any of them must: what is left
     * of that once the log has ended is in the way of the children.
     */
    private void makeReady(
            Want want, ClusterState state, SplitOperation split, TabletDescriptor tablet) {
        long untilNanos = clock.monotonicNanos() + READY_MAX_NANOS;
        asking.begin(want, untilNanos);
        readied.add(split.id());
        readying.put(split.id(), untilNanos);
        List<CompletableFuture<NodeApi.SplitAnswer>> calls = new ArrayList<>();
        for (ReplicaDescriptor replica : tablet.members()) {
            NodeDescriptor node = state.nodes().get(replica.node());
            if (node != null && !replica.lost()) {
                calls.add(
                        network.split(node, request(state, split, node, NodeApi.NO_EPOCH, false)));
            }
        }
        asking.answered(
                CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)),
                (all, failure) -> {
                    readying.remove(split.id());
                    asking.end(want, untilNanos);
                    again.run();
                });
    }

    private static NodeApi.Split request(
            ClusterState state,
            SplitOperation split,
            NodeDescriptor to,
            long epoch,
            boolean cancel) {
        return new NodeApi.Split(
                state.clusterId(),
                to.id(),
                split.tablet(),
                epoch,
                split.atHex(),
                split.low(),
                split.high(),
                cancel);
    }

    private void ask(
            Want want,
            ClusterState state,
            SplitOperation split,
            TabletDescriptor tablet,
            NodeDescriptor master,
            boolean cancel) {
        asking.answered(
                network.split(master, request(state, split, master, tablet.epoch(), cancel)),
                (answer, failure) -> {
                    SplitResult result = failure == null ? answer.result() : SplitResult.NOT_NOW;
                    if (result == SplitResult.NOT_NOW || split.phase() == Phase.SPLIT) {
                        asking.pause(want);
                    } else if (result == SplitResult.SPLIT && split.phase() == Phase.SPLITTING) {
                        // Replicas that have opened the children are about to say so, and that
                        // says this too: nothing is written that the swap would wait for.
                        asking.pause(want);
                    } else if (result == SplitResult.SPLIT) {
                        step(want, split, Phase.SPLIT, "", "");
                    } else {
                        step(want, split, Phase.ABORTED, "", split.detail());
                    }
                });
    }

    // ---------------------------------------------------------------- what is written down

    private void step(Want want, SplitOperation split, Phase phase, String atHex, String detail) {
        log.info(
                "event=split_step tablet={} phase={} at={} detail=\"{}\"",
                split.tablet(),
                phase,
                atHex,
                detail);
        submit(
                want,
                new SplitCommand.Step(
                        split.id(), split.phase(), phase, atHex, detail, clock.wallMillis()));
    }

    private void submit(Want want, ClusterCommand command) {
        asking.answered(
                metadata.submit(command),
                (verdict, failure) -> {
                    asking.pause(want);
                    again.run();
                });
    }
}
