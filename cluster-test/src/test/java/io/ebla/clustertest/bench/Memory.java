package io.ebla.clustertest.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a node holds in memory: idle, and before and after a million rows are loaded and scanned. */
final class Memory {

    private static final int ROWS = Integer.getInteger("rows", 1_000_000);
    private static final Pattern USED = Pattern.compile("generation.*used (\\d+)K");

    private final Servers servers;
    private final Requests requests;

    Memory(Servers servers, Requests requests) {
        this.servers = servers;
        this.requests = requests;
    }

    void run() throws IOException, InterruptedException {
        System.out.println("\nMemory of a node with default settings (wanted: idle under 400 MB)");
        try (MeasuredServer ebla = servers.ebla("memory")) {
            TimeUnit.SECONDS.sleep(20);
            System.out.printf("  idle: %,d KiB resident%n", ebla.residentKiB());
            servers.createTable(ebla, "t");
            tell(ebla, "before");
            load(ebla);
            tell(ebla, "loaded");
            scan(ebla);
            tell(ebla, "scanned");
        }
    }

    private void load(MeasuredServer ebla) throws IOException {
        LoadLoop.Round round = BulkLoad.run(ebla, requests, "t", 0, ROWS);
        System.out.printf("  load: %,d rows in %.1f s%n", ROWS, round.seconds());
    }

    private void scan(MeasuredServer ebla) throws IOException {
        byte[] request =
                ("GET /v1/tables/t/rows HTTP/1.1\r\nHost: h\r\nAccept: application/x-ndjson\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);
        boolean[] sent = {false};
        LoadLoop.Round round;
        try (LoadLoop load =
                new LoadLoop(
                        ebla.port(),
                        1,
                        () -> {
                            boolean again = sent[0];
                            sent[0] = true;
                            return again ? null : request;
                        },
                        body -> true,
                        true)) {
            round = load.run(1_200);
        }
        System.out.printf(
                "  scan: %,d rows in %.1f s%s%n", round.units(), round.seconds(), error(round));
    }

    private static String error(LoadLoop.Round round) {
        return round.error() == null ? "" : ", ERROR " + round.error();
    }

    private static void tell(MeasuredServer ebla, String when)
            throws IOException, InterruptedException {
        jcmd(ebla, "GC.run");
        Matcher used = USED.matcher(jcmd(ebla, "GC.heap_info"));
        long heapKiB = 0;
        while (used.find()) {
            heapKiB += Long.parseLong(used.group(1));
        }
        System.out.printf(
                "  %s: %,d KiB of heap used after a collection, %,d KiB resident%n",
                when, heapKiB, ebla.residentKiB());
    }

    static String jcmd(MeasuredServer server, String... arguments)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                "" + server.pid()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }
}
