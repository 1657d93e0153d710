package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Read;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Move.Effect;
import io.ebla.clustertest.history.Move.Sight;
import io.ebla.clustertest.history.Result.Accepted;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.ConditionFailed;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Reverted;
import io.ebla.clustertest.history.Result.Unknown;
import io.ebla.clustertest.history.Task.Duty;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operations of one object as {@link Task}s.
 *
 * <p>A write of unknown end whose value some read returned has taken effect before that read ended, so it
 * is as good as answered. The others can only have been covered again, and matter through deletes and
 * failed conditions alone: those that do the same are interchangeable, and are used in their order.
 */
final class Tasks {

    private final Told told;
    private final List<Task> tasks = new ArrayList<>();
    private final Map<Object, Integer> kinds = new HashMap<>();
    private int later;
    private final Map<Object, Integer> reverts = new HashMap<>();

    Tasks(List<Operation> operations) {
        told = new Told(operations);
        operations.stream()
                .sorted(Comparator.comparingLong(Operation::invokedNanos))
                .forEach(this::add);
    }

    List<Task> all() {
        return tasks;
    }

    int rows() {
        return told.rows();
    }

    /** How many kinds of writes of unknown end there are, counted from 1. */
    int kinds() {
        return kinds.size();
    }

    private void add(Operation operation) {
        Result result = operation.result();
        if (operation.call() instanceof Read && result instanceof Found found) {
            add(operation, look(found), Duty.MUST);
        } else if (operation.call() instanceof Write write) {
            if (result instanceof ConditionFailed) {
                List<Demand> demands = write.changes().stream().map(this::demand).toList();
                add(operation, new Move.Refusal(demands), Duty.MUST);
            } else if (result instanceof Committed committed) {
                add(operation, change(write, operation, committed.created()), Duty.MUST);
            } else if (result instanceof Accepted) {
                Duty duty = seen(write) ? Duty.MUST : Duty.MAY;
                add(operation, change(write, operation, Optional.empty()), duty);
            } else if (result instanceof Reverted) {
                addReverted(operation, write);
            } else if (result instanceof Unknown) {
                addUnknown(operation, change(write, operation, Optional.empty()), write);
            }
        }
    }

    private void add(Operation operation, Move move, Duty duty) {
        long begin = operation.invokedNanos();
        tasks.add(new Task(operation, move, duty, begin, operation.returnedNanos(), 0, 0));
    }

    private void addUnknown(Operation operation, Move.Change change, Write write) {
        long begin = operation.invokedNanos();
        long seenNanos = write.changes().stream().mapToLong(told::firstSeenNanos).min().getAsLong();
        if (seenNanos < Long.MAX_VALUE) {
            long end = Math.max(begin, seenNanos);
            tasks.add(new Task(operation, change, Duty.MUST, begin, end, 0, 0));
        } else {
            List<Object> likeness = List.of(change.effects(), write.revertible());
            addLater(operation, change, likeness, later);
            if (write.revertible()) {
                // Those that do the same never cover one row at once, so that they can share a
                // number.
                int number = reverts.computeIfAbsent(likeness, each -> reverts.size() + 1);
                Move cover = new Move.Cover(number, change.effects());
                addLater(operation, cover, cover, later); // one number: only one of the two happens
                Move undo = new Move.Undo(number, changed(change.effects()));
                addLater(operation, undo, undo, ++later);
            }
            later++;
        }
    }

    private void addLater(Operation operation, Move move, Object likeness, int number) {
        int kind = kinds.computeIfAbsent(likeness, each -> kinds.size() + 1);
        long begin = operation.invokedNanos();
        tasks.add(new Task(operation, move, Duty.MAY_LATER, begin, Long.MAX_VALUE, kind, number));
    }

    private static List<Integer> changed(List<Effect> effects) {
        return effects.stream().filter(each -> each.kind() != Kind.CHECK).map(Effect::row).toList();
    }

    private void addReverted(Operation operation, Write write) {
        int number = reverts.computeIfAbsent(operation, each -> reverts.size() + 1);
        List<Effect> effects = change(write, operation, Optional.empty()).effects();
        add(operation, new Move.Cover(number, effects), Duty.MUST);
        add(operation, new Move.Undo(number, changed(effects)), Duty.MUST);
    }

    private boolean seen(Write write) {
        return write.changes().stream()
                .anyMatch(change -> told.firstSeenNanos(change) < Long.MAX_VALUE);
    }

    private Move.Look look(Found found) {
        List<Sight> sights = new ArrayList<>();
        found.rows()
                .forEach(
                        (row, seen) -> {
                            String version = seen.map(Result.Seen::version).orElse("");
                            sights.add(
                                    new Sight(
                                            told.row(row),
                                            seen.map(each -> told.value(row, each.value()))
                                                    .orElse(RowStates.ABSENT),
                                            told.version(version),
                                            told.owned(version)));
                        });
        return new Move.Look(sights);
    }

    private Move.Change change(Write write, Operation operation, Optional<Boolean> created) {
        List<String> versions = operation.versions();
        List<Effect> effects = new ArrayList<>();
        for (int i = 0; i < write.changes().size(); i++) {
            Change change = write.changes().get(i);
            boolean put = change.kind() == Kind.PUT;
            String version = versions.isEmpty() ? "" : versions.get(i);
            effects.add(
                    new Effect(
                            change.kind(),
                            demand(change),
                            put ? told.value(change.row(), change.value()) : RowStates.ABSENT,
                            put ? told.versionOf(change, version) : RowStates.UNTOLD));
        }
        return new Move.Change(effects, created);
    }

    private Demand demand(Change change) {
        int row = told.row(change.row());
        Condition condition = change.condition();
        if (condition instanceof Condition.Version wanted) {
            String version = wanted.version();
            return new Demand(Demand.Kind.VERSION, row, told.version(version), told.owned(version));
        }
        Demand.Kind kind =
                condition instanceof Condition.Absent
                        ? Demand.Kind.ABSENT
                        : condition instanceof Condition.Exists
                                ? Demand.Kind.EXISTS
                                : Demand.Kind.NOTHING;
        return new Demand(kind, row, RowStates.UNTOLD, false);
    }
}
