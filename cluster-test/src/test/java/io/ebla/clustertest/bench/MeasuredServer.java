package io.ebla.clustertest.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server process under load: its port, and what the kernel says it has used. Linux only. */
final class MeasuredServer implements Measured, AutoCloseable {

    private static final double TICKS_PER_SECOND = 100;

    private static final int PATIENCE_TENTHS = 1_800;

    private final Process process;
    private final int port;
    private final Path log;

    private MeasuredServer(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /** Starts a command and returns when its port takes connections and it has said so. */
    static MeasuredServer start(List<String> command, int port, String ready, Path log)
            throws IOException, InterruptedException {
        MeasuredServer server = launch(command, port, log);
        server.awaitReady(ready);
        rest();
        return server;
    }

    /** What servers do after they have said that they are ready is no part of what is measured. */
    static void rest() throws InterruptedException {
        TimeUnit.SECONDS.sleep(2);
    }

    /** Starts a command and returns at once. */
    static MeasuredServer launch(List<String> command, int port, Path log) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        // What is measured is one tablet: it is not to be split while it is.
        builder.environment()
                .putAll(Map.of("MALLOC_ARENA_MAX", "2", "EBLA_SPLITTING_AUTOMATIC", "false"));
        return new MeasuredServer(builder.start(), port, log);
    }

    /** Returns when its port takes connections and it has said that it is ready. */
    void awaitReady(String ready) throws IOException, InterruptedException {
        for (int i = 0; i < PATIENCE_TENTHS; i++) {
            if (listens() && log().contains(ready)) {
                return;
            }
            if (!process.isAlive()) {
                break;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        String state = process.isAlive() ? "it runs" : "it ended with " + process.exitValue();
        close();
        throw new IOException(log + ": not ready, " + state + "\n" + log());
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 100);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    @Override
    public double cpuSeconds() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    /** Memory that is resident now. */
    long residentKiB() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("no VmRSS");
    }

    /** kill -9. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Sends a signal such as STOP. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, "" + pid()).inheritIO().start().waitFor();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
