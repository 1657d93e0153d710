package io.ebla.tabletserver.tablet;

import io.ebla.core.key.Bytes;
import io.ebla.core.key.RowKey;
import java.util.Objects;

/** One operation of a write, with the condition under which the whole write happens. */
public sealed interface RowOperation {

    RowKey key();

    RowCondition condition();

    /**
     * @param ttlMillis lifetime from the write's own timestamp, 0 for none; the table's default is
     *     already put in
     */
    record Put(RowKey key, Bytes value, String contentType, long ttlMillis, RowCondition condition)
            implements RowOperation {

        public Put {
            Objects.requireNonNull(key);
            Objects.requireNonNull(value);
            Objects.requireNonNull(contentType);
            Objects.requireNonNull(condition);
            if (ttlMillis < 0) {
                throw new IllegalArgumentException("ttl " + ttlMillis);
            }
        }
    }

    record Delete(RowKey key, RowCondition condition) implements RowOperation {

        public Delete {
            Objects.requireNonNull(key);
            Objects.requireNonNull(condition);
        }
    }

    /** Changes nothing; only its condition counts. */
    record Check(RowKey key, RowCondition condition) implements RowOperation {

        public Check {
            Objects.requireNonNull(key);
            Objects.requireNonNull(condition);
        }
    }
}
