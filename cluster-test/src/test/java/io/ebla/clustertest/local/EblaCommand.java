package io.ebla.clustertest.local;

import io.ebla.clustertest.process.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One {@code ebla} command of a user as a process, with what it prints in files. One thread. */
final class EblaCommand implements AutoCloseable {

    private static final long ENDS_SECONDS = 90;

    private final Process process;
    private final Path out;
    private final Path errors;

    private EblaCommand(URI server, List<String> words) {
        List<String> arguments = new ArrayList<>(words);
        arguments.addAll(List.of("--url", server.toString(), "--timeout", "20s"));
        try {
            out = Files.createTempFile("ebla-command", ".out");
            errors = Files.createTempFile("ebla-command", ".errors");
            process =
                    new ProcessBuilder(LocalClusterProcess.command(arguments))
                            .redirectOutput(out.toFile())
                            .redirectError(errors.toFile())
                            .start();
        } catch (IOException notStarted) {
            throw new UncheckedIOException(notStarted);
        }
    }

    /** Starts one that goes on until it is closed. */
    static EblaCommand start(URI server, String... words) {
        return new EblaCommand(server, List.of(words));
    }

    /** Runs one to its end; what it printed. Fails if it fails. */
    static String run(URI server, String... words) {
        try (EblaCommand command = new EblaCommand(server, List.of(words))) {
            boolean ended = command.process.waitFor(ENDS_SECONDS, TimeUnit.SECONDS);
            if (!ended || command.process.exitValue() != 0) {
                throw new AssertionError(List.of(words) + ": " + read(command.errors));
            }
            return command.out();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", interrupted);
        }
    }

    String out() {
        return read(out);
    }

    boolean runs() {
        return process.isAlive();
    }

    /** Waits until what it has printed since the given length contains a text; fails if it never does. */
    void awaitOut(int since, String text) {
        boolean printed =
                Eventually.happens(
                        Duration.ofSeconds(ENDS_SECONDS),
                        () -> out().length() > since && out().substring(since).contains(text));
        if (!printed) {
            throw new AssertionError("no '" + text + "' in:\n" + out() + read(errors));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
            Files.delete(out);
            Files.delete(errors);
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
