package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Table names as they stand in paths. Those seen before are remembered, as checking one costs more
 * than finding it.
 */
final class TableNames {

    private static final int REMEMBERED_MAX = 4096;

    private final ConcurrentHashMap<String, TableName> remembered = new ConcurrentHashMap<>();

    /** @throws io.ebla.core.contract.EblaException {@code invalid_argument} for what is no name */
    TableName fromPath(String rawPath, int from, int to) {
        String text = rawPath.substring(from, to);
        TableName known = remembered.get(text);
        return known != null ? known : checked(text);
    }

    private TableName checked(String text) {
        TableName name = parse(PercentDecoding.decode(text, 0, text.length(), false).toUtf8());
        if (remembered.size() < REMEMBERED_MAX) {
            remembered.put(text, name);
        }
        return name;
    }

    private static TableName parse(String text) {
        try {
            return TableName.of(text);
        } catch (IllegalArgumentException invalid) {
            throw Problems.invalid(invalid.getMessage());
        }
    }
}
