package io.ebla.cli;

import io.ebla.client.WriteOptions;
import io.ebla.client.WriteReceipt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Does several writes at once. */
@Command(
        name = "batch",
        description = "Does all of several operations on rows of one pk, or none of them.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The operations are JSON, an array or {\"ops\":[...]}; a condition stands beside each:",
            "  [{\"put\":{\"pk\":\"rex\",\"sk\":\"1\",\"data\":{\"n\":1}},\"if\":\"pk == null\"},",
            "   {\"delete\":{\"pk\":\"rex\",\"sk\":\"0\"}},",
            "   {\"check\":{\"pk\":\"rex\"},\"if\":\"data.age > 3\"}]",
            "",
            "Examples:",
            "  ebla batch visits operations.json",
            "  ebla batch visits < operations.json"
        })
final class BatchCommand implements Callable<Integer> {

    private final Console console;

    @Parameters(index = "0", paramLabel = "TABLE", description = "The table.")
    private String table;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "The operations; without it they are read from standard input.")
    private Path file;

    @Option(
            names = "--acks",
            paramLabel = "COPIES",
            description = "Copies to wait for: local, quorum (the default), all, or a number.")
    private String acks;

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "Makes it safe to repeat this very batch for 24 h.")
    private String idempotencyKey;

    @Mixin private ServerOptions server;
    @Mixin private OutputOptions output;

    BatchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        byte[] read = file == null ? console.in().readAllBytes() : Files.readAllBytes(file);
        WriteOptions options =
                WriteOptions.defaults()
                        .acks(acks)
                        .timeout(server.timeout())
                        .idempotencyKey(idempotencyKey);
        WriteReceipt receipt = server.client().batch(table, body(read), options);
        int count = receipt.versions().size();
        console.writer()
                .println(
                        output.json()
                                ? Receipts.batchJson(receipt)
                                : count
                                        + (count == 1 ? " operation" : " operations")
                                        + " done, "
                                        + receipt.outcome().text());
        return ExitCode.DONE;
    }

    private static byte[] body(byte[] read) {
        String text = new String(read, StandardCharsets.UTF_8).strip();
        return text.startsWith("[")
                ? ("{\"ops\":" + text + "}").getBytes(StandardCharsets.UTF_8)
                : read;
    }
}
