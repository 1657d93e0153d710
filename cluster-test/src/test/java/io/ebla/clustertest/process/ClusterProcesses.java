package io.ebla.clustertest.process;

import io.ebla.core.port.FreePorts;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A cluster of real processes from the packaged jar: meta-servers {@code m1..} and tablet servers
 * {@code t1..}, each with its own data directory, joined by {@link Wires}. Nothing is moved for the sake of
 * balance, unless a test sets that. Closing it kills what is left. One thread.
 */
public final class ClusterProcesses implements AutoCloseable {

    /** What its nodes prove to each other. */
    public static final String SECRET = "a secret of the tests";

    private static final int HTTP = 0;
    private static final int OTHER = 1;

    private final Wires wires;
    private final Path directory;
    private final Map<String, ClusterNode> nodes = new LinkedHashMap<>();
    private final List<String> metaServers;
    private final List<String> tabletServers;

    /** Makes the members; starts none. */
    public ClusterProcesses(Path directory, int metaServers, int tabletServers) {
        this.directory = directory;
        this.metaServers = names("m", metaServers);
        this.tabletServers = names("t", tabletServers);
        List<String> all =
                Stream.concat(this.metaServers.stream(), this.tabletServers.stream()).toList();
        wires = Wires.best(all);
        Map<String, int[]> ports = ports(all);
        String peers = addresses(this.metaServers, ports, OTHER, true);
        String meta = addresses(this.metaServers, ports, HTTP, false);
        for (String node : this.metaServers) {
            add(node, ports.get(node), List.of("meta-server", "--id", node, "--peers", peers));
            nodes.get(node).property("balancing.automatic", "false");
        }
        for (String node : this.tabletServers) {
            String grpc = "" + ports.get(node)[OTHER];
            add(
                    node,
                    ports.get(node),
                    List.of("tablet-server", "--id", node, "--meta", meta, "--grpc-port", grpc));
        }
    }

    private static List<String> names(String prefix, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> prefix + i).toList();
    }

    private String addresses(List<String> ids, Map<String, int[]> ports, int which, boolean named) {
        return ids.stream()
                .map(id -> (named ? id + "=" : "") + wires.address(id) + ":" + ports.get(id)[which])
                .collect(Collectors.joining(","));
    }

    private void add(String id, int[] ports, List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of("--http-port", "" + ports[HTTP], "--bind", wires.address(id)));
        all.addAll(List.of("--cluster-secret", SECRET, "--insecure"));
        URI uri = URI.create("http://" + wires.address(id) + ":" + ports[HTTP]);
        nodes.put(id, new ClusterNode(id, wires.under(id), all, uri, directory));
    }

    /** Of each node two that are free. */
    private static Map<String, int[]> ports(List<String> nodes) {
        Map<String, int[]> ports = new HashMap<>();
        for (String node : nodes) {
            ports.put(node, new int[] {FreePorts.next(), FreePorts.next()});
        }
        return ports;
    }

    /** Starts every member that does not run, all at once, and waits until each says that it serves. */
    public void start() {
        nodes.values().stream().filter(node -> !node.runs()).forEach(ClusterNode::start);
        nodes.values().forEach(node -> node.process().awaitReady());
    }

    public ClusterNode node(String id) {
        return nodes.get(id);
    }

    public List<ClusterNode> nodes() {
        return List.copyOf(nodes.values());
    }

    public List<ClusterNode> tabletServers() {
        return tabletServers.stream().map(nodes::get).toList();
    }

    public List<ClusterNode> metaServers() {
        return metaServers.stream().map(nodes::get).toList();
    }

    public Wires wires() {
        return wires;
    }

    /** The last lines of every member, for the report of a failure. */
    public String tails() {
        return nodes.values().stream()
                .filter(node -> node.process() != null)
                .map(
                        node ->
                                "--- "
                                        + node.id()
                                        + ", "
                                        + node.process().state()
                                        + "\n"
                                        + node.process().tail())
                .collect(Collectors.joining("\n"));
    }

    @Override
    public void close() {
        nodes.values().forEach(ClusterNode::close);
        wires.close();
    }
}
