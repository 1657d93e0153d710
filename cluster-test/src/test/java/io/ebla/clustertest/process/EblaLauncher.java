package io.ebla.clustertest.process;

import io.ebla.core.port.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How to start {@code ebla dev} on one data directory: its ports, its properties, the Java it runs on and
 * what it runs under. Each start uses the same port, as a restarted server does.
 */
public final class EblaLauncher {

    private final Path directory;
    private final int httpPort = FreePorts.next();
    private final int grpcPort = FreePorts.next();

    /** First of all how long an answer is waited for: a busy machine takes its time. */
    private final Map<String, String> properties =
            new LinkedHashMap<>(Map.of("ebla.limits.timeout", "20s"));

    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> jvmOptions =
            new ArrayList<>(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    private Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    private List<String> wrapper = List.of();
    private Path data;
    private int starts;

    /** @param directory for the server's data and its logs */
    public EblaLauncher(Path directory) {
        this.directory = directory;
        this.data = directory.resolve("data");
    }

    /** Another place for the data than below the directory. */
    public EblaLauncher data(Path place) {
        data = place;
        return this;
    }

    /** Sets {@code ebla.NAME} for later starts. */
    public EblaLauncher property(String name, String value) {
        properties.put("ebla." + name, value);
        return this;
    }

    /** Sets a variable of the environment for later starts. */
    public EblaLauncher environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** The command line to run the server under, such as a tracer; empty for none. */
    public EblaLauncher under(List<String> command) {
        wrapper = List.copyOf(command);
        return this;
    }

    /** Another Java to run on, with its own options first. */
    public EblaLauncher on(Path executable, String... options) {
        java = executable;
        jvmOptions.addAll(List.of(options));
        return this;
    }

    public Path data() {
        return data;
    }

    /** Starts the process and returns at once. */
    public EblaProcess start() {
        return start("dev", "--http-port", "" + httpPort, "--grpc-port", "" + grpcPort);
    }

    private EblaProcess start(String... arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.add(java.toString());
        List<String> options = new ArrayList<>(jvmOptions);
        properties.forEach((name, value) -> options.add("-D" + name + "=" + value));
        command.addAll(PackagedJar.options(java, options));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--data", data.toString()));
        Path log = directory.resolve("server-" + starts++ + ".log");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        try {
            return new EblaProcess(
                    builder.start(), log, URI.create("http://127.0.0.1:" + httpPort));
        } catch (IOException notStarted) {
            throw new UncheckedIOException(notStarted);
        }
    }
}
