package io.ebla.clustertest.reshape;

import io.ebla.clustertest.bench.Figures;
import io.ebla.clustertest.bench.ScratchFolder;
import io.ebla.clustertest.process.ClusterProcesses;
import io.ebla.clustertest.process.Eventually;
import io.ebla.core.port.FreePorts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast one large tablet moves from one node to another and back, without limit, in turns with {@link
 * BareMove} over the same store. A move is timed from the request until it is done: the copy, what came
 * meanwhile, the hand-over and the map of the metadata are in it.
 *
 * <p>Not a test; {@code src/bench/splits.sh moves} runs it.
 */
public final class MoveBench {

    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final int ROWS = Integer.getInteger("rows", 1_000_000);
    private static final int ROW_BYTES = Integer.getInteger("rowBytes", 1_000);
    private static final List<String> JVM =
            List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    private static final double MB = 1e6;

    private final ClusterProcesses cluster;
    private final Path directory;
    private final Path jar = Path.of(System.getProperty("ebla.jar", "../cli/target/ebla-exec.jar"));

    private MoveBench(ClusterProcesses cluster, Path directory) {
        this.cluster = cluster;
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        try (ScratchFolder folder = ScratchFolder.make("ebla-moves");
                ClusterProcesses cluster = new ClusterProcesses(folder.path(), 1, 2)) {
            cluster.tabletServers()
                    .forEach(node -> node.property("replication.catch-up-rate", "10GB"));
            cluster.start();
            new MoveBench(cluster, folder.path()).run();
        }
    }

    private void run() throws IOException, InterruptedException {
        System.out.printf("%d rows of %d bytes%n", ROWS, ROW_BYTES);
        BenchTable table = new BenchTable(cluster.node("t1").uri(), "moves", 1, ROW_BYTES);
        table.load(ROWS);
        Figures ratios = new Figures();
        Figures rates = new Figures();
        for (int i = 0; i < ROUNDS; i++) {
            Eventually.pause(Duration.ofSeconds(15)); // for compactions of what has come
            String from = table.master();
            double bare = bare(cluster.node(from).data().resolve("tablets").resolve(table.id()));
            long begun = System.nanoTime();
            table.move(from, from.equals("t1") ? "t2" : "t1");
            double seconds = (System.nanoTime() - begun) / 1e9;
            double moved = (double) ROWS * ROW_BYTES / MB / seconds;
            rates.add(moved);
            ratios.add(moved / bare);
            System.out.printf(
                    Locale.ROOT,
                    "round %d: bare %.1f MB/s, moved in %.1f s, %.1f MB/s, %.0f %%%n",
                    i,
                    bare,
                    seconds,
                    moved,
                    100 * moved / bare);
        }
        System.out.printf(
                Locale.ROOT,
                "moves: %.1f MB/s, %.0f %% of the bare stream, medians (wanted: 50)%n",
                rates.median(),
                100 * ratios.median());
    }

    /** MB of rows a second. */
    private double bare(Path store) throws IOException, InterruptedException {
        Path tables = Files.createDirectory(directory.resolve("bare"));
        String port = "" + FreePorts.next();
        Process sender = java("send", store.toString(), port);
        try {
            sender.inputReader().readLine();
            Process receiver = java("receive", port, tables.toString());
            Matcher told =
                    Pattern.compile("(\\d+) bytes (\\d+) ms")
                            .matcher(new String(receiver.getInputStream().readAllBytes()));
            if (receiver.waitFor() != 0 || !told.find()) {
                throw new IOException("the bare stream failed");
            }
            return (double) ROWS * ROW_BYTES / MB / (Long.parseLong(told.group(2)) / 1e3);
        } finally {
            sender.getOutputStream().close();
            sender.waitFor(10, TimeUnit.SECONDS);
            ScratchFolder.remove(tables);
        }
    }

    /** On the libraries inside the packaged jar. */
    private Process java(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.add("-Dloader.main=" + BareMove.class.getName());
        command.add("-Dloader.path=" + new File("target/test-classes").getAbsolutePath());
        command.addAll(List.of("-cp", jar.toString()));
        command.add("org.springframework.boot.loader.launch.PropertiesLauncher");
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
