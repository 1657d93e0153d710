package io.ebla.cli.server;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs one member of the metadata group. */
@Command(
        name = "meta-server",
        description = "Runs one member of the group that keeps the metadata.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "A member that has lost its data directory waits to be taken in again, like one with --join.",
            "",
            "Examples:",
            "  ebla meta-server --id m1 --peers m1=127.0.0.1:8280 --http-port 8180 --data m1",
            "  ebla meta-server --id m4 --peers m4=127.0.0.1:8283 --http-port 8183 --data m4 --join"
        })
public final class MetaServerCommand implements Callable<Integer> {

    @Option(names = "--id", paramLabel = "ID", description = "The member's name (default: m1).")
    private String id;

    @Option(
            names = "--peers",
            paramLabel = "ID=HOST:PORT,...",
            description =
                    "All members and their Raft addresses; the member's own is bound. The members"
                            + " that are named at the first start found the cluster once all of them"
                            + " run. Later only the own address counts: who is a member is kept with"
                            + " the metadata.")
    private String peers;

    @Option(
            names = "--join",
            description = {
                "Found no cluster, wait to be taken into one:",
                "PUT /v1/cluster/meta/ID {\"address\":\"HOST:PORT\"} at any server of it."
            })
    private boolean join;

    @Mixin private NodeOptions node;

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> properties = node.properties();
        NodeOptions.put(properties, "ebla.node-id", id);
        NodeOptions.put(properties, "ebla.peers", peers);
        NodeOptions.put(properties, "ebla.bootstrap", join ? false : null);
        return ServerProcess.run(Role.META_SERVER, properties);
    }
}
