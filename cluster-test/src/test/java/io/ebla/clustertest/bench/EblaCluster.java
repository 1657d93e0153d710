package io.ebla.clustertest.bench;

import io.ebla.core.port.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Three meta-servers and three tablet servers with default settings, and a table of three copies. */
public final class EblaCluster extends ReplicatedServers {

    public static final String TABLE = "bench";

    private static final String READY = "ebla ready";
    private static final List<String> META = List.of("m1", "m2", "m3");
    private static final List<String> TABLETS = List.of("t1", "t2", "t3");
    private static final Pattern MASTER = Pattern.compile("\"master\":\"(\\w+)\"");
    private static final Pattern EPOCH = Pattern.compile("\"epoch\":(\\d+)");
    private static final Pattern APPLIED = Pattern.compile("\"appliedIndex\":(\\d+)");

    private final List<String> java;
    private final Path directory;
    private final List<List<String>> commands = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();
    private int starts;

    /** @param options of the table, beside its copies; JSON members that begin with a comma */
    EblaCluster(Servers servers, Path directory, String options)
            throws IOException, InterruptedException {
        this(servers.java(Servers.JVM), directory, options);
    }

    /** @param jvm options of the JVM of each process */
    public static EblaCluster of(Path directory, List<String> jvm)
            throws IOException, InterruptedException {
        return new EblaCluster(new Servers(directory).java(jvm), directory, "");
    }

    private EblaCluster(List<String> java, Path directory, String options)
            throws IOException, InterruptedException {
        this.java = java;
        this.directory = directory;
        List<Integer> raft = freePorts(META.size());
        List<Integer> metaHttp = freePorts(META.size());
        List<Integer> http = freePorts(TABLETS.size());
        List<Integer> grpc = freePorts(TABLETS.size());
        String peers =
                IntStream.range(0, META.size())
                        .mapToObj(i -> META.get(i) + "=127.0.0.1:" + raft.get(i))
                        .collect(Collectors.joining(","));
        String meta =
                metaHttp.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        for (int i = 0; i < META.size(); i++) {
            command(META.get(i), metaHttp.get(i), "meta-server", List.of("--peers", peers));
        }
        for (int i = 0; i < TABLETS.size(); i++) {
            List<String> own = List.of("--meta", meta, "--grpc-port", "" + grpc.get(i));
            command(TABLETS.get(i), http.get(i), "tablet-server", own);
        }
        try {
            begin("{\"replicas\":3" + options + "}");
        } catch (IOException | RuntimeException failed) {
            close();
            throw failed;
        }
    }

    private void begin(String table) throws IOException, InterruptedException {
        for (String id : members()) {
            launch(id);
        }
        for (String id : members()) {
            server(id).awaitReady(READY);
        }
        MeasuredServer.rest();
        Servers.createTable(server("t1"), TABLE, table);
        leaderId();
    }

    private static List<String> members() {
        List<String> all = new ArrayList<>(META);
        all.addAll(TABLETS);
        return all;
    }

    private static List<Integer> freePorts(int count) {
        return Stream.generate(FreePorts::next).limit(count).toList();
    }

    private void command(String id, int port, String kind, List<String> own) {
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of(kind, "--id", id));
        command.addAll(own);
        command.addAll(List.of("--http-port", "" + port, "--data", data(id).toString()));
        commands.add(command);
        ports.add(port);
    }

    private Path data(String id) {
        return directory.resolve(id);
    }

    private void launch(String id) throws IOException {
        int at = members().indexOf(id);
        Path log = directory.resolve(id + "-" + starts++ + ".log");
        put(id, MeasuredServer.launch(commands.get(at), ports.get(at), log));
    }

    @Override
    public List<String> writable() {
        return TABLETS;
    }

    /** The node of the first tablet's master. */
    @Override
    String leaderNow() throws IOException {
        for (String id : TABLETS) {
            if (server(id) != null) {
                Matcher master = MASTER.matcher(tablets(id));
                if (master.find() && server(master.group(1)) != null) {
                    return master.group(1);
                }
            }
        }
        return null;
    }

    /** A tablet server that is not the first tablet's master. */
    String slave() throws IOException {
        String master = leaderNow();
        return TABLETS.stream().filter(id -> !id.equals(master)).findFirst().orElseThrow();
    }

    private String tablets(String asked) throws IOException {
        return ask(server(asked), "GET", "/v1/tables/" + TABLE + "/tablets", null);
    }

    /** The epochs of all tablets, in order: each election raises one. */
    List<Long> epochs() throws IOException {
        return EPOCH.matcher(tablets(TABLETS.get(0)))
                .results()
                .map(found -> Long.parseLong(found.group(1)))
                .toList();
    }

    @Override
    public void start(String id) throws IOException, InterruptedException {
        launch(id);
        server(id).awaitReady(READY);
        MeasuredServer.rest();
    }

    /** Starts it on an empty disk. */
    void startEmpty(String id) throws IOException, InterruptedException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(data(id))) {
            files = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        start(id);
    }

    @Override
    public boolean level(String id) throws IOException {
        long master = applied(leaderNow());
        return master > 0 && applied(id) >= master;
    }

    private long applied(String id) throws IOException {
        String tablets = tablets(id);
        int own = tablets.indexOf("\"node\":\"" + id + "\"");
        Matcher index = APPLIED.matcher(own < 0 ? "" : tablets.substring(own).split("}", 2)[0]);
        return index.find() ? Long.parseLong(index.group(1)) : 0;
    }

    /** The position of a write that is committed: a session's token. */
    String position() throws IOException {
        String row = "/v1/tables/" + TABLE + "/rows/position";
        return send(server(leaderNow()), "PUT", row, "1")
                .headers()
                .firstValue("Ebla-Position")
                .orElseThrow(() -> new IOException("no position"));
    }

    @Override
    String syncsPath(String id) {
        return TABLETS.contains(id) ? "/actuator/prometheus" : null;
    }

    @Override
    String syncsMetric() {
        return "ebla_journal_sync_seconds_count";
    }
}
