package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.NodeApi;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.time.Clock;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterRules;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MetadataTablet;
import io.ebla.metaserver.cluster.Verdict;
import io.ebla.metaserver.election.Ballot;
import io.ebla.metaserver.election.Candidates;
import io.ebla.metaserver.election.ElectionDriver;
import io.ebla.metaserver.election.Vacancy;
import io.ebla.metaserver.nodes.NodeNetwork;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The metadata of a {@link LocalGroup} on its virtual time: the production rules and election driver over
 * a log that is one list here, with proposals that take a while, leaders that change, and calls to nodes
 * that get lost. Raft itself is Ratis' and not simulated.
 */
final class SimulatedMeta {

    private static final long MILLI = 1_000_000L;
    private static final long TURN_NANOS = 20 * MILLI;
    private static final long CALL_TIMEOUT_NANOS = 1_000 * MILLI;

    /** A node that meta has not heard of for so long is taken for dead. */
    private static final long SILENCE_NANOS = 400 * MILLI;

    private final LocalGroup group;
    private final Random random;
    private final Tampering tampering;
    private final ElectionDriver driver;
    private final Map<NodeId, Long> heardNanos = new HashMap<>();
    private final Set<NodeId> cutOff = new HashSet<>();
    private final Set<NodeId> suspected = new HashSet<>();
    private ClusterState state;
    private boolean leads = true;
    private long reign;

    SimulatedMeta(LocalGroup group, long seed, Tampering tampering) {
        this.group = group;
        this.random = new Random(seed);
        this.tampering = tampering;
        Clock clock =
                new Clock() {
                    @Override
                    public long wallMillis() {
                        return 1_700_000_000_000L + group.nowNanos() / MILLI;
                    }

                    @Override
                    public long monotonicNanos() {
                        return group.nowNanos();
                    }
                };
        this.driver =
                new ElectionDriver(
                        new Log(), new Calls(), new Known(), clock, task -> group.after(0, task));
        found();
        group.nodes().forEach(this::lives);
        turn();
    }

    /** A cluster that has just made its one table: nobody is its master yet. */
    private void found() {
        ClusterState founded = ClusterState.founded("sim");
        state =
                new ClusterState(
                        founded.clusterId(),
                        founded.generation(),
                        founded.version(),
                        LocalGroup.TABLET.value(),
                        founded.nodes(),
                        founded.tables(),
                        founded.tablets(),
                        founded.dropped(),
                        founded.strayed(),
                        founded.retired(),
                        founded.elections(),
                        founded.handOvers(),
                        founded.replicaOperations(),
                        founded.metaGroup());
        List<ReplicaDescriptor> replicas = new ArrayList<>();
        for (GroupNode node : group.nodes()) {
            apply(new ClusterCommand.RegisterNode(descriptor(node), List.of(), 0));
            replicas.add(new ReplicaDescriptor(node.id, node.replica(), false, false));
        }
        apply(table(replicas)).changed();
        for (GroupNode node : group.nodes()) {
            apply(new ClusterCommand.ReplicasOpened(node.id, node.incarnation(), holdings(node), 0))
                    .changed();
        }
        group.descriptor(tablet());
    }

    private static ClusterCommand table(List<ReplicaDescriptor> replicas) {
        return new ClusterCommand.CreateTable(
                new TableDescriptor(
                        new TableName("t"), replicas.size(), StoreKind.DISK, 0, List.of(), 0),
                List.of(new ClusterCommand.PlannedTablet("", "", replicas, null)),
                0);
    }

    private static NodeDescriptor descriptor(GroupNode node) {
        return new NodeDescriptor(
                node.id, new StoreId("s-" + node.id), node.incarnation(), "h:1", "", "");
    }

    private static List<Holding> holdings(GroupNode node) {
        return List.of(new Holding(LocalGroup.TABLET, node.replica()));
    }

    private Verdict apply(ClusterCommand command) {
        var change = ClusterRules.apply(state, command);
        state = change.state();
        return change.verdict();
    }

    TabletDescriptor tablet() {
        return state.tablets().get(LocalGroup.TABLET);
    }

    // ---------------------------------------------------------------- nodes

    /** A node's process began: it registers, and says now and then that it lives. */
    void lives(GroupNode node) {
        var run = node.incarnation();
        heardNanos.put(node.id, group.nowNanos());
        group.after(
                micros(500, 20_000),
                new Runnable() {
                    @Override
                    public void run() {
                        if (!node.isUp() || !node.incarnation().equals(run)) {
                            return;
                        }
                        if (!cutOff.contains(node.id) && leads) {
                            heardNanos.put(node.id, group.nowNanos());
                            register(node);
                            tell(node);
                        }
                        group.after(100 * MILLI, this);
                    }
                });
    }

    private void register(GroupNode node) {
        NodeDescriptor known = state.nodes().get(node.id);
        if (!known.incarnation().equals(node.incarnation())) {
            apply(
                    new ClusterCommand.RegisterNode(
                            descriptor(node), holdings(node), group.nowNanos() / MILLI));
        }
    }

    /** The map as it is now reaches a node a while later, if it does. */
    private void tell(GroupNode node) {
        TabletDescriptor now = tablet();
        group.after(
                micros(100, 5_000),
                () -> {
                    if (!cutOff.contains(node.id) && now.epoch() >= group.descriptor().epoch()) {
                        group.descriptor(now);
                        group.publish(node);
                    }
                });
    }

    private void changed() {
        group.nodes().forEach(this::tell);
    }

    void cut(GroupNode node) {
        cutOff.add(node.id);
    }

    void heal() {
        cutOff.clear();
    }

    /** Takes a node for dead that may well be alive. */
    void suspect(GroupNode node) {
        suspected.add(node.id);
    }

    /** The leader changes: what it conducted is forgotten, what it proposed may have been written. */
    void changeLeader() {
        leads = false;
        reign++;
        driver.abandon();
        group.after(micros(10_000, 300_000), () -> leads = true);
    }

    // ---------------------------------------------------------------- elections

    private void turn() {
        if (leads) {
            TabletDescriptor tablet = tablet();
            driver.turn(state, vacant(tablet) ? List.of(vacancy()) : List.of());
        }
        group.after(TURN_NANOS, this::turn);
    }

    private static Vacancy vacancy() {
        return new Vacancy(LocalGroup.TABLET, null, null, "simulated");
    }

    private boolean vacant(TabletDescriptor tablet) {
        Mastership master = tablet.master();
        if (master == null) {
            return true;
        }
        NodeDescriptor node = state.nodes().get(master.node());
        return !node.incarnation().equals(master.incarnation())
                || group.nowNanos() - heardNanos.get(node.id()) > SILENCE_NANOS
                || suspected.remove(node.id());
    }

    private long micros(long least, long most) {
        return (least + random.nextLong(most - least + 1)) * 1_000L;
    }

    /** The log of the metadata. */
    private final class Log implements MetadataTablet {

        @Override
        public ClusterState state() {
            if (!leads) {
                throw new EblaException(ErrorCode.META_UNAVAILABLE, "no leader");
            }
            return state;
        }

        @Override
        public Optional<ClusterState> appliedState() {
            return Optional.of(state);
        }

        @Override
        public CompletableFuture<Verdict> submit(ClusterCommand command) {
            CompletableFuture<Verdict> answer = new CompletableFuture<>();
            long proposed = reign;
            group.after(
                    micros(500, 20_000),
                    () -> {
                        if (proposed == reign) {
                            Verdict verdict = apply(command);
                            changed();
                            answer.complete(verdict);
                        } else {
                            if (random.nextBoolean()) {
                                apply(command);
                                changed();
                            }
                            answer.completeExceptionally(
                                    new EblaException(ErrorCode.META_UNAVAILABLE, "another leads")
                                            .withOutcome(Outcome.UNKNOWN));
                        }
                    });
            return answer;
        }

        @Override
        public void onChange(Consumer<ClusterState> listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean leads() {
            return leads;
        }

        @Override
        public void onLeader(Runnable listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Membership membership() {
            return new Membership("m1", leads ? "m1" : "", List.of("m1"), Map.of());
        }
    }

    /** Calls of the leader to nodes. */
    private final class Calls implements NodeNetwork {

        @Override
        public CompletableFuture<NodeApi.Fenced> fence(NodeDescriptor to, NodeApi.Fence fence) {
            CompletableFuture<NodeApi.Fenced> call = new CompletableFuture<>();
            GroupNode node =
                    group.nodes().stream()
                            .filter(each -> each.id.equals(to.id()))
                            .findFirst()
                            .get();
            group.after(micros(100, 5_000), () -> node.whenAwake(() -> arrive(node, fence, call)));
            group.after(
                    CALL_TIMEOUT_NANOS,
                    () -> call.completeExceptionally(new IllegalStateException("timed out")));
            return call;
        }

        private void arrive(
                GroupNode node, NodeApi.Fence fence, CompletableFuture<NodeApi.Fenced> call) {
            if (!node.isUp() || cutOff.contains(node.id)) {
                return;
            }
            var run = node.incarnation();
            tampering.fencing(node);
            node.tablet()
                    .pipeline()
                    .fence(fence.tablets().get(0).epoch())
                    .thenAccept(
                            answer ->
                                    group.after(
                                            micros(100, 5_000),
                                            () -> {
                                                if (!cutOff.contains(node.id)) {
                                                    call.complete(
                                                            new NodeApi.Fenced(
                                                                    new StoreId("s-" + node.id),
                                                                    run,
                                                                    List.of(
                                                                            tampering.answer(
                                                                                    node,
                                                                                    answer))));
                                                }
                                            }));
        }

        @Override
        public CompletableFuture<NodeApi.HandedOver> handOver(
                NodeDescriptor to, NodeApi.HandOver handOver) {
            return CompletableFuture.completedFuture(new NodeApi.HandedOver(false, "not here"));
        }

        @Override
        public CompletableFuture<Boolean> refuses(NodeDescriptor node) {
            return CompletableFuture.completedFuture(false);
        }
    }

    private final class Known implements Candidates {

        @Override
        public Ballot.Fitness fitness(NodeDescriptor node, TabletDescriptor tablet) {
            return Ballot.Fitness.FIT;
        }

        @Override
        public boolean reachable(NodeDescriptor node) {
            return true;
        }
    }
}
