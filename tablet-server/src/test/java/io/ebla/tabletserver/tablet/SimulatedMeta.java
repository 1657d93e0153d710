package io.ebla.tabletserver.tablet;

import io.ebla.core.cluster.ClusterMap;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.contract.EblaException;
import io.ebla.core.contract.ErrorCode;
import io.ebla.core.contract.Outcome;
import io.ebla.core.key.RowKey;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterRules;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The metadata of a {@link LocalGroup} on its virtual time: the production rules and procedures over a log
 * that is one list here, with proposals that take a while, leaders that change and for a moment do not know
 * it, and nodes that they do not reach. Raft itself is Ratis' and not simulated: what a leader proposed and
 * what was not written when it was deposed, is written before its successor begins, or never.
 */
final class SimulatedMeta {

    private static final long MILLI = Timeline.MILLI;
    private static final long TURN_NANOS = 10 * MILLI;

    /** How long a proposal is waited for while the metadata is slow. */
    private static final long SLOW_NANOS = 40 * MILLI;

    /** A command on its way into the log. */
    private record Proposal(
            MetaLeader by, ClusterCommand command, CompletableFuture<Verdict> answer) {}

    private final LocalGroup group;
    private final Random random;
    private final SimulatedOrders orders;
    private final Tampering tampering;
    private final List<Proposal> proposals = new ArrayList<>();
    private final Set<NodeId> cutOff = new HashSet<>();
    private final int copies;
    private ClusterState state;
    private MetaLeader leader;
    private int leaders;
    private int names;
    private long slowUntilNanos;
    private Runnable beforeTold = () -> {};

    /** @param copies how many of the group's nodes hold a replica from the beginning */
    SimulatedMeta(LocalGroup group, int copies, long seed, Tampering tampering) {
        this.group = group;
        this.copies = copies;
        this.random = new Random(seed);
        this.orders = new SimulatedOrders(this, new Random(~seed));
        this.tampering = tampering;
        found();
        lead();
        group.nodes().forEach(this::lives);
        group.onRemoval(this::mayRemove);
        group.onSwitch(node -> powerCut(node, group.world.powerCutAtSwitchPerMille));
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
                        founded.splits(),
                        founded.merges(),
                        founded.metaGroup(),
                        founded.administration());
        List<ReplicaDescriptor> replicas = new ArrayList<>();
        for (GroupNode node : group.nodes()) {
            apply(new ClusterCommand.RegisterNode(MetaAgent.describe(node), List.of(), 0));
            if (replicas.size() < copies) {
                replicas.add(new ReplicaDescriptor(node.id, node.replica(), false, false));
            }
        }
        apply(
                new ClusterCommand.CreateTable(
                        new TableDescriptor(
                                LocalGroup.TABLE, copies, StoreKind.DISK, 0, List.of(), 0),
                        List.of(new ClusterCommand.PlannedTablet("", "", replicas, null)),
                        0));
    }

    private Verdict apply(ClusterCommand command) {
        var change = ClusterRules.apply(state, command);
        ClusterState before = state;
        state = tampering.applied(command, change.state());
        if (state != before) {
            judge(before, state);
        }
        return change.verdict();
    }

    /**
     * The ranges of the tablets cover all keys exactly once at every version; neither it nor the generation
     * falls.
     */
    private static void judge(ClusterState before, ClusterState after) {
        boolean back =
                after.generation() < before.generation() || after.version() <= before.version();
        String from = "";
        List<TabletDescriptor> tablets = after.tabletsOf(LocalGroup.TABLE);
        for (TabletDescriptor tablet : tablets) {
            boolean last = tablet == tablets.get(tablets.size() - 1);
            if (!tablet.fromHex().equals(from) || tablet.toHex().isEmpty() != last) {
                throw new GroupLedger.Violation("the tablets do not cover all keys: " + tablets);
            }
            from = tablet.toHex();
        }
        if (back) {
            throw new GroupLedger.Violation("the metadata goes back to " + after.version());
        }
    }

    ClusterState state() {
        return state;
    }

    TabletDescriptor tablet() {
        return state.tablets().get(LocalGroup.TABLET);
    }

    List<TabletDescriptor> tablets() {
        return state.tabletsOf(LocalGroup.TABLE);
    }

    /** One of them by chance. */
    TabletDescriptor anyTablet() {
        List<TabletDescriptor> all = tablets();
        return all.size() == 1 ? all.get(0) : all.get(random.nextInt(all.size()));
    }

    /** The tablet that has a row. */
    TabletDescriptor tablet(String key) {
        return tablets().stream()
                .filter(each -> each.range().contains(RowKey.of(key)))
                .findFirst()
                .orElseThrow();
    }

    LocalGroup group() {
        return group;
    }

    Tampering tampering() {
        return tampering;
    }

    /** Who leads, or null. */
    MetaLeader leader() {
        return leader;
    }

    /** The time of its leaders' clocks. */
    long wallMillis() {
        return 1_700_000_000_000L + group.nowNanos() / MILLI;
    }

    long micros(long least, long most) {
        return (least + random.nextLong(most - least + 1)) * 1_000L;
    }

    /** A new random name. */
    String name() {
        return "n" + names++;
    }

    // ---------------------------------------------------------------- leaders

    private void lead() {
        leader = new MetaLeader(this);
        leaders++;
    }

    int leaders() {
        return leaders;
    }

    /**
     * The leader is deposed, and does not hear of it for a moment; another leads after a while. What the old
     * one had proposed is written or not.
     */
    void changeLeader(long mostMillis) {
        if (leader == null) {
            return;
        }
        MetaLeader old = leader;
        List<Proposal> open = List.copyOf(proposals);
        proposals.clear();
        for (Proposal proposal : open) {
            if (random.nextBoolean()) {
                apply(proposal.command());
            }
            group.after(micros(1_000, 100_000), () -> fail(proposal.answer()));
        }
        leader = null;
        old.deposed(state);
        group.after(micros(0, 60_000), old::hears);
        group.after(
                micros(5_000, mostMillis * 1_000),
                () -> {
                    lead();
                    changed();
                });
    }

    private static void fail(CompletableFuture<Verdict> answer) {
        answer.completeExceptionally(
                new EblaException(ErrorCode.META_UNAVAILABLE, "another leads")
                        .withOutcome(Outcome.UNKNOWN));
    }

    private void turn() {
        if (leader != null) {
            leader.turn();
        }
        group.after(TURN_NANOS, this::turn);
    }

    // ---------------------------------------------------------------- the log

    CompletableFuture<Verdict> submit(MetaLeader by, ClusterCommand asked) {
        CompletableFuture<Verdict> answer = new CompletableFuture<>();
        ClusterCommand command = tampering.proposed(state, asked);
        if (tampering.tellsBeforeWritten(command)) {
            ClusterMap early = ClusterRules.apply(state, command).state().map();
            group.nodes().forEach(node -> tell(node, early));
        }
        if (by != leader) {
            group.after(micros(1_000, 100_000), () -> fail(answer));
            return answer;
        }
        Proposal proposal = new Proposal(by, command, answer);
        proposals.add(proposal);
        boolean slow = group.nowNanos() < slowUntilNanos;
        if (slow) {
            group.after(SLOW_NANOS, () -> fail(answer));
        }
        group.after(
                micros(200, slow ? 150_000 : 5_000),
                () -> {
                    if (proposals.remove(proposal)) {
                        ClusterState before = state;
                        Verdict verdict = apply(command);
                        if (state != before) {
                            changed();
                        }
                        answer.complete(verdict);
                    }
                });
        return answer;
    }

    /** For a while what is proposed is written late, and whoever proposed it may not wait for that. */
    void slow(long millis) {
        slowUntilNanos = group.nowNanos() + millis * MILLI;
    }

    /** A change that somebody from outside asks for. */
    void submit(ClusterCommand command) {
        if (leader != null) {
            submit(leader, command);
        }
    }

    // ---------------------------------------------------------------- nodes

    /** A node's process began. */
    void lives(GroupNode node) {
        new MetaAgent(this, node).begin();
        boolean unseen = node.diedUnseen();
        if (unseen || tablets().size() > 1) {
            // A tablet that nothing happens to any more sends nothing by which it would notice
            // otherwise.
            group.nodes().forEach(other -> other.loses(node));
        }
        if (random.nextBoolean()) {
            tell(node);
        }
    }

    /** A node loses power by chance, and is back after a moment. */
    void powerCut(GroupNode node, int perMille) {
        if (perMille > 0 && random.nextInt(1_000) < perMille) {
            int run = node.run();
            group.after(
                    micros(0, 1_000),
                    () -> {
                        if (node.isUp() && node.run() == run) {
                            node.crash();
                            node.start();
                            lives(node);
                        }
                    });
        }
    }

    boolean reaches(GroupNode node) {
        return !cutOff.contains(node.id);
    }

    /** The map as it is now reaches a node a while later, if it does. */
    void tell(GroupNode node) {
        tell(node, state.map());
    }

    private void tell(GroupNode node, ClusterMap map) {
        group.after(
                micros(100, 5_000),
                () -> {
                    if (reaches(node)) {
                        node.update(map);
                    }
                });
    }

    /**
     * L7: what a replica has goes only if it was called retired, or its tablet dropped. What a process finds
     * at its start goes by the record in its journal.
     */
    private void mayRemove(GroupNode node, TabletId tablet) {
        ReplicaId held = node.held(tablet);
        boolean told =
                node.isStarting()
                        || !state.tablets().containsKey(tablet)
                        || held != null && state.retired().containsKey(held);
        if (!told) {
            throw new GroupLedger.Violation(
                    node + " removes its replica " + held + ", which nothing calls dropped");
        }
    }

    /** Has something happen when the state has changed, before any node is told. */
    void beforeTold(Runnable what) {
        beforeTold = what;
    }

    /** Nodes hear of a newer map in which their tablet is not. */
    void tellOfNothing(GroupNode node) {
        ClusterMap map = state.map();
        tell(
                node,
                new ClusterMap(
                        map.clusterId(),
                        map.generation(),
                        map.version() + 1,
                        map.nodes(),
                        List.of(),
                        List.of(),
                        List.of()));
    }

    private void changed() {
        beforeTold.run();
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
        if (leader != null) {
            leader.suspect(node);
        }
    }

    // ---------------------------------------------------------------- what is asked from outside

    /** What operators ask of where things are. */
    SimulatedOrders orders() {
        return orders;
    }

    /** The table is to have so many copies. */
    void copies(int wanted) {
        submit(new ClusterCommand.ChangeTable(LocalGroup.TABLE, 0, wanted, 0));
    }

    int copies() {
        return state.tables().get(LocalGroup.TABLE).replicas();
    }

    /** Whether nothing is missing, lost or under way: it can bear that one replica is damaged. */
    boolean whole() {
        boolean calm =
                state.dropped().isEmpty()
                        && state.splits().values().stream().allMatch(each -> each.phase().ended())
                        && state.merges().values().stream().allMatch(each -> each.phase().ended());
        return calm && tablets().stream().allMatch(this::whole);
    }

    private boolean whole(TabletDescriptor tablet) {
        return tablet.master() != null
                && tablet.previousReplicas().isEmpty()
                && tablet.replicas().size() == copies()
                && tablet.replicas().stream()
                        .allMatch(each -> each.opened() && !each.lost() && !each.learner());
    }
}
