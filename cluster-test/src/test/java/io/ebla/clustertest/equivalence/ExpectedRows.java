package io.ebla.clustertest.equivalence;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What both tables hold after all that was answered: of each row its value, and when it ceases to exist in
 * either, for the same lifetime begins in each when it was written there. Whether a row exists is judged by
 * the times between which a server looked, never by waiting. One thread.
 */
final class ExpectedRows {

    /** How far the servers' time may be ahead of the test's, though they have one clock. */
    private static final long AHEAD_MILLIS = 20;

    /** How a row is to be found. */
    enum Life {
        THERE,
        GONE,
        /** It ceased to exist while the server was asked: either is right. */
        EITHER
    }

    private record Cell(String value, long[] expiresAt) {}

    /** By pk, or pk and sk with a slash between, which is the order of the rows. */
    private final TreeMap<String, Cell> cells = new TreeMap<>();

    private final Map<String, Set<String>> everWritten = new HashMap<>();

    /** @param expiresAt of each table, 0 for never */
    void put(String row, String value, long[] expiresAt) {
        cells.put(row, new Cell(value, expiresAt));
        everWritten.computeIfAbsent(row, none -> new HashSet<>()).add(value);
    }

    void delete(String row) {
        cells.remove(row);
    }

    /** The value it has if it exists; null of a row that does not. */
    String value(String row) {
        Cell cell = cells.get(row);
        return cell == null ? null : cell.value();
    }

    boolean wasEver(String row, String value) {
        return everWritten.getOrDefault(row, Set.of()).contains(value);
    }

    Life life(String row, int table, Sent sent) {
        Cell cell = cells.get(row);
        if (cell == null) {
            return Life.GONE;
        }
        long expiresAt = cell.expiresAt()[table];
        if (expiresAt == 0 || sent.toMillis() + AHEAD_MILLIS < expiresAt) {
            return Life.THERE;
        }
        return sent.fromMillis() >= expiresAt ? Life.GONE : Life.EITHER;
    }

    /** Whether it surely exists, or surely does not, and in both tables alike. */
    boolean isDecided(String row, Sent[] sent) {
        Life life = life(row, 0, sent[0]);
        return life != Life.EITHER && life == life(row, 1, sent[1]);
    }

    /** Whether its lifetime has run out in that table. */
    boolean ranOut(String row, int table, Sent sent) {
        return cells.containsKey(row) && life(row, table, sent) == Life.GONE;
    }

    /** Rows from one pk to another, the second left out, in order; also those whose time is up. */
    Set<String> between(String from, String to) {
        return new TreeSet<>(cells.subMap(from, to).keySet());
    }
}
