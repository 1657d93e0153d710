package io.ebla.clustertest.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One member of a cluster of processes: how it is started, and its process while it runs. Its addresses
 * and its data directory outlive the process. One thread.
 */
public final class ClusterNode implements AutoCloseable {

    private final String id;
    private final List<String> under;
    private final List<String> arguments;
    private final URI uri;
    private final Path directory;
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Path data;
    private EblaProcess process;
    private boolean paused;
    private boolean ended;
    private int starts;

    ClusterNode(String id, List<String> under, List<String> arguments, URI uri, Path directory) {
        this.id = id;
        this.under = under;
        this.arguments = arguments;
        this.uri = uri;
        this.directory = directory;
        this.data = directory.resolve(id);
    }

    public String id() {
        return id;
    }

    public URI uri() {
        return uri;
    }

    /** Its data directory. */
    public Path data() {
        return data;
    }

    /** Another place for its data, for later starts. */
    public ClusterNode data(Path place) {
        data = place;
        return this;
    }

    /** Sets {@code ebla.NAME} for later starts. */
    public ClusterNode property(String name, String value) {
        properties.put("ebla." + name, value);
        return this;
    }

    /** Sets a variable of the environment for later starts. */
    public ClusterNode environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Starts the process and returns at once. */
    public void start() {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException(id + " runs");
        }
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        List<String> options =
                new ArrayList<>(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        properties.forEach((name, value) -> options.add("-D" + name + "=" + value));
        List<String> command = new ArrayList<>(under);
        command.add(java.toString());
        command.addAll(PackagedJar.options(java, options));
        command.addAll(arguments);
        command.addAll(List.of("--data", data.toString()));
        Path log = directory.resolve(id + "-" + starts++ + ".log");
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        try {
            process = new EblaProcess(builder.start(), log, uri);
            paused = false;
            ended = false;
        } catch (IOException notStarted) {
            throw new UncheckedIOException(notStarted);
        }
    }

    /** The process started last. */
    public EblaProcess process() {
        return process;
    }

    public boolean runs() {
        return process != null && process.isAlive() && !paused;
    }

    /** Whether its process has ended though nobody ended it. */
    public boolean endedByItself() {
        return process != null && !process.isAlive() && !ended;
    }

    /** The last lines that its process has written. */
    public String tail() {
        return process.tail();
    }

    /** Ends it as a crash does; nothing if it does not run. */
    public void kill() {
        ended = true;
        if (process != null && process.isAlive()) {
            process.kill();
        }
    }

    /** SIGTERM, and waits for its end. */
    public int terminate() {
        ended = true;
        return process.terminate();
    }

    /** SIGSTOP until {@link #resume}. */
    public void pause() {
        process.pause();
        paused = true;
    }

    public void resume() {
        if (paused) {
            process.resume();
            paused = false;
        }
    }

    /** Starts it if it does not run, lets it go on if it is paused, and waits until it says it serves. */
    public Duration bringBack() {
        resume();
        if (process == null || !process.isAlive()) {
            start();
        }
        return process.awaitReady();
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
