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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Histories by hand, in the order of reading: when, what, and how it ended. All of one pk. */
final class Script {

    private static final String PK = "pk";

    private final List<Operation> operations = new ArrayList<>();

    /** A call between two moments. */
    At at(long invoked, long returned) {
        return new At(invoked, returned);
    }

    Verdict verdict() {
        return new LinearizabilityChecker().judge(operations);
    }

    List<Operation> operations() {
        return operations;
    }

    final class At {
        private final long invoked;
        private final long returned;
        private final List<Change> changes = new ArrayList<>();
        private Condition condition = Condition.NONE;
        private boolean revertible;

        private At(long invoked, long returned) {
            this.invoked = invoked;
            this.returned = returned;
        }

        /** For the next change. */
        At ifVersion(String version) {
            condition = Condition.version(version);
            return this;
        }

        At ifAbsent() {
            condition = Condition.ABSENT;
            return this;
        }

        At ifExists() {
            condition = Condition.EXISTS;
            return this;
        }

        At revertible() {
            revertible = true;
            return this;
        }

        At put(String row, String value) {
            return change(Kind.PUT, row, value);
        }

        At delete(String row) {
            return change(Kind.DELETE, row, "");
        }

        At check(String row) {
            return change(Kind.CHECK, row, "");
        }

        private At change(Kind kind, String row, String value) {
            changes.add(new Change(kind, row, value, condition));
            condition = Condition.NONE;
            return this;
        }

        Script committed(String... versions) {
            return write(new Committed(List.of(versions), Optional.empty()));
        }

        Script created(String version) {
            return write(new Committed(List.of(version), Optional.of(true)));
        }

        Script replaced(String version) {
            return write(new Committed(List.of(version), Optional.of(false)));
        }

        Script accepted(String... versions) {
            return write(new Accepted(List.of(versions)));
        }

        Script failed() {
            return write(Result.CONDITION_FAILED);
        }

        Script unknown() {
            return write(Result.UNKNOWN);
        }

        Script notApplied() {
            return write(Result.NOT_APPLIED);
        }

        Script reverted() {
            return write(Result.REVERTED);
        }

        private Script write(Result result) {
            return add(new Write(changes, revertible), result);
        }

        /** A read: a row, its value and its version, again and again; an absent row has "" for both. */
        Script read(String... rows) {
            Map<String, Optional<Seen>> found = new LinkedHashMap<>();
            for (int i = 0; i < rows.length; i += 3) {
                found.put(
                        rows[i],
                        rows[i + 1].isEmpty()
                                ? Optional.empty()
                                : Optional.of(new Seen(rows[i + 1], rows[i + 2])));
            }
            return add(new Read(List.copyOf(found.keySet())), new Found(found));
        }

        private Script add(Call call, Result result) {
            operations.add(new Operation(PK, call, invoked, returned, result, ""));
            return Script.this;
        }
    }
}
