package io.ebla.cli;

import io.ebla.core.key.Bytes;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Begins the split of a tablet, which the metadata carries through. */
@Command(
        name = "split",
        description = "Splits a tablet in the middle, or at a pk.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "It is done when `ebla cluster operations` says so; rows are served all the while."
        })
final class ClusterSplit implements Callable<Integer> {

    private final Console console;

    @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
    private String table;

    @Parameters(
            index = "1",
            paramLabel = "TABLET",
            description = "The tablet, as `ebla cluster tablets` names it.")
    private String tablet;

    @Option(
            names = "--at",
            paramLabel = "PK",
            description = "The first pk of the upper half (default: half of the bytes lie below).")
    private String at;

    @Mixin private ServerOptions server;
    @Mixin private OutputOptions output;

    ClusterSplit(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Bytes pk = at == null ? null : Bytes.utf8(at);
        String operation = server.client().splitTablet(table, tablet, pk);
        console.writer()
                .println(
                        output.json()
                                ? Receipts.json(Map.of("operation", operation))
                                : "tablet " + tablet + ": being split, operation " + operation);
        return ExitCode.DONE;
    }
}
