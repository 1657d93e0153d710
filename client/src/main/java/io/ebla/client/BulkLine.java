package io.ebla.client;

import io.ebla.core.key.RowKey;

/** One line of a bulk write. */
public sealed interface BulkLine {

    RowKey key();

    /** Writes the row; ttl and condition may be null. */
    record Put(RowKey key, Value value, String ttl, String condition) implements BulkLine {

        public Put(RowKey key, Value value) {
            this(key, value, null, null);
        }
    }

    /** Deletes the row. */
    record Delete(RowKey key) implements BulkLine {}
}
