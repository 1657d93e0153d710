package io.ebla.clustertest.local;

import io.ebla.clustertest.process.Api;
import io.ebla.clustertest.process.Eventually;
import io.ebla.clustertest.process.PackagedJar;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code ebla local-cluster} as a process, known by what it prints. Closing it kills it and whatever it has
 * started. One thread.
 */
final class LocalClusterProcess implements AutoCloseable {

    /** A server that it said it has started. */
    record Server(String id, long pid, URI url) {

        boolean runs() {
            return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        }

        /** Ends it as a crash does. */
        void kill() {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }

        Api api() {
            return new Api(url, Duration.ofSeconds(2), Duration.ofSeconds(30));
        }
    }

    private static final Pattern SERVER = Pattern.compile("([mt]\\d) (\\d+) (http://\\S+)");
    private static final String READY = "ebla cluster ready";
    private static final Duration PATIENCE =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 180));

    /** Beside each other in one block: as local-cluster has them. */
    private static final int[] PORTS = {0, 1, 2, 100, 101, 102, 200, 201, 202, 1000, 1001, 1002};

    private final Process process;
    private final Path out;
    private final Path errors;

    /**
     * Starts it.
     *
     * @param number of the start, for the names of its logs
     */
    LocalClusterProcess(Path directory, int basePort, int number) {
        out = directory.resolve("out-" + number);
        errors = directory.resolve("errors-" + number);
        List<String> arguments =
                List.of("local-cluster", "--base-port", "" + basePort, "--data", data(directory));
        ProcessBuilder builder =
                new ProcessBuilder(command(arguments))
                        .redirectOutput(out.toFile())
                        .redirectError(errors.toFile());
        try {
            process = builder.start();
        } catch (IOException notStarted) {
            throw new UncheckedIOException(notStarted);
        }
    }

    private static String data(Path directory) {
        return directory.resolve("cluster").toString();
    }

    /** The command line of {@code ebla} with these arguments. */
    static List<String> command(List<String> arguments) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(
                PackagedJar.options(
                        java, List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")));
        command.addAll(arguments);
        return command;
    }

    /** The first of ports that are all free now. */
    static int freeBasePort(Random random) {
        for (int attempt = 0; attempt < 100; attempt++) {
            int base = 10_000 + random.nextInt(20_000);
            if (free(base)) {
                return base;
            }
        }
        throw new AssertionError("no free ports");
    }

    private static boolean free(int base) {
        for (int port : PORTS) {
            try (ServerSocket socket = new ServerSocket(base + port)) {
                socket.setReuseAddress(true);
            } catch (IOException taken) {
                return false;
            }
        }
        return true;
    }

    /** Waits until it says that all serve; the servers in the order it told of them. */
    Map<String, Server> awaitReady() {
        boolean ready =
                Eventually.happens(PATIENCE, () -> out().contains(READY) || !process.isAlive());
        if (!ready || !out().contains(READY)) {
            throw new AssertionError("no cluster:\n" + out() + errors());
        }
        Map<String, Server> servers = new LinkedHashMap<>();
        for (String line : out().lines().toList()) {
            Matcher server = SERVER.matcher(line);
            if (server.matches()) {
                servers.put(
                        server.group(1),
                        new Server(
                                server.group(1),
                                Long.parseLong(server.group(2)),
                                URI.create(server.group(3))));
            }
        }
        return servers;
    }

    String out() {
        return read(out);
    }

    String errors() {
        return read(errors);
    }

    private static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** SIGTERM, as Ctrl-C ends it too. */
    void terminate() {
        process.destroy();
    }

    void kill() {
        process.destroyForcibly();
    }

    /** Whether it ends in time. */
    boolean ends() {
        try {
            return process.waitFor(60, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
