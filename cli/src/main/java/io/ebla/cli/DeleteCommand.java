package io.ebla.cli;

import io.ebla.client.WriteReceipt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Deletes one row. */
@Command(
        name = "delete",
        description = "Deletes one row; it is no error if it is not there.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  ebla delete pets rex",
            "  ebla delete pets rex --if 'data.age > 20'"
        })
final class DeleteCommand implements Callable<Integer> {

    private final Console console;

    @Mixin private KeyArguments key;
    @Mixin private WriteArguments write;
    @Mixin private ServerOptions server;
    @Mixin private OutputOptions output;

    DeleteCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        WriteReceipt receipt =
                server.client()
                        .delete(key.table(), key.key(), write.options(server.timeout(), null));
        console.writer()
                .println(
                        output.json() ? Receipts.json(receipt) : Receipts.text("deleted", receipt));
        return ExitCode.DONE;
    }
}
