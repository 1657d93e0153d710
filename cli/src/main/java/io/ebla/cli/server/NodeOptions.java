package io.ebla.cli.server;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/**
 * What every server can be told. An option that is not given stays unset, so that a Spring property
 * of the same name can give it, and else the server's own default holds.
 */
final class NodeOptions {

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            description = "Port of REST and actuator (default: 8080).")
    private Integer httpPort;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where everything is kept (default: ./ebla-data).")
    private String data;

    @Option(
            names = "--bind",
            paramLabel = "ADDRESS",
            description = "Address to listen on (default: 127.0.0.1).")
    private String bind;

    @Option(
            names = "--advertise",
            paramLabel = "HOST[:PORT]",
            description = "What others are told, if not what is bound.")
    private String advertise;

    @Option(
            names = "--insecure",
            description = "Listen beyond loopback although nobody is asked who they are.")
    private boolean insecure;

    @Option(
            names = "--cluster-secret",
            paramLabel = "TEXT",
            description = {
                "What the nodes of a cluster prove to each other that they know;",
                "needed beyond loopback."
            })
    private String clusterSecret;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "error, warn, info or debug, to standard error (default: info).")
    private String logLevel;

    @Option(
            names = "--end-with-input",
            hidden = true,
            description = "End when the standard input does: with the process that holds it.")
    private boolean endWithInput;

    /** The options given, as Spring properties. */
    Map<String, String> properties() {
        Map<String, String> properties = new LinkedHashMap<>();
        put(properties, "ebla.http-port", httpPort);
        put(properties, "ebla.data", data);
        put(properties, "ebla.bind", bind);
        put(properties, "ebla.advertise", advertise);
        put(properties, "ebla.insecure", insecure ? true : null);
        put(properties, "ebla.cluster-secret", clusterSecret);
        put(properties, "ebla.log-level", logLevel);
        put(properties, ServerProcess.END_WITH_INPUT, endWithInput ? true : null);
        return properties;
    }

    static void put(Map<String, String> properties, String name, Object value) {
        if (value != null) {
            properties.put(name, value.toString());
        }
    }
}
