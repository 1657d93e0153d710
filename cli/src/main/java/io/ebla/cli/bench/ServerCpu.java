package io.ebla.cli.bench;

import io.ebla.client.EblaClient;
import io.ebla.client.EblaClientException;
import java.util.OptionalDouble;

/** Reads from the server's metrics how much CPU time its process has used. */
final class ServerCpu {

    private static final String METRIC = "process_cpu_time_ns";

    private final EblaClient client;

    ServerCpu(EblaClient client) {
        this.client = client;
    }

    /** Empty when the server does not tell. */
    OptionalDouble seconds() {
        String metrics;
        try {
            metrics = client.text("/actuator/prometheus");
        } catch (EblaClientException notTold) {
            return OptionalDouble.empty();
        }
        return metrics.lines()
                .filter(line -> line.startsWith(METRIC))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .map(nanos -> nanos / 1e9)
                .findFirst();
    }
}
