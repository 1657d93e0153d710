package io.ebla.cli.server;

import java.util.Map;
import picocli.CommandLine.Option;

/** The port of gRPC. */
final class GrpcOptions {

    @Option(
            names = "--grpc-port",
            paramLabel = "PORT",
            description =
                    "Port at which the other nodes of the cluster call (default: 9090); a server that is"
                            + " alone leaves it closed.")
    private Integer grpcPort;

    void addTo(Map<String, String> properties) {
        NodeOptions.put(properties, "ebla.grpc-port", grpcPort);
    }
}
