package io.ebla.cli.bench;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a run showed.
 *
 * @param seconds how long was measured
 * @param serverCpuSeconds CPU time of the server in that time, if it tells
 */
record BenchResult(
        BenchPlan plan,
        BenchTally tally,
        double seconds,
        OptionalDouble serverCpuSeconds,
        double clientCpuSeconds) {

    private static final double[] PERCENTILES = {50, 90, 99, 99.9};

    /** A run with errors says nothing about speed. */
    boolean isVoid() {
        return !tally.errors().isEmpty();
    }

    private long requests() {
        return tally.reads().getTotalCount() + tally.writes().getTotalCount();
    }

    String text() {
        StringBuilder text = new StringBuilder();
        text.append(
                format(
                        "%,d keys, values of %,d bytes, %d %% reads, %d %s a request,"
                                + " %d connections, %.1f s after %d s of warm-up%n",
                        plan.keys(),
                        plan.valueSize(),
                        plan.reads(),
                        plan.batch(),
                        plan.batch() == 1 ? "row" : "rows",
                        plan.connections(),
                        seconds,
                        plan.warmUp()));
        append(text, "reads", tally.reads());
        append(text, "writes", tally.writes());
        text.append(format("%-8s %,9d  %,9.0f/s", "all", requests(), requests() / seconds));
        if (plan.batch() > 1) {
            text.append(format("  %,.0f rows/s", requests() * plan.batch() / seconds));
        }
        serverCpuSeconds.ifPresent(
                cpu ->
                        text.append(
                                format(
                                        "%nserver   %.2f CPU seconds, %,.0f requests per"
                                                + " server-CPU-second",
                                        cpu, requests() / cpu)));
        text.append(format("%nclient   %.2f CPU seconds%n", clientCpuSeconds));
        long errors = tally.errors().values().stream().mapToLong(Long::longValue).sum();
        text.append(format("errors   %d", errors));
        if (isVoid()) {
            tally.errors().forEach((what, n) -> text.append(format("%n  %,d x %s", n, what)));
            text.append(format("%nVOID: a run with errors says nothing about speed"));
        }
        return text.toString();
    }

    private void append(StringBuilder text, String name, Histogram latencies) {
        long count = latencies.getTotalCount();
        if (count == 0) {
            return;
        }
        text.append(format("%-8s %,9d  %,9.0f/s", name, count, count / seconds));
        for (double percentile : PERCENTILES) {
            double nanos = latencies.getValueAtPercentile(percentile);
            text.append(format("  p%s %.2f ms", name(percentile), nanos / 1e6));
        }
        text.append(format("  max %.2f ms%n", latencies.getMaxValue() / 1e6));
    }

    private static String name(double percentile) {
        return percentile == Math.rint(percentile)
                ? Integer.toString((int) percentile)
                : Double.toString(percentile);
    }

    String json() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("void", isVoid());
        fields.put("seconds", seconds);
        fields.put("requests", requests());
        fields.put("requestsPerSecond", requests() / seconds);
        fields.put("rowsPerSecond", requests() * plan.batch() / seconds);
        fields.put("reads", json(tally.reads()));
        fields.put("writes", json(tally.writes()));
        serverCpuSeconds.ifPresent(
                cpu -> {
                    fields.put("serverCpuSeconds", cpu);
                    fields.put("requestsPerServerCpuSecond", requests() / cpu);
                });
        fields.put("clientCpuSeconds", clientCpuSeconds);
        fields.put("errors", tally.errors());
        return JsonMapper.shared().writeValueAsString(fields);
    }

    private static Map<String, Object> json(Histogram latencies) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("count", latencies.getTotalCount());
        for (double percentile : PERCENTILES) {
            double nanos = latencies.getValueAtPercentile(percentile);
            fields.put("p" + name(percentile) + "Millis", nanos / 1e6);
        }
        fields.put("maxMillis", latencies.getMaxValue() / 1e6);
        return fields;
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
