package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Verdict.Linearizable;
import io.ebla.clustertest.history.Verdict.Undecided;
import io.ebla.clustertest.history.Verdict.Violation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges whether a history of reads, writes, conditional writes and batches is linearizable.
 *
 * <p>A history is linearizable if and only if it is so for each object alone, so it is cut as fine as it
 * can be: an object is the rows of one pk that batches or ranges join, else a single row. It begins with
 * all rows absent. Each object is first held against what needs no search ({@link Contradictions}), then
 * searched ({@link Search}): first keeping one of the configurations that differ in the writes of unknown end
 * they used, which nearly always finds a pass, and if that fails keeping them all. A search that passes its
 * {@link Bounds} ends {@link Undecided}, never as a pass; a violation found in any object outranks that.
 */
public final class LinearizabilityChecker {

    private final Bounds bounds;

    public LinearizabilityChecker() {
        this(Bounds.USUAL);
    }

    public LinearizabilityChecker(Bounds bounds) {
        this.bounds = bounds;
    }

    /**
     * Judges a whole history, in any order.
     *
     * @throws IllegalArgumentException if two puts of one row have one value, which cannot be judged
     */
    public Verdict judge(Collection<Operation> history) {
        List<List<Operation>> objects = new ArrayList<>();
        Map<String, List<Operation>> byPk = new HashMap<>();
        history.forEach(each -> byPk.computeIfAbsent(each.pk(), pk -> new ArrayList<>()).add(each));
        for (List<Operation> pk : byPk.values()) {
            String twice = Contradictions.versionGivenTwice(pk);
            if (twice != null) {
                return new Violation(pk.get(0).pk(), twice);
            }
            objects.addAll(JoinedRows.split(pk));
        }
        long steps = 0;
        int widest = 0;
        Undecided undecided = null;
        for (List<Operation> object : objects) {
            Verdict verdict = judgeObject(object);
            if (verdict instanceof Violation) {
                return verdict;
            } else if (verdict instanceof Undecided given) {
                undecided = given;
            } else if (verdict instanceof Linearizable pass) {
                steps += pass.steps();
                widest = Math.max(widest, pass.widest());
            }
        }
        return undecided != null
                ? undecided
                : new Linearizable(history.size(), objects.size(), steps, widest);
    }

    private Verdict judgeObject(List<Operation> operations) {
        String name = operations.get(0).pk() + " " + JoinedRows.of(operations);
        String contradiction = Contradictions.in(operations);
        if (contradiction != null) {
            return new Violation(name, contradiction);
        }
        Tasks tasks = new Tasks(operations);
        Verdict verdict = search(name, tasks, operations, 1);
        return verdict instanceof Undecided
                ? search(name, tasks, operations, bounds.configurations())
                : verdict;
    }

    private Verdict search(String name, Tasks tasks, List<Operation> operations, int alike) {
        int beam = bounds.configurations();
        Search search = new Search(tasks, alike, beam, bounds.steps());
        try {
            Task unexplained = search.run();
            if (unexplained == null) {
                return new Linearizable(operations.size(), 1, search.steps(), search.widest());
            }
            return search.narrowed()
                    ? new Undecided(name, "more than " + beam + " configurations at once")
                    : new Violation(name, explain(unexplained, operations, search));
        } catch (Search.GivenUp givenUp) {
            return new Undecided(name, givenUp.getMessage());
        }
    }

    private static String explain(Task unexplained, List<Operation> operations, Search search) {
        Operation bad = unexplained.operation();
        StringBuilder text = new StringBuilder("nothing explains\n  ").append(bad);
        text.append("\nafter, with what else ran then (")
                .append(search.states().size())
                .append(" ways up to there):");
        List<Operation> before =
                operations.stream()
                        .filter(each -> each != bad && each.invokedNanos() <= bad.returnedNanos())
                        .sorted(Comparator.comparingLong(Operation::returnedNanos))
                        .toList();
        before.subList(Math.max(0, before.size() - 25), before.size())
                .forEach(each -> text.append("\n  ").append(each));
        return text.toString();
    }
}
