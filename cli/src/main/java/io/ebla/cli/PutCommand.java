package io.ebla.cli;

import io.ebla.client.Value;
import io.ebla.client.WriteReceipt;
import io.ebla.core.key.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes one row. */
@Command(
        name = "put",
        description = "Writes one row.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  ebla put pets rex '{\"kind\":\"dog\"}'",
            "  ebla put pets rex --sk 2026-01-02 'first visit' --ttl 7d",
            "  ebla put files logo --file logo.png --content-type image/png",
            "  echo hello | ebla put files greeting",
            "  ebla put pets rex '{\"kind\":\"dog\",\"age\":4}' --if 'data.age == 3'"
        })
final class PutCommand implements Callable<Integer> {

    private final Console console;

    @Mixin private KeyArguments key;

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "VALUE",
            description =
                    "The value; without it and --file it is read from standard input. Kept as"
                            + " application/json if it is JSON, else as text/plain.")
    private String value;

    @Option(names = "--file", paramLabel = "FILE", description = "Take the value from this file.")
    private Path file;

    @Option(
            names = "--content-type",
            paramLabel = "TYPE",
            description = "The value's media type (bytes read: application/octet-stream).")
    private String contentType;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            description = "How long the row lives: 500ms, 10s, 5m, 2h, 7d, never.")
    private String ttl;

    @Mixin private WriteArguments write;
    @Mixin private ServerOptions server;
    @Mixin private OutputOptions output;

    PutCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        WriteReceipt receipt =
                server.client()
                        .put(key.table(), key.key(), value(), write.options(server.timeout(), ttl));
        String what = receipt.created().map(is -> is ? "created" : "replaced").orElse("written");
        console.writer()
                .println(output.json() ? Receipts.json(receipt) : Receipts.text(what, receipt));
        return ExitCode.DONE;
    }

    private Value value() throws IOException {
        if (value != null && file != null) {
            throw new IllegalArgumentException("a VALUE or --file, not both");
        }
        if (value != null) {
            Value guessed = isJson(value) ? Value.json(value) : Value.text(value);
            return contentType == null ? guessed : new Value(guessed.bytes(), contentType);
        }
        byte[] bytes = file == null ? console.in().readAllBytes() : Files.readAllBytes(file);
        return new Value(Bytes.wrap(bytes), contentType == null ? Value.OCTETS : contentType);
    }

    private static boolean isJson(String text) {
        try {
            return !JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()
                    .readTree(text)
                    .isMissingNode();
        } catch (JacksonException notJson) {
            return false;
        }
    }
}
