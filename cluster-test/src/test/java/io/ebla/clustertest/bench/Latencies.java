package io.ebla.clustertest.bench;

import java.util.Arrays;

/** How long answers took, each of them, in microseconds. One thread. */
final class Latencies {

    private int[] micros = new int[1 << 12];
    private int count;

    void add(long tookMicros) {
        if (count == micros.length) {
            micros = Arrays.copyOf(micros, 2 * count);
        }
        micros[count++] = (int) Math.min(Integer.MAX_VALUE, tookMicros);
    }

    void addAll(Latencies others) {
        for (int i = 0; i < others.count; i++) {
            add(others.micros[i]);
        }
    }

    /** The time within which this share of the answers came, in milliseconds; 0 when there was none. */
    double millis(double share) {
        if (count == 0) {
            return 0;
        }
        int[] sorted = Arrays.copyOf(micros, count);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(count - 1, Math.round(share * count))] / 1e3;
    }
}
