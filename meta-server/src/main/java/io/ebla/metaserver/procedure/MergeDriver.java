package io.ebla.metaserver.procedure;

import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeApi.SealResult;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.MergeOperation.Phase;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.NewLearner;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Carries merges through: moves replicas of the right tablet to the nodes of the left one, has each node
 * copy, asks both masters for their seals, and unseals when the merged tablet does not come in time. That it
 * takes the place of both is brought about by the replicas' reports; what is left of that to this is the case
 * that they came before a master did.
 *
 * <p>Nothing is remembered that matters: who takes over the lead asks again. Confined to the leader's thread.
 */
final class MergeDriver {

    /** What has not got so far by then that both could be sealed is given up. */
    private static final long PREPARING_MAX_MILLIS = TimeUnit.MINUTES.toMillis(30);

    /** Nobody serves either range meanwhile. */
    private static final long SEALING_MAX_MILLIS = TimeUnit.SECONDS.toMillis(10);

    /** How long those that have no copy yet are waited for after those that are needed have one. */
    private static final long LAST_MAX_MILLIS = TimeUnit.SECONDS.toMillis(10);

    /** How long a master is asked in vain to unseal before another is to lead: nobody serves meanwhile. */
    private static final long DEAF_MAX_MILLIS = 1_000;

    /** One that is asked to hand over takes no seal off until it has said no. */
    private static final long HAND_OVER_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final MetadataTablet metadata;
    private final NodeNetwork network;
    private final Clock clock;
    private final Runnable again;
    private final Supplier<ReplicaId> newReplicas;
    private final NextMasters nextMasters;

    /** Merges for which those that are needed have a copy. */
    private final Lasting<String> enough;

    /** Merges that are SEALING, by this leader's own time: no other clock makes it take longer. */
    private final Lasting<String> sealing;

    /** Masters that have been asked in vain to unseal, as MERGE/TABLET@EPOCH. */
    private final Lasting<String> deaf;

    /** As MERGE/PHASE/WHO. */
    private final Asking<String> asking;

    /** What nodes and masters said, as MERGE/PHASE/WHO. */
    private final Set<String> said = new HashSet<>();

    MergeDriver(
            MetadataTablet metadata,
            NodeNetwork network,
            Clock clock,
            Executor thread,
            Runnable again,
            Supplier<ReplicaId> newReplicas,
            Supplier<String> ids) {
        this.metadata = metadata;
        this.network = network;
        this.clock = clock;
        this.asking = new Asking<>(clock, thread);
        this.again = again;
        this.newReplicas = newReplicas;
        this.nextMasters = new NextMasters(ids, clock);
        this.enough = new Lasting<>(clock);
        this.sealing = new Lasting<>(clock);
        this.deaf = new Lasting<>(clock);
    }

    void abandon() {
        asking.abandon();
        said.clear();
        enough.clear();
        sealing.clear();
        deaf.clear();
    }

    /**
     * @param grace whether nothing is to be begun now: merges for which writes have stopped go on, by what
     *     the logs
     *     and the reports say, and whoever masters the tablets stays
     */
    void turn(ClusterState state, boolean grace) {
        Set<String> running = new HashSet<>();
        for (MergeOperation merge : state.merges().values()) {
            if (!merge.phase().ended()) {
                running.add(merge.id());
                boolean paused = merge.phase() == Phase.SEALING || merge.phase() == Phase.UNSEALING;
                if (paused || !grace) {
                    turn(state, merge, grace);
                }
            }
        }
        asking.retain(what -> running.contains(mergeOf(what)));
        said.removeIf(what -> !running.contains(mergeOf(what)));
        enough.forgetUnseen();
        sealing.forgetUnseen();
        deaf.forgetUnseen();
    }

    private static String mergeOf(String key) {
        return key.substring(0, key.indexOf('/'));
    }

    private void turn(ClusterState state, MergeOperation merge, boolean grace) {
        TabletDescriptor left = state.tablets().get(merge.left());
        TabletDescriptor right = state.tablets().get(merge.right());
        if (merge.phase() == Phase.UNSEALING) {
            unseal(state, merge, grace);
        } else if (left != null && right != null) {
            turn(state, merge, left, right);
        }
    }

    private void turn(
            ClusterState state,
            MergeOperation merge,
            TabletDescriptor left,
            TabletDescriptor right) {
        long millis = clock.wallMillis() - merge.phaseSinceMillis();
        boolean pinned = merge.phase() == Phase.ALIGNING || merge.phase() == Phase.COPYING;
        Optional<NodeId> drained = pinned ? merge.drained(state) : Optional.empty();
        if (drained.isPresent()) {
            step(merge, Phase.ABORTED, "node " + drained.get() + " is drained");
            return;
        }
        switch (merge.phase()) {
            case ALIGNING -> {
                if (merge.mayBeMade(state)) {
                    step(merge, Phase.COPYING, "");
                } else if (!nodes(left).equals(nodes(right)) && millis > PREPARING_MAX_MILLIS) {
                    step(merge, Phase.ABORTED, "they could not be brought to the same nodes");
                } else {
                    align(merge, left, right);
                }
            }
            case COPYING -> {
                Optional<String> hopeless = hopeless(left, right, millis);
                if (hopeless.isPresent()) {
                    step(merge, Phase.ABORTED, hopeless.get());
                } else {
                    copy(state, merge, left, right);
                }
            }
            case SEALING -> {
                boolean tooLong = sealing.atLeast(merge.id(), SEALING_MAX_MILLIS);
                if (merge.isReady(state)) {
                    submit(merge, new MergeCommand.Swap(merge.id(), clock.wallMillis()));
                } else if (tooLong || millis > SEALING_MAX_MILLIS) {
                    step(merge, Phase.UNSEALING, "the merged tablet did not open in time");
                } else {
                    List.of(left, right).forEach(each -> ask(state, merge, each, false));
                }
            }
            default -> throw new IllegalStateException("merge " + merge + " has ended");
        }
    }

    private static Optional<String> hopeless(
            TabletDescriptor left, TabletDescriptor right, long millis) {
        boolean lost =
                Stream.of(left, right)
                        .flatMap(tablet -> tablet.members().stream())
                        .anyMatch(ReplicaDescriptor::lost);
        if (lost) {
            return Optional.of("a replica was lost, and is made anew first");
        }
        return millis > PREPARING_MAX_MILLIS
                ? Optional.of("not enough nodes had a copy in time")
                : Optional.empty();
    }

    // ---------------------------------------------------------------- before anything pauses

    /** One replica of the right tablet at a time goes where the left one has one. */
    private void align(MergeOperation merge, TabletDescriptor left, TabletDescriptor right) {
        boolean changing =
                Stream.of(left, right)
                        .anyMatch(
                                each ->
                                        !each.previousReplicas().isEmpty()
                                                || each.replicas().stream()
                                                        .anyMatch(ReplicaDescriptor::learner));
        if (changing) {
            return;
        }
        Set<NodeId> free = nodes(left);
        free.removeAll(nodes(right));
        Set<NodeId> stray = nodes(right);
        stray.removeAll(nodes(left));
        if (!free.isEmpty() && !stray.isEmpty()) {
            NewLearner learner =
                    NewLearner.move(
                            right.id(),
                            right.epoch(),
                            stray.iterator().next(),
                            free.iterator().next(),
                            newReplicas.get(),
                            "to be merged with tablet " + left.id());
            submit(merge, new ClusterCommand.AddLearners(List.of(learner), clock.wallMillis()));
        }
    }

    private static Set<NodeId> nodes(TabletDescriptor tablet) {
        Set<NodeId> nodes = new java.util.TreeSet<>();
        tablet.members().forEach(each -> nodes.add(each.node()));
        return nodes;
    }

    private void copy(
            ClusterState state,
            MergeOperation merge,
            TabletDescriptor left,
            TabletDescriptor right) {
        Set<NodeId> ready = new HashSet<>();
        for (NodeId id : nodes(left)) {
            if (said.contains(key(merge, id))) {
                ready.add(id);
            }
            NodeDescriptor node = state.nodes().get(id);
            if (node != null && asking.isDue(key(merge, id))) {
                join(state, merge, node);
            }
        }
        boolean masters =
                left.master() != null
                        && right.master() != null
                        && ready.contains(left.master().node())
                        && ready.contains(right.master().node());
        boolean most = masters && ready.size() >= TabletDescriptor.quorumOf(left.members().size());
        boolean all = masters && ready.size() == left.members().size();
        if (all || most && enough.atLeast(merge.id(), LAST_MAX_MILLIS)) {
            step(merge, Phase.SEALING, "");
        }
    }

    private void join(ClusterState state, MergeOperation merge, NodeDescriptor node) {
        String key = begin(merge, node.id());
        NodeApi.Join request =
                new NodeApi.Join(
                        state.clusterId(), node.id(), merge.into(), merge.left(), merge.right());
        answered(
                network.join(node, request),
                key,
                answer -> {
                    if (answer != null && answer.ready()) {
                        said.add(key);
                        again.run();
                    } else {
                        said.remove(key);
                    }
                    if (answer != null && answer.hopeless()) {
                        step(merge, Phase.ABORTED, "node " + node.id() + ": " + answer.detail());
                    }
                });
    }

    // ---------------------------------------------------------------- seals

    private void unseal(ClusterState state, MergeOperation merge, boolean grace) {
        boolean both = true;
        for (TabletId id : List.of(merge.left(), merge.right())) {
            TabletDescriptor tablet = state.tablets().get(id);
            if (tablet != null && !said.contains(key(merge, tablet.id()))) {
                both = false;
                ask(state, merge, tablet, true);
                if (isDeaf(merge, tablet) && !grace && state.handOverOf(tablet.id()).isEmpty()) {
                    handOver(merge, tablet);
                }
            }
        }
        if (both) {
            step(merge, Phase.ABORTED, merge.detail());
        }
    }

    private boolean isDeaf(MergeOperation merge, TabletDescriptor tablet) {
        return tablet.master() != null
                && deaf.atLeast(
                        merge.id() + "/" + tablet.id() + "@" + tablet.epoch(), DEAF_MAX_MILLIS);
    }

    /** One who does not answer that either may have stopped, and is followed by election. */
    private void handOver(MergeOperation merge, TabletDescriptor tablet) {
        List<NodeId> others =
                tablet.members().stream()
                        .filter(each -> each.opened() && !each.lost())
                        .map(ReplicaDescriptor::node)
                        .filter(node -> !node.equals(tablet.master().node()))
                        .toList();
        String key = key(merge, tablet.id() + "/hand-over");
        if (others.isEmpty() || !asking.isDue(key) || !asking.isDue(key(merge, "submit"))) {
            return;
        }
        asking.begin(key, clock.monotonicNanos() + HAND_OVER_PAUSE_NANOS);
        String why = "the master does not take the seal of a merge off";
        submit(merge, nextMasters.handOver(tablet, others, why));
    }

    private void ask(
            ClusterState state, MergeOperation merge, TabletDescriptor tablet, boolean cancel) {
        NodeDescriptor master =
                tablet.master() == null ? null : state.nodes().get(tablet.master().node());
        Object who = tablet.id() + "@" + tablet.epoch();
        if (master == null || !asking.isDue(key(merge, who))) {
            return;
        }
        String key = begin(merge, who);
        TabletId id = tablet.id();
        NodeApi.Seal request =
                new NodeApi.Seal(
                        state.clusterId(),
                        master.id(),
                        id,
                        tablet.epoch(),
                        merge.into(),
                        merge.left(),
                        merge.right(),
                        cancel);
        answered(
                network.seal(master, request),
                key,
                answer -> {
                    boolean never = answer != null && answer.result() == SealResult.CANCELLED;
                    if (never && cancel) {
                        said.add(key(merge, id));
                        again.run();
                    } else if (never) {
                        step(merge, Phase.UNSEALING, "the log of tablet " + id + " forbids it");
                    }
                });
    }

    // ---------------------------------------------------------------- what was asked

    private static String key(MergeOperation merge, Object who) {
        return merge.id() + "/" + merge.phase() + "/" + who;
    }

    private String begin(MergeOperation merge, Object who) {
        String key = key(merge, who);
        asking.begin(key);
        return key;
    }

    private <T> void answered(CompletableFuture<T> call, String key, Consumer<T> then) {
        asking.answered(
                call,
                (answer, failure) -> {
                    asking.pause(key);
                    then.accept(failure == null ? Objects.requireNonNull(answer) : null);
                });
    }

    // ---------------------------------------------------------------- what is written down

    private void step(MergeOperation merge, Phase phase, String detail) {
        submit(
                merge,
                new MergeCommand.Step(
                        merge.id(), merge.phase(), phase, detail, clock.wallMillis()));
    }

    private void submit(MergeOperation merge, ClusterCommand command) {
        if (!asking.isDue(key(merge, "submit"))) {
            return;
        }
        answered(metadata.submit(command), begin(merge, "submit"), verdict -> again.run());
    }
}
