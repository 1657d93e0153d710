package io.ebla.cli;

import io.ebla.cli.server.OwnClasses;
import io.ebla.cli.server.Rehearsal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Starts a server on a directory of its own, gives it one of each command, and ends. The launcher lets
 * the JVM archive the classes that this loads; users have no need of it.
 */
@Command(name = "rehearse", hidden = true, description = "Starts, serves a little, and ends.")
final class RehearseCommand implements Callable<Integer> {

    private static final String LINE = "{\"pk\":\"a\",\"sk\":\"2\",\"data\":{\"n\":2}}\n";
    private static final String OPERATIONS =
            "[{\"put\":{\"pk\":\"a\",\"sk\":\"1\",\"data\":{\"n\":1}},\"if\":\"pk == null\"}]";

    private final Console console;

    RehearseCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        try (Rehearsal server = Rehearsal.start()) {
            String url = server.url();
            int worst = 0;
            worst = Math.max(worst, run(url, "", "table", "create", "t"));
            worst = Math.max(worst, run(url, "", "put", "t", "a", "{\"n\":0}"));
            worst = Math.max(worst, run(url, "", "get", "t", "a"));
            worst = Math.max(worst, run(url, OPERATIONS, "batch", "t"));
            worst = Math.max(worst, run(url, LINE, "import", "t"));
            worst = Math.max(worst, run(url, "", "scan", "t", "--if", "data.n >= 0"));
            worst = Math.max(worst, run(url, "", "export", "t"));
            worst = Math.max(worst, run(url, "", "delete", "t", "a"));
            worst = Math.max(worst, run(url, "", "table", "tablets", "t"));
            worst =
                    Math.max(
                            worst,
                            run(url, "", "cluster", "split", "t", "1", "--at", "m", "--wait"));
            OwnClasses.load();
            return worst;
        }
    }

    private int run(String url, String input, String... arguments) {
        InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        Console quiet = new Console(in, nowhere, nowhere);
        int status = Ebla.run(quiet, Map.of("EBLA_URL", url), arguments);
        if (status != ExitCode.DONE) {
            console.errors().println(String.join(" ", arguments) + " exits with " + status);
        }
        return status;
    }
}
