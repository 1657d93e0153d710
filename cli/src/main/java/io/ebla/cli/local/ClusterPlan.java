package io.ebla.cli.local;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which servers a cluster on this machine has, and where each of them listens and keeps its data. The same
 * plan on the same directory is the same cluster again.
 *
 * @param metaServers how many meta-servers: 1, 3 or 5
 * @param tabletServers how many tablet servers
 * @param basePort tablet server i serves HTTP on this port + i - 1 and gRPC 1,000 above, meta-server i HTTP
 *     100 above and Raft 200 above
 * @param data the directory of all of them
 */
record ClusterPlan(int metaServers, int tabletServers, int basePort, Path data) {

    private static final int META_HTTP = 100;
    private static final int META_RAFT = 200;
    private static final int TABLET_GRPC = 1_000;
    private static final int PORT_MAX = 65_535;
    private static final String HOST = "127.0.0.1:";

    ClusterPlan {
        if (metaServers != 1 && metaServers != 3 && metaServers != 5) {
            throw new IllegalArgumentException("--meta-servers: 1, 3 or 5, not " + metaServers);
        }
        if (tabletServers < 1 || tabletServers > META_HTTP) {
            throw new IllegalArgumentException(
                    "--tablet-servers: 1 to " + META_HTTP + ", not " + tabletServers);
        }
        if (basePort < 1 || basePort + TABLET_GRPC + tabletServers > PORT_MAX) {
            throw new IllegalArgumentException("--base-port: " + basePort + " leaves no room");
        }
    }

    /**
     * A server of the cluster.
     *
     * @param id its name
     * @param url where it serves HTTP
     * @param meta whether it is a meta-server
     * @param arguments of the {@code ebla} command that runs it
     */
    record Server(String id, String url, boolean meta, List<String> arguments) {

        Server {
            arguments = List.copyOf(arguments);
        }
    }

    /** Meta-servers first. */
    List<Server> servers() {
        List<Server> servers = new ArrayList<>();
        for (int i = 0; i < metaServers; i++) {
            servers.add(metaServer(i));
        }
        for (int i = 0; i < tabletServers; i++) {
            servers.add(tabletServer(i));
        }
        return servers;
    }

    private Server metaServer(int number) {
        String id = "m" + (number + 1);
        int http = basePort + META_HTTP + number;
        return new Server(
                id,
                "http://" + HOST + http,
                true,
                List.of(
                        "meta-server",
                        "--id",
                        id,
                        "--peers",
                        addresses(META_RAFT, "m%d=" + HOST + "%d"),
                        "--http-port",
                        "" + http,
                        "--data",
                        data.resolve(id).toString()));
    }

    private Server tabletServer(int number) {
        String id = "t" + (number + 1);
        int http = basePort + number;
        return new Server(
                id,
                "http://" + HOST + http,
                false,
                List.of(
                        "tablet-server",
                        "--id",
                        id,
                        "--meta",
                        addresses(META_HTTP, HOST + "%2$d"),
                        "--http-port",
                        "" + http,
                        "--grpc-port",
                        "" + (http + TABLET_GRPC),
                        "--data",
                        data.resolve(id).toString()));
    }

    private String addresses(int above, String form) {
        return IntStream.range(0, metaServers)
                .mapToObj(number -> form.formatted(number + 1, basePort + above + number))
                .collect(Collectors.joining(","));
    }
}
