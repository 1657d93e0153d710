package io.ebla.metaserver.cluster;

import io.ebla.core.cluster.TabletId;
import io.ebla.core.failpoint.FailPoints;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The phases to which a command has brought procedures: those are what a process can be killed in, right after it
 * has applied them and before anybody is answered or does anything about them ({@link FailPoints}).
 */
public final class AppliedPhases {

    /** Of an election, which the metadata remembers while it lasts. */
    public enum OfElection {
        /** An epoch is given out, and the tablet has no master. */
        BEGUN,
        /** The winner is its master. */
        RECORDED
    }

    /** A phase that was reached, of what is called so. */
    record Reached(String procedure, Enum<?> phase) {}

    private AppliedPhases() {}

    /** Holds this thread in a phase in which a test wants it. */
    public static void pass(ClusterState before, ClusterState after) {
        if (FailPoints.ON) {
            for (Reached each : of(before, after)) {
                FailPoints.reached(each.procedure(), each.phase());
            }
        }
    }

    static List<Reached> of(ClusterState before, ClusterState after) {
        List<Reached> reached = new ArrayList<>();
        add(reached, before.splits(), after.splits(), one -> of("split", one.phase()));
        add(reached, before.merges(), after.merges(), one -> of("merge", one.phase()));
        add(reached, before.handOvers(), after.handOvers(), one -> of("hand_over", one.phase()));
        add(
                reached,
                before.replicaOperations(),
                after.replicaOperations(),
                one -> of(name(one.kind()), one.phase()));
        add(reached, tasks(before), tasks(after), one -> of(name(one.kind()), one.phase()));
        addElections(reached, before, after);
        return reached;
    }

    private static <T> void add(
            List<Reached> reached,
            Map<String, T> before,
            Map<String, T> after,
            Function<T, Reached> where) {
        after.forEach(
                (id, one) -> {
                    T was = before.get(id);
                    Reached now = where.apply(one);
                    if (was == null || !where.apply(was).equals(now)) {
                        reached.add(now);
                    }
                });
    }

    private static void addElections(
            List<Reached> reached, ClusterState before, ClusterState after) {
        after.elections()
                .forEach(
                        (tablet, election) -> {
                            if (!election.equals(before.elections().get(tablet))) {
                                reached.add(of("election", OfElection.BEGUN));
                            }
                        });
        for (TabletId tablet : before.elections().keySet()) {
            boolean served =
                    !after.elections().containsKey(tablet)
                            && after.tablets().containsKey(tablet)
                            && after.tablets().get(tablet).master() != null;
            if (served) {
                reached.add(of("election", OfElection.RECORDED));
            }
        }
    }

    private static Reached of(String procedure, Enum<?> phase) {
        return new Reached(procedure, phase);
    }

    private static Map<String, ClusterTask> tasks(ClusterState state) {
        return state.administration().tasks().stream()
                .collect(Collectors.toMap(ClusterTask::id, task -> task));
    }

    private static String name(Enum<?> kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }
}
