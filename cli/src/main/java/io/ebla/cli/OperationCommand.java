package io.ebla.cli;

import io.ebla.client.ClusterAdministration;
import io.ebla.client.ClusterDescription;
import io.ebla.client.EblaClientException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The commands that change what is where in a cluster: each begins an operation and tells its id, or waits
 * for its end.
 */
abstract class OperationCommand implements Callable<Integer> {

    private static final long LOOK_MILLIS = 300;

    /** So long nobody may be able to tell: an election of the meta-servers, or a server that restarts. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final int BAR = 20;

    private final Console console;
    @Mixin private ServerOptions server;
    @Mixin private OutputOptions output;

    @Option(
            names = "--wait",
            description = "Wait until it has ended; exit status 1 when it was aborted.")
    private boolean waits;

    OperationCommand(Console console) {
        this.console = console;
    }

    /** Adds all of them to the command of the cluster. */
    static void addTo(CommandLine cluster, Console console) {
        cluster.addSubcommand("move", new Move(console))
                .addSubcommand("master", new Master(console))
                .addSubcommand("merge", new Merge(console))
                .addSubcommand("drain", new Drain(console))
                .addSubcommand("undrain", new Undrain(console))
                .addSubcommand("pause-balancing", new Pause(console))
                .addSubcommand("resume-balancing", new Resume(console));
    }

    /** The id of the operation. */
    abstract String begin(ClusterAdministration cluster);

    @Override
    public Integer call() throws InterruptedException {
        ClusterAdministration cluster = server.client().administration();
        String id = begin(cluster);
        if (!waits) {
            console.writer()
                    .println(
                            output.json()
                                    ? Receipts.json(Map.of("operation", id))
                                    : "operation " + id);
            return ExitCode.DONE;
        }
        ClusterDescription.Operation ended = ended(cluster, id);
        console.writer().println(output.json() ? Receipts.json(ended) : text(ended));
        return "done".equals(ended.state()) ? ExitCode.DONE : ExitCode.FAILED;
    }

    private ClusterDescription.Operation ended(ClusterAdministration cluster, String id)
            throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        long heardNanos = System.nanoTime();
        String told = "";
        while (true) {
            String progress;
            try {
                ClusterDescription.Operation now = cluster.operation(id);
                heardNanos = System.nanoTime();
                progress = text(now);
                if (!"running".equals(now.state())) {
                    return now;
                }
            } catch (EblaClientException failure) {
                boolean over = System.nanoTime() - heardNanos >= SILENCE_NANOS;
                if (!failure.retryable() || over) {
                    throw failure;
                }
                progress = "asking again: " + failure.getMessage();
            }
            if (!progress.equals(told) && !output.json()) {
                console.errors().println(progress);
                told = progress;
            }
            never.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private static String text(ClusterDescription.Operation operation) {
        String detail = operation.detail() == null ? "" : "  " + operation.detail();
        return bar(operation.progress())
                + "  "
                + operation.kind()
                + " "
                + operation.phase()
                + detail;
    }

    /** How far an operation is, as a bar; dots when nobody knows. */
    static String bar(Double progress) {
        if (progress == null) {
            return "[" + ".".repeat(BAR) + "]     ";
        }
        int full = (int) Math.round(progress * BAR);
        return "["
                + "#".repeat(full)
                + "-".repeat(BAR - full)
                + String.format(Locale.ROOT, "] %3.0f%%", 100 * progress);
    }

    /** One replica goes to another node. */
    @Command(
            name = "move",
            description = "Moves a replica of a tablet from one node to another.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "The tablet serves all the while: the new replica takes state and log of the others, then the",
                "place of the old one. Asked for again it is the same operation.",
                "",
                "Examples:",
                "  ebla cluster tablets visits",
                "  ebla cluster move visits 7 --from t1 --to t4 --wait"
            })
    private static final class Move extends OperationCommand {

        @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
        private String table;

        @Parameters(index = "1", paramLabel = "TABLET", description = "The id of the tablet.")
        private String tablet;

        @Option(
                names = "--from",
                paramLabel = "NODE",
                required = true,
                description = "The node whose replica is to go.")
        private String from;

        @Option(
                names = "--to",
                paramLabel = "NODE",
                required = true,
                description = "The node that is to have one instead.")
        private String to;

        Move(Console console) {
            super(console);
        }

        @Override
        String begin(ClusterAdministration cluster) {
            return cluster.moveReplica(table, tablet, from, to);
        }
    }

    /** Another node masters the tablet. */
    @Command(
            name = "master",
            description = "Hands a tablet over to another node that has a replica of it.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  ebla cluster master visits 7 --to t2 --wait"})
    private static final class Master extends OperationCommand {

        @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
        private String table;

        @Parameters(index = "1", paramLabel = "TABLET", description = "The id of the tablet.")
        private String tablet;

        @Option(
                names = "--to",
                paramLabel = "NODE",
                required = true,
                description = "The node that is to be master.")
        private String to;

        Master(Console console) {
            super(console);
        }

        @Override
        String begin(ClusterAdministration cluster) {
            return cluster.moveMaster(table, tablet, to);
        }
    }

    /** Two tablets are to be one. */
    @Command(
            name = "merge",
            description = "Merges a tablet with its right neighbour.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "Rows are served all the while, but for a moment at the end. Replicas of the right one are first",
                "moved to where the left one has its own.",
                "",
                "Example:",
                "  ebla cluster merge visits 7 --wait"
            })
    private static final class Merge extends OperationCommand {

        @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
        private String table;

        @Parameters(index = "1", paramLabel = "TABLET", description = "The id of the left tablet.")
        private String tablet;

        Merge(Console console) {
            super(console);
        }

        @Override
        String begin(ClusterAdministration cluster) {
            return cluster.mergeTablet(table, tablet);
        }
    }

    /** A node is to hold nothing. */
    @Command(
            name = "drain",
            description = "Moves all that a node has to the others, and gives it nothing more.",
            mixinStandardHelpOptions = true,
            footer = {
                "",
                "When it is done the node can be stopped without anybody noticing. Until it is undrained it",
                "stays empty, also when it is started again.",
                "",
                "Examples:",
                "  ebla cluster drain t3 --wait",
                "  ebla cluster operations --watch"
            })
    private static final class Drain extends OperationCommand {

        @Parameters(paramLabel = "NODE", description = "The tablet server.")
        private String node;

        Drain(Console console) {
            super(console);
        }

        @Override
        String begin(ClusterAdministration cluster) {
            return cluster.drain(node);
        }
    }

    /** A node may be given something again. */
    @Command(
            name = "undrain",
            description = "Lets a drained node be given replicas again; ends a drain under way.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example:", "  ebla cluster undrain t3"})
    private static final class Undrain extends OperationCommand {

        @Parameters(paramLabel = "NODE", description = "The tablet server.")
        private String node;

        Undrain(Console console) {
            super(console);
        }

        @Override
        String begin(ClusterAdministration cluster) {
            return cluster.undrain(node);
        }
    }

    /** Nothing is moved of its own accord. */
    @Command(
            name = "pause-balancing",
            description = "Moves nothing for the sake of balance until it is resumed.",
            mixinStandardHelpOptions = true,
            footer = {"", "Lost replicas are rebuilt, and nodes drained, all the same."})
    private static final class Pause extends OperationCommand {

        Pause(Console console) {
            super(console);
        }

        @Override
        String begin(ClusterAdministration cluster) {
            return cluster.balancing(true);
        }
    }

    /** Replicas and masterships are spread again. */
    @Command(
            name = "resume-balancing",
            description = "Spreads replicas and masterships over the nodes again.",
            mixinStandardHelpOptions = true)
    private static final class Resume extends OperationCommand {

        Resume(Console console) {
            super(console);
        }

        @Override
        String begin(ClusterAdministration cluster) {
            return cluster.balancing(false);
        }
    }
}
