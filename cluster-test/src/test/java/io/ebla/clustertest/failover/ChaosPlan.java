package io.ebla.clustertest.failover;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * What a {@link FaultRun} does.
 *
 * @param faults one after another; empty: drawn by chance until the time is over
 * @param length how long faults are drawn
 * @param hold how long each of them lasts at least
 * @param windowFaults how many befall one {@link Window}
 * @param clients that do a mix of everything
 * @param thinkMaxMillis a client waits up to this long between two operations
 */
record ChaosPlan(
        List<Fault> faults,
        Duration length,
        Duration hold,
        int windowFaults,
        int clients,
        int thinkMaxMillis) {

    /** By the system properties {@code chaos.*}; without any the given faults. */
    static ChaosPlan ofProperties(List<Fault> usual) {
        String chosen = System.getProperty("chaos.faults", "");
        long minutes = Long.getLong("chaos.minutes", 0);
        List<Fault> faults =
                chosen.isEmpty()
                        ? minutes == 0 ? usual : List.of()
                        : List.of(chosen.split(",")).stream().map(Fault::valueOf).toList();
        return new ChaosPlan(
                faults,
                Duration.ofMinutes(minutes),
                Duration.ofMillis(Integer.getInteger("chaos.holdMillis", 3_000)),
                Integer.getInteger("chaos.windowFaults", minutes == 0 ? 100 : 10),
                Integer.getInteger("chaos.clients", 6),
                Integer.getInteger("chaos.thinkMaxMillis", minutes == 0 ? 30 : 150));
    }

    /** The next fault, null when there is none any more. */
    Fault next(int number, long passedNanos, Random random) {
        if (!faults.isEmpty()) {
            return number < faults.size() ? faults.get(number) : null;
        }
        Fault[] all = Fault.values();
        return passedNanos < length.toNanos() ? all[random.nextInt(all.length)] : null;
    }

    boolean mayBe(Fault fault) {
        return faults.isEmpty() || faults.contains(fault);
    }
}
