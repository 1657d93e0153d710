package io.ebla.tabletserver.api;

import java.util.Set;

/**
 * Tells from a request's line alone whether it may be a write of one row or of a batch: every answer to
 * those carries an outcome, also where they are refused before any handler knows them.
 */
final class AtomicWrites {

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    private static final String TABLES = "/v1/tables/";
    private static final String ROWS = "/rows/";
    private static final String BATCH = "/batch";

    private AtomicWrites() {}

    /** @param rawPath still encoded, without the query */
    static boolean mayBe(String method, String rawPath) {
        if (READING.contains(method) || rawPath == null || !rawPath.startsWith(TABLES)) {
            return false;
        }
        int nameEnd = rawPath.indexOf('/', TABLES.length());
        return nameEnd >= 0
                && (rawPath.startsWith(ROWS, nameEnd)
                        || rawPath.length() - nameEnd == BATCH.length() && rawPath.endsWith(BATCH));
    }
}
