package io.ebla.cli.local;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a server is run as a process of its own: with this process's Java, jar and options, but for the memory,
 * which is that of a small server so that six of them fit into 4 GB.
 */
final class ServerLauncher {

    /** A meta-server keeps little, and little of it is hot. */
    private static final List<String> META_MEMORY =
            List.of(
                    "-Xms16m",
                    "-Xmx96m",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:ReservedCodeCacheSize=32m");

    private static final List<String> TABLET_MEMORY = List.of("-Xms48m", "-Xmx256m");

    private static final List<String> ALWAYS =
            List.of("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError");

    /** What a server must not take over from the process that starts it. */
    private static final List<String> OWN =
            List.of(
                    "-Xm",
                    "-XX:MaxRAM",
                    "-XX:TieredStopAtLevel",
                    "-XX:+Use",
                    "-agentlib",
                    "-Debla.t");

    private final Path logs;
    private final Map<String, String> environment;

    /**
     * @param logs where the servers' logs go, {@code ID.log} each
     * @param environment variables that the servers get beside those of this process
     */
    ServerLauncher(Path logs, Map<String, String> environment) {
        this.logs = logs;
        this.environment = Map.copyOf(environment);
    }

    Path log(ClusterPlan.Server server) {
        return logs.resolve(server.id() + ".log");
    }

    /**
     * Starts the server. Its standard output and its input stay in this process's hands: it ends when the
     * input does, however this process has ended.
     */
    Process start(ClusterPlan.Server server) throws IOException {
        Files.createDirectories(logs);
        List<String> command = new ArrayList<>(java());
        command.addAll(ALWAYS);
        command.addAll(server.meta() ? META_MEMORY : TABLET_MEMORY);
        command.addAll(program());
        command.addAll(server.arguments());
        command.add("--end-with-input");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
        builder.redirectError(ProcessBuilder.Redirect.appendTo(log(server).toFile()));
        return builder.start();
    }

    private static List<String> java() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (OWN.stream().noneMatch(option::startsWith)) {
                command.add(option);
            }
        }
        return command;
    }

    private static List<String> program() {
        String classes = System.getProperty("java.class.path");
        boolean jar = classes.endsWith(".jar") && !classes.contains(File.pathSeparator);
        return jar ? List.of("-jar", classes) : List.of("-cp", classes, "io.ebla.cli.Ebla");
    }
}
