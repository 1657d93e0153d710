package io.ebla.tabletserver.api;

import io.ebla.tabletserver.TabletServerProperties;

/**
 * The bounds of what one request may ask for, in plain numbers: the settings under {@code
 * ebla.limits}. Beyond one of them a request is refused and nothing is applied.
 *
 * @param keyPartBytes longest pk or sk
 * @param valueBytes longest value of a row
 * @param batchBytes longest body of an atomic batch or of a list of keys to read
 * @param batchOperations most operations of an atomic batch, and most keys of one read
 * @param pageRows most rows of a page
 * @param defaultPageRows rows of a page when the request does not say
 * @param requestLineBytes longest request line: method, path and query
 * @param headerBytes longest header section of a request
 * @param defaultTimeoutMillis how long an answer is waited for when the request does not say
 * @param maxTimeoutMillis the longest wait a request may ask for
 * @param tableReadyMillis how long the creation of a table waits for its tablets to serve
 * @param unknownTableMillis how long an absent table is remembered as absent
 * @param idleMillis how long a connection may rest on which the client is to do something
 */
record ApiLimits(
        int keyPartBytes,
        int valueBytes,
        int batchBytes,
        int batchOperations,
        int pageRows,
        int defaultPageRows,
        int requestLineBytes,
        int headerBytes,
        long defaultTimeoutMillis,
        long maxTimeoutMillis,
        long tableReadyMillis,
        long unknownTableMillis,
        long idleMillis) {

    static ApiLimits of(TabletServerProperties.Limits settings) {
        return new ApiLimits(
                settings.keyPart(),
                Math.toIntExact(settings.value().toBytes()),
                Math.toIntExact(settings.batch().toBytes()),
                settings.batchOperations(),
                settings.pageRows(),
                settings.pageDefault(),
                Math.toIntExact(settings.requestLine().toBytes()),
                Math.toIntExact(settings.requestHeaders().toBytes()),
                settings.timeout().toMillis(),
                settings.timeoutMax().toMillis(),
                settings.tableReady().toMillis(),
                settings.unknownTable().toMillis(),
                settings.idle().toMillis());
    }
}
