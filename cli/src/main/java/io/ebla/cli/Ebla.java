package io.ebla.cli;

import io.ebla.cli.bench.BenchCommand;
import io.ebla.cli.local.LocalClusterCommand;
import io.ebla.cli.server.DevCommand;
import io.ebla.cli.server.MetaServerCommand;
import io.ebla.cli.server.TabletServerCommand;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;

/**
 * The {@code ebla} command. What is asked for is decided here, before anything heavy loads: only the
 * server commands reach Spring.
 */
@Command(
        name = "ebla",
        description = "A range-partitioned key-value database: its servers and its commands.%n",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Every option may also be given as a variable: --http-port is EBLA_HTTP_PORT, --url is",
            "EBLA_URL. Options of the servers are Spring properties too (ebla.http-port).",
            "",
            "Examples:",
            "  ebla dev",
            "  ebla table create pets",
            "  ebla put pets rex '{\"kind\":\"dog\",\"age\":3}'",
            "  ebla get pets rex",
            "  ebla scan pets --if 'data.kind == \"dog\"'",
            "",
            "Exit codes: 0 done; 1 refused or failed, also in part; 2 wrong usage; 3 no such row or",
            "table; 4 a condition does not hold; 5 unknown whether the write took effect;",
            "70 a server ended itself because its disk failed; 141 the reader of the output has gone.",
            "A server ended by SIGTERM exits with 143, by Ctrl-C with 130, after a clean stop."
        })
public final class Ebla {

    private static final int HELP_WIDTH = 100;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help; 'ebla help COMMAND' shows that of a command.")
    private boolean help;

    private Ebla() {}

    public static void main(String[] arguments) {
        Console console = new Console(System.in, System.out, System.err);
        int status = run(console, System.getenv(), arguments);
        console.flush();
        System.exit(status);
    }

    /** Runs one command and returns its exit status. */
    static int run(Console console, Map<String, String> environment, String... arguments) {
        CommandLine line = commands(console);
        line.setDefaultValueProvider(new EnvironmentDefaults(environment));
        line.setUsageHelpWidth(HELP_WIDTH);
        line.setOut(console.writer());
        line.setErr(console.errors());
        line.setExecutionExceptionHandler(new Failures(console));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line.execute(arguments);
    }

    static int run(InputStream in, PrintStream out, PrintStream err, String... arguments) {
        Console console = new Console(in, out, err);
        int status = run(console, Map.of(), arguments);
        console.flush();
        return status;
    }

    private static CommandLine commands(Console console) {
        CommandLine line = new CommandLine(new Ebla());
        line.addSubcommand("dev", new DevCommand());
        line.addSubcommand("meta-server", new MetaServerCommand());
        line.addSubcommand("tablet-server", new TabletServerCommand());
        line.addSubcommand(
                "local-cluster", new LocalClusterCommand(console.writer(), console.errors()));
        line.addSubcommand("cluster", ClusterCommand.withSubcommands(console));
        line.addSubcommand("table", TableCommand.withSubcommands(console));
        line.addSubcommand("put", new PutCommand(console));
        line.addSubcommand("get", new GetCommand(console));
        line.addSubcommand("delete", new DeleteCommand(console));
        line.addSubcommand("scan", new ScanCommand(console));
        line.addSubcommand("batch", new BatchCommand(console));
        line.addSubcommand("import", new ImportCommand(console));
        line.addSubcommand("export", new ExportCommand(console));
        line.addSubcommand("bench", new BenchCommand(console.out()));
        line.addSubcommand("version", new VersionCommand(console));
        line.addSubcommand("rehearse", new RehearseCommand(console));
        line.addSubcommand("help", new HelpCommand());
        return line;
    }
}
