package io.ebla.cli;

import io.ebla.client.LineStream;
import io.ebla.client.RowStream;
import io.ebla.client.ScanRequest;
import io.ebla.client.StoredRow;
import io.ebla.client.Value;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads a range. */
@Command(
        name = "scan",
        description = "Prints rows in key order: key, tab, value.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "When the reader of its output goes (ebla scan pets | head -1) the scan ends too, with 141.",
            "",
            "Examples:",
            "  ebla scan pets",
            "  ebla scan pets --prefix r --limit 10",
            "  ebla scan visits --pk rex --from 2026-01 --to 2026-02 --desc",
            "  ebla scan pets --if 'data.age > 3' --output json"
        })
final class ScanCommand implements Callable<Integer> {

    private final Console console;

    @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
    private String table;

    @Mixin private RangeArguments range;

    @Option(names = "--desc", description = "Last row first.")
    private boolean descending;

    @Option(names = "--keys-only", description = "Leave the values on the server.")
    private boolean keysOnly;

    @Mixin private ServerOptions server;
    @Mixin private OutputOptions output;

    ScanCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        ScanRequest request = range.request(descending, !keysOnly);
        try (OutputStream out = Streams.buffered(console.out())) {
            if (output.json()) {
                printLines(request, out);
            } else {
                printRows(request, out);
            }
        }
        return ExitCode.DONE;
    }

    private void printLines(ScanRequest request, OutputStream out) throws IOException {
        long printed = 0;
        try (LineStream lines = server.client().scanLines(table, request)) {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                print(line, ++printed, out);
            }
        }
    }

    private void printRows(ScanRequest request, OutputStream out) throws IOException {
        long printed = 0;
        try (RowStream rows = server.client().scan(table, request)) {
            for (StoredRow row = rows.next(); row != null; row = rows.next()) {
                print(text(row).getBytes(StandardCharsets.UTF_8), ++printed, out);
            }
        }
    }

    private static void print(byte[] line, long number, OutputStream out) throws IOException {
        out.write(line);
        out.write('\n');
        if (number % Streams.FLUSH_ROWS == 0) {
            out.flush();
        }
    }

    private static String text(StoredRow row) {
        String key = printable(row.key().toString());
        return row.value().map(value -> key + "\t" + text(value)).orElse(key);
    }

    private static String text(Value value) {
        if (value.isJson() || value.contentType().startsWith("text/")) {
            return printable(value.bytes().toUtf8());
        }
        return "<" + value.bytes().length() + " bytes of " + value.contentType() + ">";
    }

    /** One row is one line, and no value plays with the terminal. */
    private static String printable(String text) {
        StringBuilder safe = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                safe = safe == null ? new StringBuilder(text.substring(0, i)) : safe;
                safe.append(escaped(c));
            } else if (safe != null) {
                safe.append(c);
            }
        }
        return safe == null ? text : safe.toString();
    }

    private static String escaped(char control) {
        return switch (control) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> String.format("\\u%04x", (int) control);
        };
    }
}
