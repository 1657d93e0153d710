package io.ebla.cli.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A server of the cluster as a child of this process. */
final class RunningProcess {

    private static final String READY = "ebla ready ";

    private final ClusterPlan.Server server;
    private final Process process;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();

    RunningProcess(ClusterPlan.Server server, Process process) {
        this.server = server;
        this.process = process;
        Thread reader = new Thread(this::read, "output-of-" + server.id());
        reader.setDaemon(true);
        reader.start();
        process.onExit().thenRun(() -> ready.cancel(false));
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(READY)) {
                    ready.complete(null);
                }
            }
        } catch (IOException ended) {
            ready.cancel(false);
        }
    }

    ClusterPlan.Server server() {
        return server;
    }

    long pid() {
        return process.pid();
    }

    /** Completes when it says that it serves; is cancelled when it ends before. */
    CompletableFuture<Void> ready() {
        return ready;
    }

    CompletableFuture<Integer> ended() {
        return process.onExit().thenApply(Process::exitValue);
    }

    /** Asks it to end cleanly. */
    void stop() {
        process.destroy();
    }

    /** Ends it for certain if it has not ended by itself in that time. */
    void awaitEnd(long millis) {
        try {
            if (!process.waitFor(millis, TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                process.waitFor();
            }
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
