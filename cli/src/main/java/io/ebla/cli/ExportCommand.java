package io.ebla.cli;

import io.ebla.client.EblaClient;
import io.ebla.client.LineStream;
import io.ebla.client.ScanRequest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads many rows into NDJSON. */
@Command(
        name = "export",
        description = "Writes the rows of a table in key order as NDJSON to a file or to output.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A file appears only when it is whole. If the stream does not reach its end the command",
            "says so and exits with 1; what it had written to standard output is then incomplete.",
            "When the reader of its output goes the export ends too, with 141.",
            "",
            "Examples:",
            "  ebla export countries countries.ndjson",
            "  ebla export rows --prefix a | gzip > rows.ndjson.gz"
        })
final class ExportCommand implements Callable<Integer> {

    private static final int BUFFER = 1 << 17;

    private final Console console;

    @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
    private String table;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "Where to; without it, or for -, standard output.")
    private Path file;

    @Mixin private RangeArguments range;

    @Option(names = "--keys-only", description = "Leave the values on the server.")
    private boolean keysOnly;

    @Option(names = "--quiet", description = "No progress.")
    private boolean quiet;

    @Mixin private ServerOptions server;

    ExportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        ScanRequest request = range.request(false, !keysOnly);
        EblaClient client = server.client();
        try (Progress progress = Progress.start(console, quiet, "exported", -1)) {
            if (file == null || file.toString().equals("-")) {
                OutputStream out = Streams.buffered(console.out());
                copy(client, request, out, progress);
            } else {
                // A link stays a link: what it leads to is written.
                Path target = Files.exists(file) ? file.toRealPath() : file;
                exportTo(target, client, request, progress);
            }
            progress.close();
            console.errors()
                    .printf(
                            Locale.ROOT,
                            "%,d rows, %,d bytes in %.1f s (%,.0f rows/s)%n",
                            progress.lines(),
                            progress.bytes(),
                            progress.seconds(),
                            progress.rate());
            return ExitCode.DONE;
        }
    }

    /** Only an ordinary file is replaced when all is there; a device or a pipe is written to as it is. */
    private void exportTo(Path target, EblaClient client, ScanRequest request, Progress progress)
            throws IOException {
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            write(target, client, request, progress);
            return;
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            write(part, client, request, progress);
            Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void write(Path target, EblaClient client, ScanRequest request, Progress progress)
            throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), BUFFER)) {
            copy(client, request, out, progress);
        }
    }

    private void copy(EblaClient client, ScanRequest request, OutputStream out, Progress progress)
            throws IOException {
        try (LineStream lines = client.scanLines(table, request)) {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                out.write(line);
                out.write('\n');
                progress.add(1, line.length + 1);
                if (progress.lines() % Streams.FLUSH_ROWS == 0) {
                    out.flush();
                }
            }
        } finally {
            out.flush();
        }
    }
}
