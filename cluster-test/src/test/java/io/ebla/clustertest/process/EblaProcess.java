package io.ebla.clustertest.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One running server: the packaged jar in its own process, with its standard output and error in a
 * file.
 *
 * <p>Closing it kills what is left of it. One that ends and was not told to is printed with its exit status
 * and its last lines, whatever the test makes of it. All methods may be called from any thread.
 */
public final class EblaProcess implements AutoCloseable {

    private static final String READY = "ebla ready ";

    /** Raised by {@code -DreadySeconds=N} where many other things run. */
    private static final Duration READY_MAX =
            Duration.ofSeconds(Integer.getInteger("readySeconds", 90));

    private final Process process;
    private final Path log;
    private final URI uri;
    private final long startedNanos;
    private volatile boolean toldToEnd;

    EblaProcess(Process process, Path log, URI uri) {
        this.process = process;
        this.log = log;
        this.uri = uri;
        this.startedNanos = System.nanoTime();
        process.onExit().thenAccept(ended -> tellEnd());
    }

    private void tellEnd() {
        if (!toldToEnd) {
            System.out.println(
                    log.getFileName()
                            + ": process "
                            + process.pid()
                            + " ended by itself after "
                            + Duration.ofNanos(System.nanoTime() - startedNanos)
                            + " with "
                            + state()
                            + ":\n"
                            + tail());
        }
    }

    /** Whether it runs, and with which status it ended otherwise. */
    public String state() {
        return process.isAlive() ? "running" : "exit status " + process.exitValue();
    }

    /**
     * Waits until it says that it serves.
     *
     * @return how long that took from the start of the process
     */
    public Duration awaitReady() {
        boolean ready =
                Eventually.happens(READY_MAX, () -> output().contains(READY) || !process.isAlive());
        if (!ready || !output().contains(READY)) {
            throw new AssertionError(
                    "not ready after "
                            + Duration.ofNanos(System.nanoTime() - startedNanos)
                            + ", "
                            + state()
                            + ":\n"
                            + tail());
        }
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    public URI uri() {
        return uri;
    }

    /** The id of the process started; of a tracer, when it runs under one. */
    public long pid() {
        return process.pid();
    }

    /** The id of the Java process, which a tracer has as its child. */
    public long javaPid() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .filter(each -> each.info().command().orElse("").endsWith("java"))
                .findFirst()
                .map(ProcessHandle::pid)
                .orElse(process.pid());
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it as a crash does (SIGKILL) and waits until it is gone. */
    public void kill() {
        toldToEnd = true;
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(20));
    }

    /** Stops it in its tracks (SIGSTOP) until {@link #resume}. */
    public void pause() {
        Signals.send("STOP", javaPid());
    }

    /** Lets it go on (SIGCONT). */
    public void resume() {
        Signals.send("CONT", javaPid());
    }

    /** Asks it to end (SIGTERM) and waits; the exit status. */
    public int terminate() {
        toldToEnd = true;
        process.destroy();
        return awaitExit(Duration.ofSeconds(60))
                .orElseThrow(() -> new AssertionError("did not end on SIGTERM:\n" + tail()));
    }

    /** The exit status, or empty when it still runs after the wait. */
    public Optional<Integer> awaitExit(Duration wait) {
        try {
            return process.waitFor(wait.toMillis(), TimeUnit.MILLISECONDS)
                    ? Optional.of(process.exitValue())
                    : Optional.empty();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    /** What it has written to standard output and error so far. */
    public String output() {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The last lines of {@link #output()}. */
    public String tail() {
        List<String> lines = output().lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }
}
