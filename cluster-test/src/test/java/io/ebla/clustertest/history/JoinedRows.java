package io.ebla.clustertest.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The rows of one pk as far as batches and ranges join them: what has to be judged together. */
final class JoinedRows {

    private final Map<String, String> parents = new HashMap<>();

    private JoinedRows() {}

    /** The operations of one pk, those of joined rows together. */
    static List<List<Operation>> split(List<Operation> operations) {
        JoinedRows joined = new JoinedRows();
        for (Operation operation : operations) {
            List<String> rows = operation.call().rows();
            rows.forEach(row -> joined.join(rows.get(0), row));
        }
        Map<String, List<Operation>> groups = new HashMap<>();
        for (Operation operation : operations) {
            String root = joined.root(operation.call().rows().get(0));
            groups.computeIfAbsent(root, each -> new ArrayList<>()).add(operation);
        }
        return new ArrayList<>(groups.values());
    }

    /** All rows that operations touch. */
    static Set<String> of(Collection<Operation> operations) {
        Set<String> rows = new TreeSet<>();
        operations.forEach(each -> rows.addAll(each.call().rows()));
        return rows;
    }

    private void join(String one, String other) {
        parents.put(root(one), root(other));
    }

    private String root(String row) {
        String root = row;
        while (!parents.getOrDefault(root, root).equals(root)) {
            root = parents.get(root);
        }
        if (!root.equals(row)) {
            parents.put(row, root);
        }
        return root;
    }
}
