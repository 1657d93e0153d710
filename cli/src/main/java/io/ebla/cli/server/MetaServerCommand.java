package io.ebla.cli.server;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs one member of the metadata group. */
@Command(
        name = "meta-server",
        description = "Runs one member of the group that keeps the metadata. Today: its only one.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example:",
            "  ebla meta-server --id m1 --peers m1=127.0.0.1:8190 --http-port 8180 --data m1"
        })
public final class MetaServerCommand implements Callable<Integer> {

    @Option(names = "--id", paramLabel = "ID", description = "The member's name (default: m1).")
    private String id;

    @Option(
            names = "--peers",
            paramLabel = "ID=HOST:PORT,...",
            description = "All members and their Raft addresses; the member's own is bound.")
    private String peers;

    @Mixin private NodeOptions node;

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> properties = node.properties();
        NodeOptions.put(properties, "ebla.node-id", id);
        NodeOptions.put(properties, "ebla.peers", peers);
        return ServerProcess.run(Role.META_SERVER, properties);
    }
}
