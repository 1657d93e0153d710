package io.ebla.metaserver.procedure;

import static org.assertj.core.api.Assertions.assertThat;

import io.ebla.core.cluster.Incarnation;
import io.ebla.core.cluster.Mastership;
import io.ebla.core.cluster.MetaApi.Heartbeat;
import io.ebla.core.cluster.MetaApi.Holding;
import io.ebla.core.cluster.MetaApi.ReplicaCondition;
import io.ebla.core.cluster.MetaApi.TabletStatus;
import io.ebla.core.cluster.NodeDescriptor;
import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.ReplicaDescriptor;
import io.ebla.core.cluster.ReplicaId;
import io.ebla.core.cluster.StoreId;
import io.ebla.core.cluster.StoreKind;
import io.ebla.core.cluster.TableDescriptor;
import io.ebla.core.cluster.TableName;
import io.ebla.core.cluster.TabletDescriptor;
import io.ebla.core.cluster.TabletId;
import io.ebla.metaserver.cluster.ClusterCommand;
import io.ebla.metaserver.cluster.ClusterState;
import io.ebla.metaserver.cluster.MergeCommand;
import io.ebla.metaserver.cluster.MergeOperation;
import io.ebla.metaserver.cluster.SplitCommand;
import io.ebla.metaserver.cluster.SplitOperation;
import io.ebla.metaserver.cluster.Verdict;
import io.ebla.metaserver.liveness.Liveness;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One table, each of whose keys has bytes and a load, and the plans of splits and of merges, which have it as
 * they want: what they begin is done at once, by the rules of the metadata. In virtual time, with the
 * production's measure of load.
 */
final class PlannedTablets {

    static final int KEYS = 200;

    private static final TableName TABLE = TableName.of("books");
    private static final long BEAT_MILLIS = 2_000;
    private static final ReplicaId FIRST = ReplicaId.of("first");

    /** What became of the bound between two tablets, or of a tablet that was to be split. */
    record Event(long atMillis, String what, String boundHex, TabletId tablet) {}

    private final VirtualTime time = new VirtualTime();
    private final FakeMetadata metadata = new FakeMetadata(time);
    private final Liveness liveness = new Liveness(time, 5_000, 10_000);
    private final Lineage lineage = new Lineage(liveness);
    private final SplitPlan splits;
    private final MergePlan merges;
    private final Map<TabletId, Double> operations = new HashMap<>();
    private final List<Event> events = new ArrayList<>();
    private long ids;
    private long reports;

    /** Of each key, now. */
    final double[] bytes = new double[KEYS];

    final double[] load = new double[KEYS];

    PlannedTablets(ProcedureSettings settings) {
        this(settings, settings);
    }

    /** @param ofMerges what merges go by, that of splits included */
    PlannedTablets(ProcedureSettings settings, ProcedureSettings ofMerges) {
        Health health = new Health(liveness, settings);
        splits = new SplitPlan(health, time, settings, this::id);
        merges = new MergePlan(health, time, ofMerges, this::id);
        for (String id : List.of("t1", "t2")) {
            apply(new ClusterCommand.RegisterNode(node(id), List.of(), time.wallMillis()));
        }
        NodeDescriptor first = node("t1");
        ReplicaDescriptor replica = new ReplicaDescriptor(first.id(), FIRST, false, false);
        apply(
                new ClusterCommand.CreateTable(
                        new TableDescriptor(TABLE, 1, StoreKind.DISK, 0, List.of(), 1),
                        List.of(
                                new ClusterCommand.PlannedTablet(
                                        "",
                                        "",
                                        List.of(replica),
                                        new Mastership(1, first.id(), first.incarnation()))),
                        1));
        opened(new Holding(state().tablets().firstKey(), FIRST));
    }

    private String id() {
        return "id-" + ids++;
    }

    private static NodeDescriptor node(String id) {
        return new NodeDescriptor(
                NodeId.of(id), StoreId.of("s-" + id), Incarnation.of("r-" + id), "a:1", "", "");
    }

    ClusterState state() {
        return metadata.state();
    }

    List<Event> events() {
        return events;
    }

    long millis() {
        return time.millis();
    }

    private void apply(ClusterCommand command) {
        assertThat(metadata.apply(command)).isInstanceOf(Verdict.Changed.class);
    }

    private void opened(Holding... holdings) {
        NodeDescriptor node = node("t1");
        apply(
                new ClusterCommand.ReplicasOpened(
                        node.id(), node.incarnation(), List.of(holdings), time.wallMillis()));
    }

    // ---------------------------------------------------------------- keys

    private static String hex(int key) {
        return String.format("%02x", key + 1);
    }

    private static int first(TabletDescriptor tablet) {
        return tablet.fromHex().isEmpty() ? 0 : Integer.parseInt(tablet.fromHex(), 16) - 1;
    }

    private static int end(TabletDescriptor tablet) {
        return tablet.toHex().isEmpty() ? KEYS : Integer.parseInt(tablet.toHex(), 16) - 1;
    }

    private static double sum(double[] of, TabletDescriptor tablet) {
        return Arrays.stream(of, first(tablet), end(tablet)).sum();
    }

    /** Where half lies below, if a fifth is on either side; -1 otherwise. */
    private static int middle(double[] of, TabletDescriptor tablet) {
        double whole = sum(of, tablet);
        double below = 0;
        for (int key = first(tablet); key < end(tablet) - 1; key++) {
            below += of[key];
            if (below >= whole / 2) {
                return below <= whole * 0.8 ? key + 1 : -1;
            }
        }
        return -1;
    }

    // ---------------------------------------------------------------- what happens

    /** The node says how its tablets are, and the leader looks. */
    void beat() {
        time.run(BEAT_MILLIS);
        List<TabletStatus> statuses = new ArrayList<>();
        for (TabletDescriptor tablet : state().tablets().values()) {
            double asked = sum(load, tablet) * BEAT_MILLIS / 1_000;
            operations.merge(tablet.id(), asked, Double::sum);
            statuses.add(status(tablet));
        }
        reports++;
        report("t1", statuses);
        report("t2", List.of());
        lineage.look(state());
        splits.due(state()).ifPresent(begin -> split((SplitCommand.Begin) begin));
        merges.due(state()).ifPresent(begin -> merge((MergeCommand.Begin) begin));
    }

    private void report(String node, List<TabletStatus> statuses) {
        Heartbeat report =
                Heartbeat.ofAll(node(node).incarnation(), time.wallMillis(), reports, statuses);
        liveness.hear(NodeId.of(node), report);
    }

    private TabletStatus status(TabletDescriptor tablet) {
        return new TabletStatus(
                tablet.id(),
                tablet.replicas().get(0).id(),
                tablet.epoch(),
                true,
                tablet.epoch(),
                0,
                ReplicaCondition.HEALTHY,
                1,
                1,
                1,
                1,
                (long) sum(bytes, tablet),
                List.of(),
                null,
                operations.get(tablet.id()).longValue(),
                true);
    }

    private void split(SplitCommand.Begin begin) {
        apply(begin);
        SplitOperation split = state().splits().get(begin.id());
        TabletDescriptor parent = state().tablets().get(split.tablet());
        int middle = middle(split.byLoad() ? load : bytes, parent);
        SplitOperation.Phase next =
                middle < 0 ? SplitOperation.Phase.ABORTED : SplitOperation.Phase.SPLITTING;
        String at = middle < 0 ? "" : hex(middle);
        apply(new SplitCommand.Step(split.id(), split.phase(), next, at, "", time.wallMillis()));
        if (middle >= 0) {
            ReplicaId replica = parent.replicas().get(0).id();
            opened(
                    new Holding(split.low(), replica.ofChild(split.low())),
                    new Holding(split.high(), replica.ofChild(split.high())));
            events.add(new Event(time.millis(), "split", at, parent.id()));
        }
    }

    private void merge(MergeCommand.Begin begin) {
        apply(begin);
        MergeOperation merge = state().merges().get(begin.id());
        assertThat(merge.phase()).isEqualTo(MergeOperation.Phase.COPYING);
        String bound = state().tablets().get(merge.left()).toHex();
        ReplicaId replica = state().tablets().get(merge.left()).replicas().get(0).id();
        apply(
                new MergeCommand.Step(
                        merge.id(),
                        merge.phase(),
                        MergeOperation.Phase.SEALING,
                        "",
                        time.wallMillis()));
        opened(new Holding(merge.into(), replica.ofChild(merge.into())));
        events.add(new Event(time.millis(), "merge", bound, merge.into()));
    }

    /** The tablets' bytes in the order of keys. */
    SortedMap<String, Double> sizes() {
        SortedMap<String, Double> sizes = new TreeMap<>();
        state().tablets().values().forEach(each -> sizes.put(each.fromHex(), sum(bytes, each)));
        return sizes;
    }
}
