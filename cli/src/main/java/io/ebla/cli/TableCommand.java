package io.ebla.cli;

import io.ebla.client.EblaClientException;
import io.ebla.client.TableDescription;
import io.ebla.client.TableOptions;
import io.ebla.client.TabletDescription;
import io.ebla.core.contract.ErrorCode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands about whole tables; they share the options and the printing below. */
@Command(
        name = "table",
        description = "Creates, shows, changes and drops tables.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  ebla table create pets",
            "  ebla table create visits --ttl 30d --split-at g,n",
            "  ebla table tablets visits"
        })
final class TableCommand {

    private TableCommand() {}

    static CommandLine withSubcommands(Console console) {
        return new CommandLine(new TableCommand())
                .addSubcommand("create", new Create(console))
                .addSubcommand("list", new ListAll(console))
                .addSubcommand("show", new Show(console))
                .addSubcommand("alter", new Alter(console))
                .addSubcommand("drop", new Drop(console))
                .addSubcommand("tablets", new Tablets(console));
    }

    private static void print(PrintWriter out, TableDescription table) {
        out.printf(
                Locale.ROOT,
                "%s: %s, %d %s, %d %s, rows live %s, created %s%n",
                table.name(),
                table.store(),
                table.replicas(),
                table.replicas() == 1 ? "replica" : "replicas",
                table.tablets(),
                table.tablets() == 1 ? "tablet" : "tablets",
                table.ttl() == null ? "for ever" : table.ttl(),
                table.createdAt());
    }

    /** Creates a table. */
    @Command(
            name = "create",
            description = "Creates a table; a table that is there with these options is no error.",
            mixinStandardHelpOptions = true)
    private static final class Create implements Callable<Integer> {

        private final Console console;

        @Parameters(paramLabel = "TABLE", description = "Its name: [a-z][a-z0-9_-]{0,62}.")
        private String table;

        @Option(names = "--replicas", paramLabel = "N", description = "Copies of every row.")
        private Integer replicas;

        @Option(names = "--store", paramLabel = "KIND", description = "disk (default) or memory.")
        private String store;

        @Option(names = "--ttl", paramLabel = "TIME", description = "How long rows live: 24h.")
        private String ttl;

        @Option(
                names = "--split-at",
                paramLabel = "PK",
                split = ",",
                description = "Ascending pks that divide the table from the start.")
        private List<String> splitAt = List.of();

        @Mixin private ServerOptions server;
        @Mixin private OutputOptions output;

        Create(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            TableOptions options = new TableOptions(replicas, store, ttl, splitAt);
            TableDescription created = server.client().createTable(table, options);
            if (output.json()) {
                console.writer().println(Receipts.json(created));
            } else {
                print(console.writer(), created);
            }
            return ExitCode.DONE;
        }
    }

    /** Lists the tables. */
    @Command(
            name = "list",
            description = "Lists the tables, one a line.",
            mixinStandardHelpOptions = true)
    private static final class ListAll implements Callable<Integer> {

        private final Console console;
        @Mixin private ServerOptions server;
        @Mixin private OutputOptions output;

        ListAll(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            List<TableDescription> tables = server.client().tables();
            if (output.json()) {
                console.writer().println(Receipts.json(Map.of("tables", tables)));
            } else {
                tables.forEach(table -> print(console.writer(), table));
            }
            return ExitCode.DONE;
        }
    }

    /** Shows one table. */
    @Command(name = "show", description = "Shows one table.", mixinStandardHelpOptions = true)
    private static final class Show implements Callable<Integer> {

        private final Console console;

        @Parameters(paramLabel = "TABLE", description = "The table.")
        private String table;

        @Mixin private ServerOptions server;
        @Mixin private OutputOptions output;

        Show(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            TableDescription found = server.client().table(table);
            if (output.json()) {
                console.writer().println(Receipts.json(found));
            } else {
                print(console.writer(), found);
            }
            return ExitCode.DONE;
        }
    }

    /** Changes a table. */
    @Command(
            name = "alter",
            description = "Changes a table; rows written before keep their expiry.",
            mixinStandardHelpOptions = true)
    private static final class Alter implements Callable<Integer> {

        private final Console console;

        @Parameters(paramLabel = "TABLE", description = "The table.")
        private String table;

        @Option(
                names = "--ttl",
                paramLabel = "TIME",
                required = true,
                description = "How long rows written from now on live: 24h, never.")
        private String ttl;

        @Mixin private ServerOptions server;
        @Mixin private OutputOptions output;

        Alter(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            TableDescription changed =
                    server.client().alterTable(table, TableOptions.defaults().ttl(ttl));
            if (output.json()) {
                console.writer().println(Receipts.json(changed));
            } else {
                print(console.writer(), changed);
            }
            return ExitCode.DONE;
        }
    }

    /** Drops a table with all its rows. */
    @Command(
            name = "drop",
            description = "Drops a table with all its rows. There is no way back.",
            mixinStandardHelpOptions = true)
    private static final class Drop implements Callable<Integer> {

        private final Console console;

        @Parameters(paramLabel = "TABLE", description = "The table.")
        private String table;

        @Option(names = "--if-exists", description = "It is no error if there is no such table.")
        private boolean ifExists;

        @Mixin private ServerOptions server;
        @Mixin private OutputOptions output;

        Drop(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            boolean dropped = drop();
            if (output.json()) {
                console.writer().println(Receipts.json(Map.of("dropped", dropped)));
            } else {
                console.writer().println(table + (dropped ? ": dropped" : ": there was none"));
            }
            return ExitCode.DONE;
        }

        private boolean drop() {
            try {
                server.client().dropTable(table);
                return true;
            } catch (EblaClientException refused) {
                if (ifExists && refused.is(ErrorCode.TABLE_NOT_FOUND)) {
                    return false;
                }
                throw refused;
            }
        }
    }

    /** Shows the tablets of a table. */
    @Command(
            name = "tablets",
            description = "Shows a table's tablets in key order, and who serves them.",
            mixinStandardHelpOptions = true)
    private static final class Tablets implements Callable<Integer> {

        private static final String LINE = "%-12s %-16s %-16s %-10s %6s %-10s %12s %14s%n";

        private final Console console;

        @Parameters(paramLabel = "TABLE", description = "The table.")
        private String table;

        @Mixin private ServerOptions server;
        @Mixin private OutputOptions output;

        Tablets(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() {
            List<TabletDescription> tablets = server.client().tablets(table);
            if (output.json()) {
                console.writer().println(Receipts.json(Map.of("tablets", tablets)));
                return ExitCode.DONE;
            }
            PrintWriter out = console.writer();
            out.printf(LINE, "ID", "FROM", "TO", "STATE", "EPOCH", "MASTER", "ROWS", "BYTES");
            for (TabletDescription one : tablets) {
                out.printf(
                        LINE,
                        one.id(),
                        bound(one.from(), one.fromBase64()),
                        bound(one.to(), one.toBase64()),
                        shown(one.state()),
                        shown(one.epoch()),
                        shown(one.master()),
                        shown(one.rows()),
                        shown(one.bytes()));
            }
            return ExitCode.DONE;
        }

        private static String bound(String text, String base64) {
            return base64 == null ? shown(text) : "base64:" + base64;
        }

        private static String shown(Object value) {
            return value == null ? "-" : value.toString();
        }
    }
}
