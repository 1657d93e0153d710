package io.ebla.cli.bench;

import io.ebla.client.ClientSettings;
import io.ebla.client.EblaClient;
import java.io.PrintStream;
import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Drives a server with reads and writes and tells how it did. */
@Command(
        name = "bench",
        description = "Drives a server with reads and writes, and prints throughput and latencies.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "The table is created if it is absent and filled with all keys first. Every connection",
            "has one request under way. A run with any error is marked VOID and exits with 1.",
            "Client and server should not share cores; where they do, compare requests per",
            "server-CPU-second, which is printed when the server tells its CPU time.",
            "",
            "Examples:",
            "  ebla bench",
            "  ebla bench --reads 100 --connections 64 --seconds 30",
            "  ebla bench --reads 0 --batch 100 --output json"
        })
public final class BenchCommand implements Callable<Integer> {

    private final PrintStream out;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8080",
            description = "The server (default: ${DEFAULT-VALUE}).")
    private URI url;

    @Option(
            names = "--table",
            paramLabel = "TABLE",
            defaultValue = "bench",
            description = "The table; its rows are overwritten (default: ${DEFAULT-VALUE}).")
    private String table;

    @Option(
            names = "--reads",
            paramLabel = "PERCENT",
            defaultValue = "50",
            description = "How many of the requests read (default: ${DEFAULT-VALUE}).")
    private int reads;

    @Option(
            names = "--value-size",
            paramLabel = "BYTES",
            defaultValue = "1024",
            description = "Size of every value (default: ${DEFAULT-VALUE}).")
    private int valueSize;

    @Option(
            names = "--keys",
            paramLabel = "N",
            defaultValue = "100000",
            description =
                    "How many rows there are, chosen from evenly (default: ${DEFAULT-VALUE}).")
    private int keys;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Rows a request: atomic batches and many reads (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "64",
            description = "Connections kept open (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "20",
            description = "How long to measure (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            defaultValue = "10",
            description = "Seconds before that, not counted (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--acks",
            paramLabel = "COPIES",
            description = "Copies that writes wait for: local, quorum (the default), all.")
    private String acks;

    @Option(names = "--no-load", description = "The rows are there from an earlier run.")
    private boolean noLoad;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the choice of keys (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--output",
            paramLabel = "text|json",
            defaultValue = "text",
            description = "The form of the result (default: ${DEFAULT-VALUE}).")
    private String output;

    public BenchCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() throws InterruptedException {
        BenchPlan plan =
                new BenchPlan(
                        url,
                        table,
                        reads,
                        valueSize,
                        keys,
                        batch,
                        connections,
                        seconds,
                        warmUp,
                        acks,
                        seed);
        if (!output.equals("text") && !output.equals("json")) {
            throw new IllegalArgumentException("--output: '" + output + "' is not text or json");
        }
        EblaClient client = new EblaClient(ClientSettings.of(url));
        BenchTable rows = new BenchTable(client, plan);
        rows.create();
        if (!noLoad) {
            rows.load();
        }
        BenchResult result = new BenchRun(plan, new ServerCpu(client)).run();
        out.println(output.equals("json") ? result.json() : result.text());
        out.flush();
        return result.isVoid() ? 1 : 0;
    }
}
