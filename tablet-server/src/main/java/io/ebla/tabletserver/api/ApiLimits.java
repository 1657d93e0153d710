package io.ebla.tabletserver.api;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The bounds of what one request may ask for, each a setting under {@code ebla.limits}. Beyond one of
 * them a request is refused and nothing is applied.
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
 */
@ConfigurationProperties("ebla.limits")
public record ApiLimits(
        @DefaultValue("1024") int keyPartBytes,
        @DefaultValue("1048576") int valueBytes,
        @DefaultValue("1048576") int batchBytes,
        @DefaultValue("1000") int batchOperations,
        @DefaultValue("10000") int pageRows,
        @DefaultValue("1000") int defaultPageRows,
        @DefaultValue("16384") int requestLineBytes,
        @DefaultValue("16384") int headerBytes,
        @DefaultValue("2000") long defaultTimeoutMillis,
        @DefaultValue("60000") long maxTimeoutMillis,
        @DefaultValue("10000") long tableReadyMillis,
        @DefaultValue("500") long unknownTableMillis) {

    public ApiLimits {
        requirePositive("key-part-bytes", keyPartBytes);
        requirePositive("value-bytes", valueBytes);
        requirePositive("batch-bytes", batchBytes);
        requirePositive("batch-operations", batchOperations);
        requirePositive("page-rows", pageRows);
        requirePositive("default-page-rows", defaultPageRows);
        requirePositive("request-line-bytes", requestLineBytes);
        requirePositive("header-bytes", headerBytes);
        requirePositive("default-timeout-millis", defaultTimeoutMillis);
        requirePositive("max-timeout-millis", maxTimeoutMillis);
        requirePositive("table-ready-millis", tableReadyMillis);
        requirePositive("unknown-table-millis", unknownTableMillis);
    }

    private static void requirePositive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException("ebla.limits." + name + " is " + value);
        }
    }

    /** The limits of the public contract. */
    public static ApiLimits defaults() {
        return new ApiLimits(
                1024, 1 << 20, 1 << 20, 1000, 10_000, 1000, 16_384, 16_384, 2000, 60_000, 10_000,
                500);
    }
}
