package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Read;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Result.Accepted;
import io.ebla.clustertest.history.Result.Committed;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Seen;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * A register that is linearizable by construction, used by random clients on a virtual clock: each call
 * takes effect at one moment between its begin and its end, those of unknown end at any later one or never.
 * Its history must be accepted.
 */
final class TrueRegister {

    /**
     * What is drawn.
     *
     * @param unknownPercent share of the writes whose end the client does not learn
     */
    record Plan(int operations, int clients, int pks, int rows, int unknownPercent) {}

    private record Step(long at, long order, Runnable what) {}

    private final Plan plan;
    private final Random random;
    private final PriorityQueue<Step> steps =
            new PriorityQueue<>(Comparator.comparingLong(Step::at).thenComparing(Step::order));
    private final Map<String, Seen> state = new HashMap<>();
    private final Map<String, Boolean> covered = new HashMap<>(); // whether by a put
    private final Map<String, List<String>> told = new HashMap<>();
    private final List<Operation> history = new ArrayList<>();
    private long now;
    private long numbers;
    private int begun;

    TrueRegister(Plan plan, Random random) {
        this.plan = plan;
        this.random = random;
    }

    List<Operation> history() {
        for (int client = 0; client < plan.clients; client++) {
            after(random.nextInt(5), this::begin);
        }
        while (!steps.isEmpty()) {
            Step step = steps.poll();
            now = step.at;
            step.what.run();
        }
        return history;
    }

    private void after(long wait, Runnable what) {
        steps.add(new Step(now + wait, ++numbers, what));
    }

    private void begin() {
        if (begun++ >= plan.operations) {
            return;
        }
        String pk = "pk" + random.nextInt(plan.pks);
        long invoked = now;
        if (random.nextInt(100) < 45) {
            List<String> rows = rows(random.nextInt(4) == 0 ? 2 : 1);
            after(random.nextInt(10), () -> read(pk, rows, invoked));
        } else {
            Write write = write(pk);
            after(random.nextInt(10), () -> write(pk, write, invoked));
        }
    }

    private List<String> rows(int count) {
        List<String> rows = new ArrayList<>();
        for (int row = 0; row < plan.rows; row++) {
            rows.add("r" + row);
        }
        Collections.shuffle(rows, random);
        return rows.subList(0, Math.min(count, rows.size()));
    }

    private Write write(String pk) {
        List<Change> changes = new ArrayList<>();
        for (String row : rows(random.nextInt(4) == 0 ? 2 : 1)) {
            Kind kind = Kind.values()[Math.max(0, random.nextInt(8) - 5)];
            String value = kind == Kind.PUT ? "value" + ++numbers : "";
            changes.add(new Change(kind, row, value, condition(pk + row)));
        }
        return new Write(changes, random.nextInt(8) == 0);
    }

    private Condition condition(String row) {
        List<String> versions = told.getOrDefault(row, List.of());
        int choice = random.nextInt(10);
        if (choice < 4 && !versions.isEmpty()) {
            int back = random.nextInt(Math.min(3, versions.size()));
            return Condition.version(versions.get(versions.size() - 1 - back));
        }
        return choice == 8 ? Condition.ABSENT : choice == 9 ? Condition.EXISTS : Condition.NONE;
    }

    private void read(String pk, List<String> rows, long invoked) {
        Map<String, Optional<Seen>> found = new HashMap<>();
        if (rows.stream().anyMatch(row -> covered.containsKey(pk + row))) {
            after(3, () -> read(pk, rows, invoked));
            return;
        }
        rows.forEach(row -> found.put(row, Optional.ofNullable(state.get(pk + row))));
        end(pk, new Read(rows), invoked, new Found(found));
    }

    private void write(String pk, Write write, long invoked) {
        boolean holds = write.changes().stream().allMatch(each -> holds(pk, each));
        boolean free =
                write.changes().stream().noneMatch(each -> covered.containsKey(pk + each.row()));
        int fate = random.nextInt(100);
        if (fate < plan.unknownPercent) {
            end(pk, write, invoked, Result.UNKNOWN);
            if (random.nextInt(3) > 0) {
                after(random.nextInt(60), () -> late(pk, write));
            }
        } else if (!holds) {
            end(pk, write, invoked, Result.CONDITION_FAILED);
        } else if (!free || fate > 95) {
            end(pk, write, invoked, Result.NOT_APPLIED);
        } else if (fate > 90) {
            cover(pk, write);
            after(
                    random.nextInt(6),
                    () -> undo(pk, write, () -> end(pk, write, invoked, Result.REVERTED)));
        } else if (fate > 85) {
            List<String> versions = random.nextBoolean() ? apply(pk, write) : versions(write);
            end(pk, write, invoked, new Accepted(versions));
        } else {
            boolean one = write.changes().size() == 1 && write.changes().get(0).kind() == Kind.PUT;
            boolean absent = !state.containsKey(pk + write.changes().get(0).row());
            Optional<Boolean> created = one ? Optional.of(absent) : Optional.empty();
            end(pk, write, invoked, new Committed(apply(pk, write), created));
        }
    }

    private void late(String pk, Write write) {
        boolean free =
                write.changes().stream().noneMatch(each -> covered.containsKey(pk + each.row()));
        if (!free || !write.changes().stream().allMatch(each -> holds(pk, each))) {
            return;
        }
        if (write.revertible() && random.nextBoolean()) {
            cover(pk, write);
            after(random.nextInt(6), () -> undo(pk, write, () -> {}));
        } else {
            apply(pk, write);
        }
    }

    private void cover(String pk, Write write) {
        for (Change change : write.changes()) {
            if (writes(change)) {
                covered.put(pk + change.row(), change.kind() == Kind.PUT);
            }
        }
    }

    private static boolean writes(Change change) {
        return change.kind() != Kind.CHECK;
    }

    /** While a row is covered, conditions see the write that will be undone. */
    private boolean holds(String pk, Change change) {
        Seen seen = state.get(pk + change.row());
        Boolean coveredByPut = covered.get(pk + change.row());
        if (change.condition() instanceof Condition.Version version) {
            return coveredByPut == null && seen != null && seen.version().equals(version.version());
        }
        boolean exists = coveredByPut == null ? seen != null : coveredByPut;
        return change.condition() instanceof Condition.None
                || (change.condition() instanceof Condition.Exists) == exists;
    }

    private void undo(String pk, Write write, Runnable then) {
        for (Change change : write.changes()) {
            if (writes(change)) {
                covered.remove(pk + change.row());
                state.computeIfPresent(
                        pk + change.row(), (row, seen) -> new Seen(seen.value(), version()));
            }
        }
        then.run();
    }

    private String version() {
        return "v" + ++numbers;
    }

    private List<String> versions(Write write) {
        return write.changes().stream()
                .map(each -> each.kind() == Kind.PUT ? version() : "")
                .toList();
    }

    private List<String> apply(String pk, Write write) {
        List<String> versions = versions(write);
        for (int i = 0; i < versions.size(); i++) {
            Change change = write.changes().get(i);
            switch (change.kind()) {
                case PUT -> state.put(pk + change.row(), new Seen(change.value(), versions.get(i)));
                case DELETE -> state.remove(pk + change.row());
                case CHECK -> {}
            }
        }
        return versions;
    }

    private void end(String pk, Call call, long invoked, Result result) {
        after(
                random.nextInt(10),
                () -> {
                    Operation operation = new Operation(pk, call, invoked, now, result, "");
                    history.add(operation);
                    tell(operation);
                    after(random.nextInt(5), this::begin);
                });
    }

    private void tell(Operation operation) {
        List<String> rows = operation.call().rows();
        List<String> versions = operation.versions();
        for (int i = 0; i < versions.size(); i++) {
            if (!versions.get(i).isEmpty()) {
                tell(operation.pk() + rows.get(i), versions.get(i));
            }
        }
        if (operation.result() instanceof Found found) {
            found.rows()
                    .forEach(
                            (row, seen) ->
                                    seen.ifPresent(
                                            each -> tell(operation.pk() + row, each.version())));
        }
    }

    private void tell(String row, String version) {
        told.computeIfAbsent(row, each -> new ArrayList<>()).add(version);
    }
}
