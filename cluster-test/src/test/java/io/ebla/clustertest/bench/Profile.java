package io.ebla.clustertest.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Flame graphs of a warm node under PUT and GET, by async-profiler: {@code -Dprofiler} is its library,
 * {@code -Dflames} the directory the graphs go to.
 */
final class Profile {

    private final Servers servers;
    private final Requests requests;
    private final Path library = Path.of(System.getProperty("profiler", "libasyncProfiler.so"));
    private final Path flames = Path.of(System.getProperty("flames", ".")).toAbsolutePath();

    Profile(Servers servers, Requests requests) {
        this.servers = servers;
        this.requests = requests;
    }

    void run() throws IOException, InterruptedException {
        Files.createDirectories(flames);
        try (MeasuredServer ebla = servers.ebla("profile")) {
            servers.createTable(ebla, "t");
            String rows = "/v1/tables/t/rows/";
            Speed.fill(ebla, requests.fill(rows, 20_000));
            profile(ebla, "put", requests.puts(rows, 20_000, "application/octet-stream"));
            profile(ebla, "get", requests.gets(rows, 20_000));
        }
    }

    private void profile(MeasuredServer ebla, String name, Supplier<byte[]> load)
            throws IOException, InterruptedException {
        try (LoadLoop loop = Speed.load(ebla, load, body -> true)) {
            profile(Map.of(name, ebla), loop);
        }
    }

    /** Profiles several processes under one load; each gives a graph of its name. */
    void profile(Map<String, MeasuredServer> servers, LoadLoop loop)
            throws IOException, InterruptedException {
        Files.createDirectories(flames);
        loop.run(Integer.getInteger("warm", 30));
        for (MeasuredServer server : servers.values()) {
            agent(server, "start,event=itimer,interval=1ms");
        }
        loop.run(Integer.getInteger("seconds", 8) * 2);
        for (Map.Entry<String, MeasuredServer> each : servers.entrySet()) {
            String name = each.getKey();
            MeasuredServer ebla = each.getValue();
            Path collapsed = Files.createTempFile("ebla-" + name, ".collapsed");
            Path graph = flames.resolve("flame-" + name + ".html");
            agent(ebla, "dump,collapsed,file=" + collapsed);
            agent(ebla, "stop,flamegraph,minwidth=0.25,title=" + name + ",file=" + graph);
            forgetPlaces(graph);
            System.out.println(graph + "; for src/bench/shares.awk: " + collapsed);
        }
    }

    /** Native libraries are named by where this run has put them. */
    private static void forgetPlaces(Path graph) throws IOException {
        String html = Files.readString(graph);
        Files.writeString(graph, html.replaceAll("/[\\w./-]*/(?=librocksdbjni)", ""));
    }

    private void agent(MeasuredServer ebla, String options)
            throws IOException, InterruptedException {
        String told =
                Memory.jcmd(ebla, "JVMTI.agent_load", library.toString(), "\"" + options + "\"");
        if (!told.contains("return code: 0")) {
            throw new IOException("async-profiler: " + told);
        }
    }
}
