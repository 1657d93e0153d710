package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.NodeId;
import io.ebla.core.cluster.TabletId;
import io.ebla.core.failpoint.FailPoints;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The phases to which a command has brought procedures: those are what a process can be killed in, right
 * after it has applied them and before anybody is answered or does anything about them ({@link FailPoints}),
 * and what is told of operations.
 *
 * <p>They are worked out from the state before and after, so that whatever changes a phase has its point and
 * its line in the log. One command brings a procedure on by one phase, but for a split: the report that
 * completes it may be the one that proves it, and it was SPLIT then, for it is DONE from there only.
 */
public final class AppliedPhases {

    /** Of an election, which the metadata remembers while it lasts. */
    public enum OfElection {
        /** An epoch is given out, and the tablet has no master. */
        BEGUN,
        /** The winner is its master. */
        RECORDED
    }

    private static final String SPLIT = "split";
    private static final String MERGE = "merge";
    private static final String HAND_OVER = "hand_over";
    private static final String ELECTION = "election";

    /**
     * A phase that was reached.
     *
     * @param procedure what is in it, as operations of it are called
     * @param operation its id, "" of an election
     * @param what it is about, for people
     * @param detail what there is to say of it
     * @param startedAtMillis when it was begun, ms since the epoch
     */
    public record Reached(
            String procedure,
            Enum<?> phase,
            String operation,
            String what,
            String detail,
            long startedAtMillis) {

        /** Elections have no id, and are told of by those who conduct them. */
        public boolean isOfOperation() {
            return !operation.isEmpty();
        }

        String point() {
            return FailPoints.point(procedure, phase);
        }

        private Reached at(Enum<?> earlier) {
            return new Reached(procedure, earlier, operation, what, "", startedAtMillis);
        }
    }

    private AppliedPhases() {}

    /** Holds this thread in a phase in which a test wants it. */
    public static void pass(ClusterState before, ClusterState after) {
        if (FailPoints.ON) {
            for (Reached each : of(before, after)) {
                FailPoints.reached(each.procedure(), each.phase());
            }
        }
    }

    /** In the order in which they came, of each procedure. */
    public static List<Reached> of(ClusterState before, ClusterState after) {
        List<Reached> reached = new ArrayList<>();
        add(reached, before.splits(), after.splits(), AppliedPhases::of);
        add(reached, before.merges(), after.merges(), AppliedPhases::of);
        add(reached, before.handOvers(), after.handOvers(), AppliedPhases::of);
        add(reached, before.replicaOperations(), after.replicaOperations(), AppliedPhases::of);
        add(reached, tasks(before), tasks(after), AppliedPhases::of);
        addElections(reached, before, after);
        return reached;
    }

    /** All that there are, as {@link FailPoints} call them; one that is not among them is never reached. */
    public static Set<String> points() {
        Set<String> points = new TreeSet<>();
        add(points, SPLIT, List.of(SplitOperation.Phase.values()));
        add(points, MERGE, List.of(MergeOperation.Phase.values()));
        add(points, HAND_OVER, List.of(HandOver.Phase.values()));
        for (ReplicaOperation.Kind kind : ReplicaOperation.Kind.values()) {
            add(points, name(kind), kind.phases());
        }
        for (ClusterTask.Kind kind : ClusterTask.Kind.values()) {
            add(points, name(kind), kind.phases());
        }
        add(points, ELECTION, List.of(OfElection.values()));
        return points;
    }

    private static void add(
            Set<String> points, String procedure, Collection<? extends Enum<?>> phases) {
        phases.forEach(phase -> points.add(FailPoints.point(procedure, phase)));
    }

    private static <T> void add(
            List<Reached> reached,
            Map<String, T> before,
            Map<String, T> after,
            Function<T, Reached> where) {
        after.forEach(
                (id, one) -> {
                    T was = before.get(id);
                    if (one != was) { // most are the same object as before
                        add(
                                reached,
                                was == null ? null : where.apply(was).phase(),
                                where.apply(one));
                    }
                });
    }

    private static void add(List<Reached> reached, Enum<?> former, Reached now) {
        if (former == now.phase()) {
            return;
        }
        if (now.phase() == SplitOperation.Phase.DONE && former != SplitOperation.Phase.SPLIT) {
            reached.add(now.at(SplitOperation.Phase.SPLIT));
        }
        reached.add(now);
    }

    private static Reached of(SplitOperation one) {
        String what = "tablet " + one.tablet() + " into " + one.low() + " and " + one.high();
        return new Reached(SPLIT, one.phase(), one.id(), what, one.detail(), one.startedAtMillis());
    }

    private static Reached of(MergeOperation one) {
        String what = "tablets " + one.left() + " and " + one.right() + " into " + one.into();
        return new Reached(MERGE, one.phase(), one.id(), what, one.detail(), one.startedAtMillis());
    }

    private static Reached of(HandOver one) {
        String what = places(one.tablet(), one.from(), one.to());
        return new Reached(
                HAND_OVER, one.phase(), one.id(), what, one.detail(), one.startedAtMillis());
    }

    private static Reached of(ReplicaOperation one) {
        String what = places(one.tablet(), one.from(), one.to());
        return new Reached(
                name(one.kind()), one.phase(), one.id(), what, one.detail(), one.startedAtMillis());
    }

    private static String places(TabletId tablet, NodeId from, NodeId to) {
        return "tablet "
                + tablet
                + (from == null ? "" : " from " + from)
                + (to == null ? "" : " to " + to);
    }

    private static Reached of(ClusterTask one) {
        String what = one.node() == null ? "the cluster" : "node " + one.node();
        return new Reached(
                name(one.kind()), one.phase(), one.id(), what, one.detail(), one.startedAtMillis());
    }

    private static void addElections(
            List<Reached> reached, ClusterState before, ClusterState after) {
        after.elections()
                .forEach(
                        (tablet, election) -> {
                            if (!election.equals(before.elections().get(tablet))) {
                                reached.add(ofElection(tablet, OfElection.BEGUN));
                            }
                        });
        for (TabletId tablet : before.elections().keySet()) {
            boolean served =
                    !after.elections().containsKey(tablet)
                            && after.tablets().containsKey(tablet)
                            && after.tablets().get(tablet).master() != null;
            if (served) {
                reached.add(ofElection(tablet, OfElection.RECORDED));
            }
        }
    }

    private static Reached ofElection(TabletId tablet, OfElection phase) {
        return new Reached(ELECTION, phase, "", "tablet " + tablet, "", 0);
    }

    private static Map<String, ClusterTask> tasks(ClusterState state) {
        return state.administration().tasks().stream()
                .collect(Collectors.toMap(ClusterTask::id, task -> task));
    }

    private static String name(Enum<?> kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
