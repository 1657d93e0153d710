package io.ebla.client;

import java.util.List;

/**
 * How a table is to be; what is null or empty is left to the server.
 *
 * @param store {@code disk} or {@code memory}
 * @param ttl how long rows live unless told otherwise: {@code 24h}
 * @param splitAt ascending pks at which the table is divided from the start
 */
public record TableOptions(Integer replicas, String store, String ttl, List<String> splitAt) {

    public TableOptions {
        splitAt = List.copyOf(splitAt);
    }

    public static TableOptions defaults() {
        return new TableOptions(null, null, null, List.of());
    }

    public TableOptions replicas(int copies) {
        return new TableOptions(copies, store, ttl, splitAt);
    }

    public TableOptions store(String kind) {
        return new TableOptions(replicas, kind, ttl, splitAt);
    }

    public TableOptions ttl(String life) {
        return new TableOptions(replicas, store, life, splitAt);
    }

    public TableOptions splitAt(List<String> keys) {
        return new TableOptions(replicas, store, ttl, keys);
    }
}
