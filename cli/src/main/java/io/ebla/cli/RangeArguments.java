package io.ebla.cli;

import io.ebla.client.ScanRequest;
import picocli.CommandLine.Option;

/** Which rows of a table a command reads. */
final class RangeArguments {

    @Option(names = "--from", paramLabel = "KEY", description = "The first key.")
    private String from;

    @Option(names = "--to", paramLabel = "KEY", description = "The key before which to end.")
    private String to;

    @Option(names = "--prefix", paramLabel = "TEXT", description = "Only keys that begin so.")
    private String prefix;

    @Option(
            names = "--pk",
            paramLabel = "PK",
            description = "Only rows of this pk; --from, --to and --prefix are then sort keys.")
    private String pk;

    @Option(
            names = "--if",
            paramLabel = "EXPR",
            description = "Only rows for which this CEL expression holds.")
    private String condition;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many rows.")
    private Long limit;

    ScanRequest request(boolean descending, boolean values) {
        if (limit != null && limit < 1) {
            throw new IllegalArgumentException("--limit: " + limit + " is less than 1");
        }
        long rows = limit == null ? 0 : limit;
        return new ScanRequest(from, to, prefix, pk, descending, rows, condition, values);
    }
}
