package io.ebla.cli;

import io.ebla.client.BulkReceipt;
import io.ebla.client.EblaClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes many rows from NDJSON. */
@Command(
        name = "import",
        description = "Writes the rows of an NDJSON file, or of standard input, into a table.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A line is {\"pk\",\"sk\",\"data\" or \"base64\",\"contentType\",\"ttl\",\"if\"} or",
            "{\"pk\",\"sk\",\"delete\":true}; what export writes can be read again. Lines of one pk",
            "are written in their order. A bad line is told with its number and the rest goes on;",
            "the command exits with 1 if any line failed.",
            "",
            "Examples:",
            "  ebla import countries countries.ndjson",
            "  zcat rows.ndjson.gz | ebla import rows"
        })
final class ImportCommand implements Callable<Integer> {

    private final Console console;

    @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
    private String table;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "The lines; without it, or for -, standard input.")
    private Path file;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "4",
            description = "Bulk writes at a time (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(names = "--quiet", description = "No progress.")
    private boolean quiet;

    @Mixin private ServerOptions server;
    @Mixin private OutputOptions output;

    ImportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (connections < 1 || connections > 64) {
            throw new IllegalArgumentException("--connections: " + connections + " not in 1..64");
        }
        EblaClient client = server.client();
        client.table(table); // an absent table is told before anything is sent
        boolean fromFile = file != null && !file.toString().equals("-");
        long size = fromFile ? Files.size(file) : -1;
        try (Progress progress = Progress.start(console, quiet, "imported", size);
                InputStream in = fromFile ? Files.newInputStream(file) : console.in()) {
            ImportTally tally = new ImportTally(progress);
            boolean whole;
            try {
                whole =
                        new BulkImport(lines -> client.bulkWrite(table, lines), connections, tally)
                                .run(in);
            } finally { // what was written is told also when the source cannot be read on
                progress.close();
                tally.tellRest();
                summarize(tally, progress);
            }
            return whole && tally.failed() == 0 && tally.unknown() == 0
                    ? ExitCode.DONE
                    : tally.failed() == 0 && tally.unknown() > 0
                            ? ExitCode.UNKNOWN
                            : ExitCode.FAILED;
        }
    }

    private void summarize(ImportTally tally, Progress progress) {
        BulkReceipt total = tally.total();
        if (output.json()) {
            console.writer()
                    .println(
                            Receipts.json(
                                    Map.of(
                                            "written", total.written(),
                                            "deleted", total.deleted(),
                                            "failed", total.failed(),
                                            "unknown", total.unknown(),
                                            "seconds", progress.seconds())));
            return;
        }
        console.writer()
                .printf(
                        Locale.ROOT,
                        "%,d written, %,d deleted, %,d failed, %,d unknown in %.1f s (%,.0f lines/s)%n",
                        total.written(),
                        total.deleted(),
                        total.failed(),
                        total.unknown(),
                        progress.seconds(),
                        progress.rate());
    }
}
