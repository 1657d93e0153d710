package io.ebla.tabletserver.condition;

import io.ebla.core.key.RowKey;
import io.ebla.core.row.Row;
import io.ebla.tabletserver.tablet.RowCondition;
import java.util.List;
import java.util.Optional;

/**
 * What the headers of a conditional request ask of a row (RFC 9110, 13): plain values, so that they can be
 * judged on another node than the one that read them.
 */
public sealed interface Precondition extends RowCondition {

    RowCondition PRESENT = new Present();
    RowCondition ABSENT = new Absent();

    /** {@code If-Match: *}. */
    record Present() implements Precondition {

        @Override
        public boolean holds(RowKey key, Optional<Row> row) {
            return row.isPresent();
        }
    }

    /** {@code If-None-Match: *}. */
    record Absent() implements Precondition {

        @Override
        public boolean holds(RowKey key, Optional<Row> row) {
            return row.isEmpty();
        }
    }

    /** {@code If-Match} with tags: the row is there, at one of these versions. */
    record VersionIsOneOf(List<String> versions) implements Precondition {

        public VersionIsOneOf {
            versions = List.copyOf(versions);
        }

        @Override
        public boolean holds(RowKey key, Optional<Row> row) {
            return row.isPresent() && versions.contains(row.get().version().text());
        }
    }

    /**
     * {@code If-Unmodified-Since}: the row is absent, or of that second or an earlier one, for an HTTP-date
     * has whole seconds.
     */
    record UnmodifiedSince(long sinceMillis) implements Precondition {

        @Override
        public boolean holds(RowKey key, Optional<Row> row) {
            return row.isEmpty()
                    || Math.floorDiv(row.get().updatedAt(), 1000L)
                            <= Math.floorDiv(sinceMillis, 1000L);
        }
    }
}
