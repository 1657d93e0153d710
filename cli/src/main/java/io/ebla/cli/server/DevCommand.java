package io.ebla.cli.server;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs a whole Ebla in this process. */
@Command(
        name = "dev",
        description = "Runs a whole Ebla, meta-server and tablet server, in one process.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Prints 'ebla ready URL' when it serves. Ctrl-C and SIGTERM end it cleanly.",
            "",
            "Examples:",
            "  ebla dev",
            "  ebla dev --http-port 8081 --data /var/lib/ebla"
        })
public final class DevCommand implements Callable<Integer> {

    @Mixin private NodeOptions node;
    @Mixin private GrpcOptions grpc;

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> properties = node.properties();
        grpc.addTo(properties);
        return ServerProcess.run(Role.DEV, properties);
    }
}
