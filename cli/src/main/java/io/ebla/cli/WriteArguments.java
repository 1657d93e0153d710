package io.ebla.cli;

import io.ebla.client.WriteOptions;
import picocli.CommandLine.Option;

/** How a write is to be done. */
final class WriteArguments {

    @Option(
            names = "--acks",
            paramLabel = "COPIES",
            description = "Copies to wait for: local, quorum (the default), all, or a number.")
    private String acks;

    @Option(
            names = "--if",
            paramLabel = "EXPR",
            description =
                    "Only if this CEL expression holds, e.g. 'data.stock > 0' or 'pk == null'.")
    private String condition;

    @Option(
            names = "--if-version",
            paramLabel = "VERSION",
            description = "Only if the row has this version; * for any.")
    private String ifVersion;

    @Option(names = "--if-absent", description = "Only if the row does not exist.")
    private boolean ifAbsent;

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "Makes it safe to repeat this very write for 24 h.")
    private String idempotencyKey;

    WriteOptions options(String timeout, String ttl) {
        return new WriteOptions(acks, timeout, ttl, condition, ifVersion, ifAbsent, idempotencyKey);
    }
}
