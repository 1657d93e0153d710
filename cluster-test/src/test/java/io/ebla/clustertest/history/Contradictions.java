package io.ebla.clustertest.history;

import io.ebla.clustertest.history.Call.Change;
import io.ebla.clustertest.history.Call.Kind;
import io.ebla.clustertest.history.Call.Write;
import io.ebla.clustertest.history.Result.Found;
import io.ebla.clustertest.history.Result.Seen;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Answers that cannot be in any order: told without a search, and in plainer words. */
final class Contradictions {

    private record InRow(String row, String value) {}

    private Contradictions() {}

    /** A version that two rows written in one pk were given, or null. */
    static String versionGivenTwice(List<Operation> operations) {
        Map<String, Operation> owners = new HashMap<>();
        for (Operation operation : operations) {
            for (String version : operation.versions()) {
                if (version.isEmpty()) {
                    continue;
                }
                Operation other = owners.put(version, operation);
                if (other != null) {
                    return "version "
                            + version
                            + " was given twice:\n  "
                            + other
                            + "\n  "
                            + operation;
                }
            }
        }
        return null;
    }

    /** A value that was read though nobody can have left it there, or null. */
    static String in(List<Operation> operations) {
        Map<InRow, Operation> writers = writers(operations);
        for (Operation operation : operations) {
            if (operation.result() instanceof Found found) {
                for (Map.Entry<String, Optional<Seen>> row : found.rows().entrySet()) {
                    if (row.getValue().isPresent()) {
                        Seen seen = row.getValue().get();
                        String wrong =
                                judge(seen, writers.get(new InRow(row.getKey(), seen.value())));
                        if (wrong != null) {
                            return wrong + ":\n  " + operation;
                        }
                    }
                }
            }
        }
        return null;
    }

    private static Map<InRow, Operation> writers(List<Operation> operations) {
        Map<InRow, Operation> writers = new HashMap<>();
        for (Operation operation : operations) {
            if (operation.call() instanceof Write write) {
                for (Change change : write.changes()) {
                    if (change.kind() != Kind.PUT) {
                        continue;
                    }
                    Operation other =
                            writers.put(new InRow(change.row(), change.value()), operation);
                    if (other != null) {
                        throw new IllegalArgumentException(
                                "one value put twice: " + other + ", " + operation);
                    }
                }
            }
        }
        return writers;
    }

    private static String judge(Seen seen, Operation writer) {
        if (writer == null) {
            return "read what nobody wrote";
        }
        Result result = writer.result();
        boolean never =
                result instanceof Result.NotApplied
                        || result instanceof Result.ConditionFailed
                        || result instanceof Result.Reverted;
        return never ? "read " + seen + ", which was written by\n  " + writer + "\n in" : null;
    }
}
