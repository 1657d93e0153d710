package io.ebla.cli;

import io.ebla.client.ReadOptions;
import io.ebla.client.StoredRow;
import io.ebla.core.key.Bytes;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Reads one row. */
@Command(
        name = "get",
        description = "Writes the value of one row to standard output, byte for byte.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  ebla get pets rex",
            "  ebla get files logo > logo.png",
            "  ebla get pets rex --output json",
            "",
            "Exits with 3 if there is no such row."
        })
final class GetCommand implements Callable<Integer> {

    private final Console console;

    @Mixin private KeyArguments key;

    @Option(
            names = "--read",
            paramLabel = "LEVEL",
            description = "strong (the default), session or local.")
    private String read;

    @Option(
            names = "--position",
            paramLabel = "POSITION",
            description = "With --read session: what must be seen at least.")
    private String position;

    @Mixin private ServerOptions server;
    @Mixin private OutputOptions output;

    GetCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        ReadOptions options = new ReadOptions(read, position, server.timeout());
        Optional<StoredRow> row = server.client().get(key.table(), key.key(), options);
        if (row.isEmpty()) {
            console.errors().println("ebla: row_not_found: no row " + key.key());
            return ExitCode.ABSENT;
        }
        if (output.json()) {
            byte[] json = row.get().json();
            console.out().write(json, 0, json.length);
            console.out().println();
        } else {
            Bytes value = row.get().value().orElseThrow().bytes();
            console.out().write(value.array(), value.offset(), value.length());
        }
        console.out().flush();
        return ExitCode.DONE;
    }
}
