package io.ebla.clustertest.failover;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The figures of a whole run. One thread. */
final class Summary {

    /** How often a fault struck, and the longest time in which some tablet took no write, in ms. */
    private static final class Struck {
        private int times;
        private final List<Long> pausesMillis = new ArrayList<>();
    }

    private static final List<String> WRITES =
            List.of("Committed", "Accepted", "ConditionFailed", "NotApplied", "Reverted");

    private final Map<Fault, Struck> faults = new TreeMap<>();
    private final Map<Fault, String> skipped = new TreeMap<>();
    private final Map<String, Long> ends = new TreeMap<>();
    private int windows;
    private long judgedMillis;

    void struck(Fault fault, long longestPauseMillis) {
        Struck struck = faults.computeIfAbsent(fault, each -> new Struck());
        struck.times++;
        struck.pausesMillis.add(longestPauseMillis);
    }

    void skipped(Fault fault, String why) {
        skipped.put(fault, why);
    }

    void judged(Recorder recorder, long millis) {
        windows++;
        judgedMillis += millis;
        recorder.ends().forEach((end, count) -> ends.merge(end, count, Long::sum));
    }

    long operations() {
        return writes() + ended("Found") + ended("FoundInSession") + ended("FoundLocally");
    }

    private long writes() {
        return ended("Unknown") + WRITES.stream().mapToLong(this::ended).sum();
    }

    private long ended(String end) {
        return ends.getOrDefault(end, 0L);
    }

    /** Share of all writes sent whose end is not known, in percent. */
    private double unknownPercent() {
        return 100.0 * ended("Unknown") / Math.max(1, writes());
    }

    /** Several lines. */
    String text(String verdict) {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        "%,d operations in %s windows, judged in %s ms: %s%n",
                        operations(), windows, judgedMillis, ends));
        text.append(
                String.format(
                        "%.2f %% of %,d writes unknown; %s faults; the longest time in which a tablet"
                                + " took no write: %s ms%n",
                        unknownPercent(),
                        writes(),
                        faults.values().stream().mapToInt(each -> each.times).sum(),
                        faults.values().stream()
                                .flatMap(each -> each.pausesMillis.stream())
                                .mapToLong(each -> each)
                                .max()
                                .orElse(0)));
        faults.forEach(
                (fault, struck) -> {
                    List<Long> sorted = struck.pausesMillis.stream().sorted().toList();
                    text.append(
                            String.format(
                                    "  %-28s %3s times, longest pause: median %s ms, worst %s ms%n",
                                    fault,
                                    struck.times,
                                    sorted.get(sorted.size() / 2),
                                    sorted.get(sorted.size() - 1)));
                });
        skipped.forEach(
                (fault, why) -> text.append(String.format("  %-28s skipped: %s%n", fault, why)));
        return text.append("verdict: ").append(verdict).toString();
    }
}
