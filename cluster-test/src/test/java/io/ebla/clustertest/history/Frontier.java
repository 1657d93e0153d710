package io.ebla.clustertest.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The configurations that explain a history up to a moment, each once; one that has used up more writes of
 * unknown end than another to reach the same is left out, since it can do nothing that the other cannot.
 */
final class Frontier {

    /**
     * One explanation of what was answered so far.
     *
     * @param done a bit for each slot of a running operation that has taken effect
     * @param state of the rows, see {@link RowStates}
     * @param used a bit for each write of unknown end that has taken effect
     */
    record Configuration(long done, int[] state, long[] used) {

        boolean has(int slot) {
            return (done >>> slot & 1) != 0;
        }

        Configuration with(int slot) {
            return new Configuration(done | 1L << slot, state, used);
        }

        Configuration without(int slot) {
            return new Configuration(done & ~(1L << slot), state, used);
        }

        boolean hasUsed(int write) {
            return write >> 6 < used.length && (used[write >> 6] >>> write & 1) != 0;
        }

        /** After a write of unknown end. */
        Configuration using(int write, int[] after) {
            long[] more = Arrays.copyOf(used, Math.max(used.length, (write >> 6) + 1));
            more[write >> 6] |= 1L << write;
            return new Configuration(done, after, more);
        }

        int usedCount() {
            int count = 0;
            for (long word : used) {
                count += Long.bitCount(word);
            }
            return count;
        }

        private boolean usesNoMoreThan(Configuration other) {
            for (int word = 0; word < used.length; word++) {
                long theirs = word < other.used.length ? other.used[word] : 0;
                if ((used[word] & ~theirs) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private record Reached(long done, int[] state) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Reached reached
                    && done == reached.done
                    && Arrays.equals(state, reached.state);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(done) * 31 + Arrays.hashCode(state);
        }
    }

    private final Map<Reached, List<Configuration>> configurations = new HashMap<>();
    private final int alike;
    private int size;
    private boolean narrowed;

    /** @param alike how many are kept that differ only in the writes of unknown end they used */
    Frontier(int alike) {
        this.alike = alike;
    }

    /** Takes it unless one that is as good is there; whether it was taken. */
    boolean add(Configuration added) {
        List<Configuration> same =
                configurations.computeIfAbsent(
                        new Reached(added.done, added.state), reached -> new ArrayList<>(1));
        for (Configuration other : same) {
            if (other.usesNoMoreThan(added)) {
                return false;
            }
        }
        size -= same.size();
        same.removeIf(added::usesNoMoreThan);
        same.add(added);
        boolean kept = true;
        if (same.size() > alike) {
            narrowed = true;
            Configuration worst =
                    Collections.max(same, Comparator.comparingInt(Configuration::usedCount));
            same.remove(worst);
            kept = worst != added;
        }
        size += same.size();
        return kept;
    }

    /** Whether one was left out that another could not replace. */
    boolean narrowed() {
        return narrowed;
    }

    int size() {
        return size;
    }

    List<Configuration> all() {
        List<Configuration> all = new ArrayList<>(size);
        configurations.values().forEach(all::addAll);
        return all;
    }
}
