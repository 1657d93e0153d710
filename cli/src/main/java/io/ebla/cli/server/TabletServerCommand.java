package io.ebla.cli.server;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs one tablet server. */
@Command(
        name = "tablet-server",
        description = "Runs a server that keeps rows and serves them.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  ebla tablet-server --id t1 --meta 127.0.0.1:8180 --http-port 8080 --data t1"
        })
public final class TabletServerCommand implements Callable<Integer> {

    @Option(
            names = "--id",
            paramLabel = "ID",
            required = true,
            description = "The server's name; it belongs to its data directory.")
    private String id;

    @Option(
            names = "--meta",
            paramLabel = "HOST:PORT,...",
            required = true,
            description = "The HTTP addresses of the meta-servers.")
    private String meta;

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "Servers of one zone tend to fail together.")
    private String zone;

    @Mixin private NodeOptions node;
    @Mixin private GrpcOptions grpc;

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> properties = node.properties();
        grpc.addTo(properties);
        NodeOptions.put(properties, "ebla.node-id", id);
        NodeOptions.put(properties, "ebla.meta", meta);
        NodeOptions.put(properties, "ebla.zone", zone);
        return ServerProcess.run(Role.TABLET_SERVER, properties);
    }
}
