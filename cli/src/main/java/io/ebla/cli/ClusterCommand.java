package io.ebla.cli;

import io.ebla.client.ClusterDescription;
import io.ebla.client.EblaClient;
import io.ebla.client.TableDescription;
import io.ebla.client.TabletDescription;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * The commands about the cluster as a whole. Those that show something share the printing below; those that
 * change something are {@link OperationCommand}s.
 */
@Command(
        name = "cluster",
        description =
                "Shows the servers of a cluster and what they serve, moves, splits and merges it.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Any server of the cluster answers; while no meta-server does, with what it knew before.",
            "",
            "Examples:",
            "  ebla cluster status",
            "  ebla cluster nodes --watch",
            "  ebla cluster tablets visits --output json",
            "  ebla cluster drain t3 --wait",
            "  ebla cluster split visits 7 --at m",
            "  ebla cluster merge visits 7 --wait",
            "  ebla cluster operations --watch"
        })
final class ClusterCommand {

    private ClusterCommand() {}

    static CommandLine withSubcommands(Console console) {
        CommandLine cluster =
                new CommandLine(new ClusterCommand())
                        .addSubcommand("status", new Status(console))
                        .addSubcommand("nodes", new Nodes(console))
                        .addSubcommand("tablets", new Tablets(console))
                        .addSubcommand("operations", new Operations(console))
                        .addSubcommand("split", new ClusterSplit(console));
        OperationCommand.addTo(cluster, console);
        return cluster;
    }

    /** What all of them take. */
    private abstract static class Shown implements Callable<Integer> {

        private final Console console;
        @Mixin private ServerOptions server;
        @Mixin private OutputOptions output;
        @Mixin private WatchOptions watch;

        Shown(Console console) {
            this.console = console;
        }

        @Override
        public Integer call() throws InterruptedException {
            EblaClient client = server.client();
            return watch.show(console, out -> show(client, out));
        }

        private void show(EblaClient client, PrintWriter out) {
            Object content = content(client);
            if (output.json()) {
                out.println(Receipts.json(content));
            } else {
                print(content, out);
            }
        }

        /** What there is to tell; for programs as it is. */
        abstract Object content(EblaClient client);

        /** The same for people. */
        abstract void print(Object content, PrintWriter out);
    }

    /** Something of the cluster's description, which says first if it is an old one. */
    private abstract static class ShownCluster extends Shown {

        ShownCluster(Console console) {
            super(console);
        }

        @Override
        final Object content(EblaClient client) {
            return client.cluster();
        }

        @Override
        final void print(Object content, PrintWriter out) {
            ClusterDescription cluster = (ClusterDescription) content;
            tellStale(cluster, out);
            print(cluster, out);
        }

        abstract void print(ClusterDescription cluster, PrintWriter out);
    }

    /** The whole cluster in a few lines. */
    @Command(
            name = "status",
            description = "Tells in a few lines how the cluster is.",
            mixinStandardHelpOptions = true)
    private static final class Status extends ShownCluster {

        Status(Console console) {
            super(console);
        }

        @Override
        void print(ClusterDescription cluster, PrintWriter out) {
            out.println("meta-servers  " + meta(cluster.meta()));
            Map<String, Long> states =
                    cluster.nodes().stream()
                            .collect(
                                    Collectors.groupingBy(
                                            ClusterDescription.Node::state,
                                            LinkedHashMap::new,
                                            Collectors.counting()));
            out.println(
                    "nodes         "
                            + cluster.nodes().size()
                            + states.entrySet().stream()
                                    .map(each -> each.getValue() + " " + each.getKey())
                                    .collect(Collectors.joining(", ", ": ", "")));
            out.println(
                    "replicas      "
                            + sum(cluster, ClusterDescription.Node::tablets)
                            + ", "
                            + sum(cluster, ClusterDescription.Node::masters)
                            + " of them masters, "
                            + bytes(sum(cluster, ClusterDescription.Node::bytes)));
            long running =
                    cluster.operations().stream()
                            .filter(operation -> "running".equals(operation.state()))
                            .count();
            out.println("operations    " + running + " running");
        }

        private static String meta(ClusterDescription.Meta meta) {
            String members = String.join(", ", meta.members());
            return meta.leader() == null
                    ? (members.isEmpty() ? "unknown" : members + "; nobody leads")
                    : members + "; " + meta.leader() + " leads";
        }

        private static long sum(
                ClusterDescription cluster, ToLongFunction<ClusterDescription.Node> figure) {
            return cluster.nodes().stream().mapToLong(figure).sum();
        }
    }

    /** The tablet servers. */
    @Command(
            name = "nodes",
            description = "Lists the tablet servers.",
            mixinStandardHelpOptions = true)
    private static final class Nodes extends ShownCluster {

        Nodes(Console console) {
            super(console);
        }

        @Override
        void print(ClusterDescription cluster, PrintWriter out) {
            Columns columns =
                    new Columns("NODE", "STATE", "ADDRESS", "ZONE", "REPLICAS", "MASTERS", "BYTES");
            for (ClusterDescription.Node node : cluster.nodes()) {
                columns.add(
                        node.id(),
                        node.state(),
                        node.address(),
                        node.zone(),
                        node.tablets(),
                        node.masters(),
                        bytes(node.bytes()));
            }
            columns.print(out);
        }
    }

    /** The tablets of one table or of all. */
    @Command(
            name = "tablets",
            description = "Lists the tablets of one table, or of all, with their replicas.",
            mixinStandardHelpOptions = true)
    private static final class Tablets extends Shown {

        @Parameters(
                paramLabel = "TABLE",
                arity = "0..1",
                description = "Only this one (default: all).")
        private String table;

        Tablets(Console console) {
            super(console);
        }

        @Override
        Object content(EblaClient client) {
            Map<String, List<TabletDescription>> tablets = new LinkedHashMap<>();
            List<String> names =
                    table != null
                            ? List.of(table)
                            : client.tables().stream().map(TableDescription::name).toList();
            names.forEach(name -> tablets.put(name, client.tablets(name)));
            return tablets;
        }

        @Override
        @SuppressWarnings("unchecked")
        void print(Object content, PrintWriter out) {
            Columns columns =
                    new Columns(
                            "TABLE",
                            "TABLET",
                            "FROM",
                            "STATE",
                            "EPOCH",
                            "MASTER",
                            "REPLICAS",
                            "ROWS",
                            "BYTES");
            ((Map<String, List<TabletDescription>>) content)
                    .forEach((name, all) -> all.forEach(each -> add(columns, name, each)));
            columns.print(out);
        }

        private static void add(Columns columns, String name, TabletDescription tablet) {
            columns.add(
                    name,
                    tablet.id(),
                    tablet.from() == null ? tablet.fromBase64() : tablet.from(),
                    tablet.state(),
                    tablet.epoch(),
                    tablet.master(),
                    tablet.replicas().stream()
                            .map(Tablets::replica)
                            .collect(Collectors.joining(" ")),
                    tablet.rows(),
                    tablet.bytes() == null ? null : bytes(tablet.bytes()));
        }

        private static String replica(TabletDescription.Replica replica) {
            boolean behind = replica.lagMillis() != null && replica.lagMillis() > 0;
            return replica.node() + (behind ? "(-" + replica.lagMillis() + "ms)" : "");
        }
    }

    /** What is being changed. */
    @Command(
            name = "operations",
            description = "Lists the procedures that run, and those that ended lately.",
            mixinStandardHelpOptions = true)
    private static final class Operations extends ShownCluster {

        Operations(Console console) {
            super(console);
        }

        @Override
        void print(ClusterDescription cluster, PrintWriter out) {
            Columns columns =
                    new Columns(
                            "OPERATION", "KIND", "STATE", "PHASE", "PROGRESS", "STARTED", "DETAIL");
            for (ClusterDescription.Operation each : cluster.operations()) {
                columns.add(
                        each.id(),
                        each.kind(),
                        each.state(),
                        each.phase(),
                        each.progress() == null ? null : OperationCommand.bar(each.progress()),
                        each.startedAt(),
                        each.detail());
            }
            columns.print(out);
        }
    }

    private static void tellStale(ClusterDescription cluster, PrintWriter out) {
        if (Boolean.TRUE.equals(cluster.stale())) {
            out.println("(of earlier: no meta-server answers now)");
        }
    }

    private static String bytes(long count) {
        if (count < 10_000) {
            return count + " B";
        }
        return count < 10_000_000
                ? String.format(Locale.ROOT, "%,d kB", count / 1_000)
                : String.format(Locale.ROOT, "%,d MB", count / 1_000_000);
    }
}
