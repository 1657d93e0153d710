package io.ebla.cli.local;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a whole cluster as processes of this machine. */
@Command(
        name = "local-cluster",
        description = "Runs a cluster of several servers on this machine, each in its own process.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Prints a line 'ID PID URL' for each server, and 'ebla cluster ready' when all of them",
            "serve and every tablet has a master.",
            "Tablet server i serves HTTP on base-port + i - 1 and gRPC 1000 above, meta-server i HTTP",
            "100 above base-port + i - 1 and Raft 200 above. Logs are in DIR/logs.",
            "",
            "Ctrl-C and SIGTERM end all of them cleanly; they also end when this process is killed.",
            "The same command on the same DIR starts the same cluster again.",
            "",
            "Examples:",
            "  ebla local-cluster --data ./cluster",
            "  ebla local-cluster --meta-servers 1 --tablet-servers 2 --base-port 9000 --data ./two"
        })
public final class LocalClusterCommand implements Callable<Integer> {

    private static final int FAILED = 1;

    private final PrintWriter out;
    private final PrintWriter errors;

    @Option(
            names = "--meta-servers",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many meta-servers: 1, 3 or 5 (default: ${DEFAULT-VALUE}).")
    private int metaServers;

    @Option(
            names = "--tablet-servers",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many tablet servers (default: ${DEFAULT-VALUE}).")
    private int tabletServers;

    @Option(
            names = "--base-port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "HTTP port of the first tablet server (default: ${DEFAULT-VALUE}).")
    private int basePort;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            required = true,
            description = "Where all of them keep their data, each in a directory of its name.")
    private Path data;

    @Option(
            names = "--cluster-secret",
            paramLabel = "TEXT",
            description = "What the servers prove to each other that they know.")
    private String clusterSecret;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "error, warn, info or debug, to DIR/logs (default: info).")
    private String logLevel;

    public LocalClusterCommand(PrintWriter out, PrintWriter errors) {
        this.out = out;
        this.errors = errors;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = data.toAbsolutePath().normalize();
        ClusterPlan plan = new ClusterPlan(metaServers, tabletServers, basePort, directory);
        LocalCluster cluster =
                new LocalCluster(
                        plan,
                        new ServerLauncher(directory.resolve("logs"), environment()),
                        out,
                        errors);
        cluster.check();
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::stop, "ebla-local-cluster-stop"));
        if (!cluster.start()) {
            return FAILED; // the hook ends the others
        }
        out.println("ebla cluster ready");
        out.flush();
        cluster.allEnded().join();
        return FAILED;
    }

    /** By the environment, where other users of the machine do not see it. */
    private Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        if (clusterSecret != null) {
            environment.put("EBLA_CLUSTER_SECRET", clusterSecret);
        }
        if (logLevel != null) {
            environment.put("EBLA_LOG_LEVEL", logLevel);
        }
        return environment;
    }
}
