package io.ebla.clustertest.history;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a client asked for: always of rows of one pk, and always at once. */
public sealed interface Call {

    /** The sort keys of the rows it touches; {@code ""} is the row without one. */
    List<String> rows();

    /**
     * A strong read of rows at one moment: a get of one, or a range within a pk.
     *
     * @param rows at least one, each once
     */
    record Read(List<String> rows) implements Call {
        public Read {
            rows = distinct(rows);
        }
    }

    /**
     * Changes that happen all or not at all, each condition judged by the state before all of them.
     *
     * @param revertible whether the client asked for a revert when its wait runs out, so that one of
     *     unknown end may have been undone as well
     */
    record Write(List<Change> changes, boolean revertible) implements Call {
        public Write {
            changes = List.copyOf(changes);
            distinct(changes.stream().map(Change::row).toList());
        }

        @Override
        public List<String> rows() {
            return changes.stream().map(Change::row).toList();
        }
    }

    /** What a write does to one row. */
    enum Kind {
        PUT,
        DELETE,
        CHECK
    }

    /**
     * One row of a write.
     *
     * @param value of a put, unlike that of any other put of this row; else {@code ""}
     */
    record Change(Kind kind, String row, String value, Condition condition) {
        public Change {
            if (kind != Kind.PUT && !value.isEmpty()) {
                throw new IllegalArgumentException(kind + " with a value: " + value);
            }
        }
    }

    private static List<String> distinct(List<String> rows) {
        Set<String> each = new HashSet<>(rows);
        if (each.isEmpty() || each.size() != rows.size()) {
            throw new IllegalArgumentException("no row, or one of them twice: " + rows);
        }
        return List.copyOf(rows);
    }
}
