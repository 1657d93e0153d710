package io.ebla.cli.server;

import java.util.Map;
import picocli.CommandLine.Option;

/** The port of gRPC. */
final class GrpcOptions {

    @Option(
            names = "--grpc-port",
            paramLabel = "PORT",
            description =
                    "Port of gRPC (default: 9090). Kept and told to others; gRPC itself is served"
                            + " from a later version on.")
    private Integer grpcPort;

    void addTo(Map<String, String> properties) {
        NodeOptions.put(properties, "ebla.grpc-port", grpcPort);
    }
}
