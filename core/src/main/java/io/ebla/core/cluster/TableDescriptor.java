package io.ebla.core.cluster;

import java.util.List;
import java.util.Objects;

/**
 * A table, as the metadata tablet describes it.
 *
 * @param name its name, unique among living tables
 * @param replicas copies of each tablet, the master included
 * @param store where rows live
 * @param ttlMillis default lifetime of a row, 0 for none
 * @param splitAt the pks it was first split at (hex of the raw bytes), ascending: part of what it was
 *     created with, not where it is split today
 * @param createdAt ms since the epoch
 */
public record TableDescriptor(
        TableName name,
        int replicas,
        StoreKind store,
        long ttlMillis,
        List<String> splitAt,
        long createdAt) {

    /** Tablets that one table may start with. */
    public static final int TABLETS_MAX = 1_000;

    public TableDescriptor {
        Objects.requireNonNull(name);
        Objects.requireNonNull(store);
        splitAt = List.copyOf(splitAt);
        if (replicas < 1 || ttlMillis < 0) {
            throw new IllegalArgumentException(
                    "table with " + replicas + " replicas and ttl " + ttlMillis);
        }
    }
}
