package io.ebla.clustertest.bench;

import io.ebla.core.port.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Starts the sides of the benchmarks, the Java ones with the same options of the JVM. */
final class Servers {

    static final Path ETCD = Path.of("/usr/bin/etcd");

    static final List<String> JVM =
            List.of(
                    "-XX:+UseSerialGC",
                    "-Xms96m",
                    "-XX:NewSize=64m",
                    "-XX:MaxRAMPercentage=25",
                    "-XX:+UnlockDiagnosticVMOptions",
                    "-XX:+DebugNonSafepoints");

    private final Path directory;
    private final Path jar =
            Path.of(System.getProperty("ebla.jar", "cli/target/ebla-exec.jar")).toAbsolutePath();
    private final Path classes =
            Path.of(System.getProperty("bench.classes", "cluster-test/target/test-classes"))
                    .toAbsolutePath();

    Servers(Path directory) {
        this.directory = directory;
    }

    /** What runs {@code ebla} with those options of the JVM; its own arguments follow. */
    List<String> java(List<String> jvm) {
        return java(jvm, "-jar", jar.toString());
    }

    private static List<String> java(List<String> jvm, String... more) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of(more));
        return command;
    }

    /** A node with default settings on an empty directory. */
    MeasuredServer ebla(String name) throws IOException, InterruptedException {
        return ebla(name, jar, List.of());
    }

    /**
     * The same with settings.
     *
     * @param settings {@code ebla.} is put before each, such as {@code store.direct-reads=true}
     */
    MeasuredServer ebla(String name, List<String> settings)
            throws IOException, InterruptedException {
        return ebla(name, jar, settings);
    }

    /** The same of another jar, to compare two states of the code. */
    MeasuredServer ebla(String name, Path jar) throws IOException, InterruptedException {
        return ebla(name, jar, List.of());
    }

    private MeasuredServer ebla(String name, Path jar, List<String> settings)
            throws IOException, InterruptedException {
        int port = FreePorts.next();
        List<String> options = new ArrayList<>(JVM);
        settings.forEach(each -> options.add("-Debla." + each));
        List<String> command = java(options, "-jar", jar.toString());
        command.addAll(
                List.of(
                        "dev",
                        "--http-port",
                        "" + port,
                        "--grpc-port",
                        "" + FreePorts.next(),
                        "--data",
                        directory.resolve("data-" + name).toString()));
        return MeasuredServer.start(command, port, "ebla ready", directory.resolve(name + ".log"));
    }

    /** A handler of this package, on the libraries inside the packaged jar. */
    MeasuredServer handler(Class<?> application) throws IOException, InterruptedException {
        int port = FreePorts.next();
        List<String> command =
                java(
                        JVM,
                        "-Dloader.main=" + application.getName(),
                        "-Dloader.path=" + classes,
                        "-Dserver.port=" + port,
                        "-Dserver.address=127.0.0.1",
                        "-cp",
                        jar.toString(),
                        "org.springframework.boot.loader.launch.PropertiesLauncher");
        return MeasuredServer.start(
                command, port, "", directory.resolve(application.getSimpleName() + ".log"));
    }

    /** One etcd with its defaults: every put is synced before it is answered. */
    MeasuredServer etcd() throws IOException, InterruptedException {
        int port = FreePorts.next();
        String client = "http://127.0.0.1:" + port;
        String peer = "http://127.0.0.1:" + FreePorts.next();
        List<String> command =
                List.of(
                        ETCD.toString(),
                        "--data-dir=" + directory.resolve("etcd"),
                        "--listen-client-urls=" + client,
                        "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer,
                        "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=default=" + peer,
                        "--quota-backend-bytes=8589934592",
                        "--log-level=error");
        return MeasuredServer.start(command, port, "", directory.resolve("etcd.log"));
    }

    void createTable(MeasuredServer ebla, String table) throws IOException {
        createTable(ebla, table, "{}");
    }

    /** @param options the body of the request */
    static void createTable(MeasuredServer ebla, String table, String options) throws IOException {
        byte[] request =
                Requests.request("PUT", "/v1/tables/" + table, "application/json", options);
        List<byte[]> once = new ArrayList<>(List.of(request));
        try (LoadLoop load =
                new LoadLoop(
                        ebla.port(),
                        1,
                        () -> once.isEmpty() ? null : once.remove(0),
                        body -> true,
                        false)) {
            LoadLoop.Round round = load.run(30);
            if (round.error() != null) {
                throw new IOException("table " + table + ": " + round.error());
            }
        }
    }
}
